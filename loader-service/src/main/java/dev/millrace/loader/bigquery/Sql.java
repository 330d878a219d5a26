package dev.millrace.loader.bigquery;

/** Quoting, https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical */
final class Sql {
    private Sql() {}

    /** @param identifier without a quote and an escape, which no name of BigQuery has */
    static String name(String identifier) {
        if (identifier.indexOf('`') >= 0 || identifier.indexOf('\\') >= 0) {
            throw new IllegalArgumentException("identifier: '" + identifier + "' (expected: a name)");
        }
        return '`' + identifier + '`';
    }

    static String text(String value) {
        StringBuilder text = new StringBuilder("'");
        value.codePoints().forEach(c -> {
            if (c == '\\' || c == '\'') {
                text.append('\\').appendCodePoint(c);
            } else if (Character.isISOControl(c)) {
                text.append(String.format("\\u%04x", c));
            } else {
                text.appendCodePoint(c);
            }
        });
        return text.append('\'').toString();
    }
}
