package dev.millrace.extractor.rest;

import io.micronaut.core.annotation.Nullable;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The {@code Link} header, RFC 8288, section 3. */
final class LinkHeader {
    private static final String PARAMETER =
            ";\\s*([^\\s=;,\"]+)\\s*(?:=\\s*(?:\"([^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+)\"|([^\\s;,\"]*)))?\\s*";
    private static final Pattern LINK = Pattern.compile("<([^>]*)>\\s*((?:" + PARAMETER + ")*+)");
    private static final Pattern EACH_PARAMETER = Pattern.compile(PARAMETER);

    private LinkHeader() {}

    /** The target of the first link with {@code rel="next"}, which may be relative; null when there is none. */
    static @Nullable String next(List<String> headers) {
        for (String header : headers) {
            Matcher link = LINK.matcher(header);
            while (link.find()) {
                if (isNext(link.group(2))) {
                    return link.group(1);
                }
            }
        }
        return null;
    }

    private static boolean isNext(String parameters) {
        Matcher parameter = EACH_PARAMETER.matcher(parameters);
        String relations = null;
        while (parameter.find()) {
            String name = parameter.group(1);
            if (name.equalsIgnoreCase("anchor")) {
                return false; // then it is a link of something else than this page
            }
            if (name.equalsIgnoreCase("rel") && relations == null) { // only the first one counts
                relations = parameter.group(2) == null ? parameter.group(3) : parameter.group(2);
            }
        }
        return relations != null
                && List.of(relations.strip().split("\\s+", -1)).stream().anyMatch("next"::equalsIgnoreCase);
    }
}
