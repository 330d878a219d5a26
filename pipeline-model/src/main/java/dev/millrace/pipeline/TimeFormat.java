package dev.millrace.pipeline;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The format elements of BigQuery that a column may use to describe how its dates and times are written. */
final class TimeFormat {
    /** Those that read the same in BigQuery and in the transformer's engine, whatever the locale. */
    private static final Set<String> ELEMENTS = Set.of(
            "%Y",
            "%E4Y", "%y", "%m", "%b", "%B", "%h", "%d", "%e", "%j", "%a", "%A", "%u", "%w", "%G", "%V", "%H", "%k",
            "%I", "%l", "%p", "%P", "%M", "%S", "%E*S", "%F", "%D", "%x", "%c", "%R", "%T", "%X", "%z", "%Ez", "%Z",
            "%s", "%n", "%t", "%%");

    /** Seconds with so many digits of a fraction, which are taken whatever their number is. */
    private static final Pattern FRACTION = Pattern.compile("%E[1-9]S");

    private TimeFormat() {}

    static void check(Checks checks, List<String> formats) {
        for (int i = 0; i < formats.size(); i++) {
            String format = formats.get(i);
            int at = format.indexOf('%');
            checks.that(at >= 0, "format[" + i + "]", format, "format elements such as %d/%m/%Y");
            while (at >= 0) {
                int length = format.startsWith("%Ez", at) ? 3 : format.startsWith("%E", at) ? 4 : 2;
                int end = Math.min(format.length(), at + length);
                String element = format.substring(at, end);
                checks.that(
                        ELEMENTS.contains(element) || FRACTION.matcher(element).matches(),
                        "format[" + i + "]",
                        element,
                        "one of " + String.join(" ", ELEMENTS.stream().sorted().toList()) + " and %E1S to %E9S");
                at = format.indexOf('%', end);
            }
        }
    }
}
