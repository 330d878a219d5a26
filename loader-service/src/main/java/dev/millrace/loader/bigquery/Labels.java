package dev.millrace.loader.bigquery;

import java.util.Locale;
import java.util.Map;

/** Labels of our jobs and tables, for bills and for people: https://cloud.google.com/bigquery/docs/labels-intro */
final class Labels {
    static final String PURPOSE = "millrace-purpose";
    private static final int LONGEST = 63;

    private Labels() {}

    static Map<String, String> of(String purpose, String run, String table) {
        return Map.of(PURPOSE, purpose, "millrace-run", value(run), "millrace-table", value(table));
    }

    private static String value(String text) {
        String allowed = text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_-]", "-");
        return allowed.length() > LONGEST ? allowed.substring(0, LONGEST) : allowed;
    }
}
