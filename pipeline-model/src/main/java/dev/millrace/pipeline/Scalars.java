package dev.millrace.pipeline;

import static dev.millrace.pipeline.InvalidValue.check;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * The reader of single values. Works on the text as it stands in the file, because YAML's own rules change values:
 * they take {@code 1.0} for 1, {@code yes} for true and {@code 007} for 7.
 */
final class Scalars {
    /** {@code 1h30m}, {@code 2s}, {@code 500ms}; not empty. */
    static final String DURATION = "(?=.)([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?([0-9]{1,6}ms)?";

    private static final Pattern DURATION_PARTS = Pattern.compile(DURATION);
    private static final Pattern INTEGER = Pattern.compile("0|-?[1-9][0-9]{0,8}");
    private static final Pattern DECIMAL = Pattern.compile("-?[0-9]{1,15}(\\.[0-9]{1,15})?");

    private Scalars() {}

    /** Whether nothing was written, or YAML's null. */
    static boolean isNull(ScalarNode node) {
        return node.getTag().equals(Tag.NULL);
    }

    /** @throws InvalidValue with an empty field when the node doesn't hold a {@code type} */
    static Object read(Class<?> type, ScalarNode node) {
        String text = node.getValue();
        if (type.isEnum()) {
            Map<String, Enum<?>> spellings = Shape.spellings(type);
            Enum<?> value = spellings.get(text);
            if (value == null) {
                throw new InvalidValue("", shown(node), Names.expected(text, spellings.keySet()));
            }
            return value;
        }
        check(!isNull(node), "", shown(node), expected(type));
        if (type == String.class) {
            return text;
        } else if (type == Duration.class) {
            return duration(text);
        } else if (type == ZoneId.class) {
            return zone(text);
        }
        check(node.getScalarStyle() == DumperOptions.ScalarStyle.PLAIN, "", "the text '" + text + "'", expected(type));
        if (type == boolean.class) {
            check(text.equals("true") || text.equals("false"), "", text, expected(type));
            return text.equals("true");
        } else if (type == int.class || type == Integer.class) {
            check(INTEGER.matcher(text).matches(), "", text, expected(type));
            return Integer.valueOf(text);
        } else if (type == long.class || type == Long.class) {
            check(INTEGER.matcher(text).matches(), "", text, expected(type));
            return Long.valueOf(text);
        } else if (type == double.class || type == Double.class) {
            check(DECIMAL.matcher(text).matches(), "", text, expected(type));
            return Double.valueOf(text);
        }
        throw new IllegalStateException("no way to read a " + type + " from a pipeline file");
    }

    /** What a value of the type looks like, for an error. */
    static String expected(Class<?> type) {
        if (type.isEnum()) {
            return "one of " + String.join(", ", Shape.spellings(type).keySet());
        } else if (type == Duration.class) {
            return "a duration such as 2s, 500ms or 1m30s";
        } else if (type == ZoneId.class) {
            return "a time zone such as Asia/Singapore";
        } else if (type == boolean.class) {
            return "true or false";
        } else if (type == int.class || type == Integer.class || type == long.class || type == Long.class) {
            return "a whole number of up to 9 digits, without quotes";
        } else if (type == double.class || type == Double.class) {
            return "a number, without quotes";
        }
        return "a text";
    }

    static String shown(ScalarNode node) {
        return isNull(node) ? "nothing" : node.getValue();
    }

    static Duration duration(String text) {
        Matcher parts = DURATION_PARTS.matcher(text);
        check(parts.matches(), "", text, expected(Duration.class));
        return Duration.ofHours(number(parts.group(1)))
                .plusMinutes(number(parts.group(2)))
                .plusSeconds(number(parts.group(3)))
                .plusMillis(number(parts.group(4)));
    }

    private static long number(String part) {
        return part == null ? 0 : Long.parseLong(part.replaceAll("[a-z]", ""));
    }

    private static ZoneId zone(String text) {
        try {
            return ZoneId.of(text);
        } catch (DateTimeException e) {
            throw new InvalidValue("", text, expected(ZoneId.class));
        }
    }
}
