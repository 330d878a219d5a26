package dev.millrace.emulator.bigquery.googlesql;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Intervals of months, days and microseconds.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types#interval_type">Interval
 *     type</a>
 */
public final class Intervals {
    private static final Pattern PART = Pattern.compile("(-?[0-9]+) (year|month|day)s?");
    private static final Pattern TIME = Pattern.compile("(-?)([0-9]+):([0-9]{2}):([0-9]{2})(?:\\.([0-9]+))?");

    private Intervals() {}

    /**
     * From the engine's text, such as {@code 1 year 2 months -3 days 04:05:06.5}, to BigQuery's {@code 1-2 -3
     * 4:5:6.500}.
     */
    public static String canonical(String text) {
        long months = 0;
        long days = 0;
        Matcher part = PART.matcher(text);
        while (part.find()) {
            long amount = Long.parseLong(part.group(1));
            switch (part.group(2)) {
                case "year" -> months += 12 * amount;
                case "month" -> months += amount;
                case "day" -> days += amount;
                default -> throw new IllegalArgumentException(text);
            }
        }
        StringBuilder out = new StringBuilder()
                .append(months < 0 ? "-" : "")
                .append(Math.abs(months / 12))
                .append('-')
                .append(Math.abs(months % 12))
                .append(' ')
                .append(days)
                .append(' ');
        Matcher time = TIME.matcher(text);
        if (!time.find()) {
            return out.append("0:0:0").toString();
        }
        out.append(time.group(1))
                .append(Long.parseLong(time.group(2)))
                .append(':')
                .append(Integer.parseInt(time.group(3)))
                .append(':')
                .append(Integer.parseInt(time.group(4)));
        if (time.group(5) != null) {
            int micros = Integer.parseInt((time.group(5) + "000000").substring(0, 6));
            if (micros != 0) {
                out.append('.')
                        .append(
                                micros % 1000 == 0
                                        ? String.format(Locale.ROOT, "%03d", micros / 1000)
                                        : String.format(Locale.ROOT, "%06d", micros));
            }
        }
        return out.toString();
    }
}
