package dev.millrace.task;

/** Texts from outside, such as those of a source's errors. */
final class Texts {
    private Texts() {}

    /** Without the character U+0000, which PostgreSQL's texts can't have. */
    static String storable(String text) {
        return text.replace('\0', '\uFFFD');
    }
}
