package dev.millrace.extractor.file;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a server's robots.txt lets a program read: of the rules that fit, the longest counts, and of two of the same length that which
 * allows.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9309">RFC 9309</a>
 */
final class Robots {
    static final String PATH = "/robots.txt";

    private final List<Rule> rules;

    private record Rule(boolean allows, String path, Pattern pattern) {
        static Rule of(boolean allows, String path) {
            boolean whole = path.endsWith("$");
            String open = whole ? path.substring(0, path.length() - 1) : path;
            String regex = Stream.of(open.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
            return new Rule(allows, path, Pattern.compile(whole ? regex : regex + ".*", Pattern.DOTALL));
        }
    }

    private Robots(List<Rule> rules) {
        this.rules = rules;
    }

    /** Where there is none. */
    static Robots allowing() {
        return new Robots(List.of());
    }

    /**
     * @param text of the file; lines that mean nothing say nothing
     * @param userAgent of which the first word is the name that groups have
     */
    static Robots of(String text, String userAgent) {
        String name = userAgent.replaceFirst("(?s)[^A-Za-z_-].*", "").toLowerCase(Locale.ROOT);
        List<Rule> own = new ArrayList<>();
        List<Rule> ofAll = new ArrayList<>();
        boolean named = false;
        boolean isOwn = false;
        boolean isOfAll = false;
        boolean inRules = true;
        for (String line : text.lines().toList()) {
            String[] parts = line.replaceFirst("#.*", "").split(":", 2);
            if (parts.length < 2) {
                continue;
            }
            String value = parts[1].strip();
            switch (parts[0].strip().toLowerCase(Locale.ROOT)) {
                case "user-agent" -> {
                    if (inRules) {
                        isOwn = false;
                        isOfAll = false;
                        inRules = false;
                    }
                    isOwn |= value.replaceFirst("[^A-Za-z_-].*", "").equalsIgnoreCase(name) && !value.equals("*");
                    isOfAll |= value.equals("*");
                    named |= isOwn;
                }
                case "allow", "disallow" -> {
                    inRules = true;
                    if (!value.isEmpty()) {
                        Rule rule = Rule.of(parts[0].strip().equalsIgnoreCase("allow"), value);
                        if (isOwn) {
                            own.add(rule);
                        }
                        if (isOfAll) {
                            ofAll.add(rule);
                        }
                    }
                }
                default -> {
                    // sitemaps, and what others have thought of
                }
            }
        }
        return new Robots(List.copyOf(named ? own : ofAll));
    }

    /** Whether the address, of this server, may be read. */
    boolean allow(URI url) {
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        String asked = url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
        int longest = -1;
        boolean allowed = true;
        for (Rule rule : rules) {
            int length = rule.path().length();
            if ((length > longest || (length == longest && rule.allows()))
                    && rule.pattern().matcher(asked).matches()) {
                longest = length;
                allowed = rule.allows();
            }
        }
        return allowed;
    }
}
