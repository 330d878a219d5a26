package dev.millrace.extractor.secret;

import dev.millrace.pipeline.SecretReference;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Pattern;

/**
 * The secrets that one run has used, so that nothing it says can quote them. Safe for use by several threads.
 */
public final class RunSecrets {
    private static final String MASK = "***";
    private static final String HTML = "&(?:amp|lt|gt|quot|apos|#[0-9]+|#[xX][0-9a-fA-F]+);";

    private final Secrets secrets;
    private final Clock clock;
    private final Duration cacheFor;
    private final @Nullable String credentials;
    private final Map<SecretReference, Read> read = new ConcurrentHashMap<>();
    /** The longest first: one may be part of another. */
    private final Map<String, Pattern> used = new ConcurrentSkipListMap<>(
            Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()));

    private record Read(String value, Instant at) {}

    RunSecrets(Secrets secrets, Clock clock, Duration cacheFor, @Nullable String credentials) {
        this.secrets = secrets;
        this.clock = clock;
        this.cacheFor = cacheFor;
        this.credentials = credentials;
    }

    /** The text with its references resolved: a secret. */
    public String resolve(String text) {
        return SecretReference.resolve(text, reference -> {
            String value = secrets.part(reference, whole(reference));
            remember(value);
            return value;
        });
    }

    private String whole(SecretReference reference) {
        return read.compute(
                        new SecretReference(reference.project(), reference.name(), reference.version(), null),
                        (name, before) -> {
                            Instant now = clock.instant();
                            return before != null && now.isBefore(before.at().plus(cacheFor))
                                    ? before
                                    : new Read(secrets.value(name, credentials), now);
                        })
                .value();
    }

    /** From now on {@code value} is masked, in all the forms in which it may come back. */
    public void remember(String value) {
        if (!value.isBlank()) {
            used.computeIfAbsent(value, RunSecrets::anyForm);
            used.computeIfAbsent(
                    Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)), RunSecrets::anyForm);
        }
    }

    /** The text without any secret of this run. */
    public String mask(String text) {
        String masked = text;
        for (Pattern secret : used.values()) {
            masked = secret.matcher(masked).replaceAll(MASK);
        }
        return masked;
    }

    /** Letters and digits stay what they are in URLs, JSON and HTML; anything else may be written in several ways. */
    private static Pattern anyForm(String value) {
        StringBuilder pattern = new StringBuilder();
        value.codePoints().forEach(character -> {
            if (character < 128 && Character.isLetterOrDigit(character)) {
                pattern.appendCodePoint(character);
            } else {
                pattern.append(anyForm(character));
            }
        });
        return Pattern.compile(pattern.toString());
    }

    private static String anyForm(int character) {
        String text = Character.toString(character);
        StringBuilder url = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            url.append(String.format(Locale.ROOT, "%%%02x", b & 0xff));
        }
        StringBuilder json = new StringBuilder();
        text.chars().forEach(unit -> json.append(String.format(Locale.ROOT, "\\\\u%04x", unit)));
        String escaped = switch (character) {
            case ' ' -> "|\\+";
            case '\n' -> "|\\\\n";
            case '\r' -> "|\\\\r";
            case '\t' -> "|\\\\t";
            default -> "";
        };
        return "(?:\\\\?" + Pattern.quote(text) + "|(?i:" + url + ")|(?i:" + json + ")|" + HTML + escaped + ")";
    }
}
