package dev.millrace.standalone.cloud.verify;

import io.micronaut.core.annotation.Nullable;

/** Something was seen that should be otherwise. */
final class Mismatch extends Exception {
    private static final long serialVersionUID = 1;
    private static final int LONGEST = 600;

    Mismatch(String expected, String found) {
        super("expected " + shortened(expected) + ", found " + shortened(found));
    }

    /** @throws Mismatch unless both are the same */
    static void unlessEqual(Object expected, @Nullable Object found) throws Mismatch {
        if (!expected.equals(found)) {
            throw new Mismatch(String.valueOf(expected), String.valueOf(found));
        }
    }

    private static String shortened(String text) {
        return text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
    }
}
