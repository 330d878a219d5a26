package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code ${secret:NAME}} or {@code ${secret:NAME#FIELD}} in a text of the pipeline file: the secret's value, or one
 * field of a secret whose value is a JSON object. {@code NAME@3} is a version of it; {@code projects/P/secrets/NAME}
 * one of another project, where secrets come from Secret Manager. Everything that is stored, sent or shown holds the reference; only
 * the extractor resolves it, at the moment of use.
 *
 * @param project null: that of the service
 * @param name of the secret
 * @param version a number; null: the latest one
 * @param field null: the whole value
 */
public record SecretReference(
        @Nullable String project,
        String name,
        @Nullable String version,
        @Nullable String field) {
    /** In a form that JSON Schema takes too. */
    static final String EXPRESSION = "\\$\\{secret:(?:projects/([a-z0-9:.-]+)/secrets/)?([A-Za-z0-9_-]{1,255})"
            + "(?:@([1-9][0-9]{0,8}|latest))?(?:#([A-Za-z0-9_.-]+))?\\}";

    private static final Pattern PATTERN = Pattern.compile(EXPRESSION);
    private static final String START = "${secret:";
    private static final String LATEST = "latest";

    public SecretReference {
        version = LATEST.equals(version) ? null : version;
    }

    /** Whether {@code text} holds at least one reference. */
    public static boolean isIn(String text) {
        return PATTERN.matcher(text).find();
    }

    /** The reference that is all of {@code text}; null when it is anything else. */
    public static @Nullable SecretReference only(String text) {
        Matcher match = PATTERN.matcher(text);
        return match.matches()
                ? new SecretReference(match.group(1), match.group(2), match.group(3), match.group(4))
                : null;
    }

    /** {@code text} with each reference replaced by what {@code values} says; the result is a secret. */
    public static String resolve(String text, Function<SecretReference, String> values) {
        if (!text.contains(START)) {
            return text; // most requests have none
        }
        return PATTERN.matcher(text)
                .replaceAll(match -> Matcher.quoteReplacement(values.apply(
                        new SecretReference(match.group(1), match.group(2), match.group(3), match.group(4)))));
    }

    /**
     * Checks every {@code ${...}} in a text. The errors quote references only, since the rest may be a secret.
     *
     * @throws InvalidValue with an empty field
     */
    static void check(String text, References.Allowed allowed) {
        String secret = "${secret:NAME}, ${secret:NAME#FIELD} or ${secret:NAME@VERSION#FIELD}";
        String expected = switch (allowed) {
            case NONE -> "text without ${...}: this key takes no references";
            case SECRETS, SECRET_REQUIRED -> secret;
            case DAY -> "${day}: this key takes no secrets";
            case SECRETS_AND_RUN -> secret + ", ${day}, ${cursor} or, beside forEach, what it names";
        };
        boolean run = allowed == References.Allowed.SECRETS_AND_RUN;
        boolean day = allowed == References.Allowed.DAY || run;
        boolean secrets = allowed != References.Allowed.NONE && allowed != References.Allowed.DAY;
        for (int at = text.indexOf("${"); at >= 0; at = text.indexOf("${", at + 2)) {
            int end = text.indexOf('}', at);
            InvalidValue.check(end >= 0, "", "a ${ without its }", expected);
            String reference = text.substring(at, end + 1);
            if (day && reference.startsWith(DayReference.START)) {
                DayReference.check(reference);
            } else if (run && reference.startsWith(CursorReference.START)) {
                CursorReference.check(reference);
            } else if (!run || !EachReference.isOne(reference)) { // what it means is known where all keys are
                InvalidValue.check(secrets && PATTERN.matcher(reference).matches(), "", reference, expected);
            }
        }
        InvalidValue.check(
                allowed != References.Allowed.SECRET_REQUIRED || isIn(text),
                "",
                "a value in plain text",
                "a secret reference such as ${secret:NAME}, so that the file holds no secret");
    }

    @Override
    public String toString() {
        return "${secret:" + (project == null ? "" : "projects/" + project + "/secrets/") + name
                + (version == null ? "" : "@" + version) + (field == null ? "" : "#" + field) + "}";
    }
}
