package dev.millrace.extractor.rest;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Hash functions that tell one content from another. */
final class Hashes {
    private Hashes() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
