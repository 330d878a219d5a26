package dev.millrace.pipeline.format;

import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;

/** The JDK throws where a yes or no would do. */
final class Encodings {
    private Encodings() {}

    static boolean isSupported(String name) {
        try {
            return Charset.isSupported(name);
        } catch (IllegalCharsetNameException e) {
            return false;
        }
    }
}
