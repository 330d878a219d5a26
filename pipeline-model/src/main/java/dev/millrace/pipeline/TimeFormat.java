package dev.millrace.pipeline;

import java.util.List;
import java.util.Set;

/** The format elements of BigQuery that a column may use to describe how its dates and times are written. */
final class TimeFormat {
    /** Those that read the same in BigQuery and in the transformer's engine, whatever the locale. */
    private static final Set<String> ELEMENTS = Set.of(
            "%Y",
            "%y", "%m", "%d", "%e", "%b", "%B", "%H", "%I", "%p", "%M", "%S", "%E6S", "%E*S", "%F", "%T", "%z", "%Z",
            "%s", "%%");

    private TimeFormat() {}

    static void check(Checks checks, List<String> formats) {
        for (int i = 0; i < formats.size(); i++) {
            String format = formats.get(i);
            int at = format.indexOf('%');
            checks.that(at >= 0, "format[" + i + "]", format, "format elements such as %d/%m/%Y");
            while (at >= 0) {
                int end = Math.min(format.length(), format.startsWith("%E", at) ? at + 4 : at + 2);
                String element = format.substring(at, end);
                checks.that(
                        ELEMENTS.contains(element),
                        "format[" + i + "]",
                        element,
                        "one of " + String.join(" ", ELEMENTS.stream().sorted().toList()));
                at = format.indexOf('%', end);
            }
        }
    }
}
