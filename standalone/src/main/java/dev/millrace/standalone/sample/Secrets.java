package dev.millrace.standalone.sample;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Credentials of the stand-ins, made when they start. */
final class Secrets {
    private static final SecureRandom RANDOM = new SecureRandom();

    private Secrets() {}

    static String random() {
        byte[] bytes = new byte[16];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }
}
