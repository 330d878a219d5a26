package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a request is sent for, in one of its texts: {@code ${region}} for a value, {@code ${order.id}} for what a record
 * has at a path. The name is the file's.
 *
 * @param text as it is written
 * @param name of the value or record
 * @param path behind it; null: the value itself
 */
public record EachReference(
        String text, String name, @Nullable String path) {
    /** In a form that JSON Schema takes too. */
    static final String REGEX = "\\$\\{([a-z][a-z0-9_]*)(?:\\.([^{}]+)|(\\[[^{}]+))?\\}";

    private static final Pattern PATTERN = Pattern.compile(REGEX);

    /** Whether a reference is one of this kind, whatever it is called. */
    public static boolean isOne(String reference) {
        return PATTERN.matcher(reference).matches() && meansNothingElse(reference);
    }

    private static boolean meansNothingElse(String reference) {
        return !DayReference.isIn(reference) && !CursorReference.isIn(reference);
    }

    /** All that are in a text, in their order. */
    public static List<EachReference> in(String text) {
        List<EachReference> references = new ArrayList<>();
        String _ = resolve(text, reference -> {
            references.add(reference);
            return "";
        });
        return references;
    }

    /** The text with each reference replaced. */
    public static String resolve(String text, Function<EachReference, String> values) {
        if (!text.contains("${")) {
            return text;
        }
        return PATTERN.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(
                        meansNothingElse(match.group())
                                ? values.apply(new EachReference(
                                        match.group(),
                                        match.group(1),
                                        match.group(2) == null ? match.group(3) : match.group(2)))
                                : match.group()));
    }

    /** The text with something that is a number and a text as well for each reference. */
    public static String sample(String text) {
        return resolve(text, _ -> "1");
    }

    /** The path in the record; only of a reference that has one. */
    public JsonPath pathOf() {
        if (path == null) {
            throw new IllegalStateException(text + " has no path");
        }
        return JsonPath.of(path);
    }
}
