package dev.millrace.emulator.bigquery.googlesql;

import java.util.Locale;

/**
 * A lexical token of GoogleSQL.
 *
 * @param text of an identifier, string or bytes: its value; of anything else: as written
 * @param offset of its first character in the script
 * @param end behind its last character
 */
record Token(Kind kind, String text, int offset, int end) {
    enum Kind {
        /** Without backticks; may be a keyword. */
        WORD,
        /** In backticks: never a keyword. */
        QUOTED,
        STRING,
        BYTES,
        NUMBER,
        /** {@code @name} */
        PARAMETER,
        /** {@code @@name} */
        SYSTEM_VARIABLE,
        SYMBOL,
        END
    }

    boolean is(String keywordOrSymbol) {
        return switch (kind) {
            case WORD -> text.equalsIgnoreCase(keywordOrSymbol);
            case SYMBOL -> text.equals(keywordOrSymbol);
            case QUOTED, STRING, BYTES, NUMBER, PARAMETER, SYSTEM_VARIABLE, END -> false;
        };
    }

    String upper() {
        return text.toUpperCase(Locale.ROOT);
    }
}
