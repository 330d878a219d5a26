package dev.millrace.pipeline;

import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Some tables of a source. In a name of a table {@code *} stands for any characters but a point, {@code ?} for one of them; so
 * {@code *} is every table without a schema before it. {@code **} stands for any characters at all.
 *
 * @param like what a table's name looks like
 * @param except what it doesn't look like
 */
@Serdeable
public record TablePattern(String like, List<String> except) {
    private static final Pattern PARTS = Pattern.compile("\\*\\*|\\*|\\?|[^*?]+");

    public TablePattern {
        except = List.copyOf(except);
        Checks checks = new Checks();
        checks.that(!like.isBlank(), "like", like, "a pattern such as sales.*");
        checks.that(except.stream().noneMatch(String::isBlank), "except", except, "patterns such as sales.tmp_*");
        checks.done();
    }

    public boolean matches(String table) {
        return matches(like, table) && except.stream().noneMatch(pattern -> matches(pattern, table));
    }

    private static boolean matches(String pattern, String table) {
        String regex = PARTS.matcher(pattern)
                .replaceAll(part -> Matcher.quoteReplacement(
                        switch (part.group()) {
                            case "**" -> ".*";
                            case "*" -> "[^.]*";
                            case "?" -> "[^.]";
                            default -> Pattern.quote(part.group());
                        }));
        return Pattern.compile(regex, Pattern.DOTALL).matcher(table).matches();
    }
}
