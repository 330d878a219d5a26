package dev.millrace.extractor.secret;

import dev.millrace.mask.Masks;
import dev.millrace.pipeline.SecretReference;
import io.micronaut.core.annotation.Nullable;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The secrets that one run has used, so that nothing it says can quote them. Safe for use by several threads.
 */
public final class RunSecrets {
    private static final Pattern URL = Pattern.compile("(?i)https?://([^/:?#@]+)(?::[0-9]+)?([/?#].*)?\\s*");
    /** Shorter parts of a URL are names such as {@code api} and {@code v1}, which messages had better keep. */
    private static final int SECRET_PART = 16;

    private final Secrets secrets;
    private final Clock clock;
    private final Duration cacheFor;
    private final @Nullable String credentials;
    private final Map<SecretReference, Read> read = new ConcurrentHashMap<>();
    private final Masks masks = new Masks();

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
            rememberParts(value);
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

    /** Of a URL, what may be told apart from it: the messages of the network name its host, those of servers its path. */
    private void rememberParts(String value) {
        Matcher url = URL.matcher(value);
        if (url.matches()) {
            remember(url.group(1));
            String rest = url.group(2) == null ? "" : url.group(2);
            for (String part : rest.split("[/?&=#]", -1)) {
                if (part.length() >= SECRET_PART) {
                    remember(part);
                }
            }
        }
    }

    /** From now on {@code value} is masked, in this run's messages and in all logs of the process. */
    public void remember(String value) {
        masks.remember(value);
        Masks.ofProcess().remember(value);
    }

    /** The text without any secret of this run. */
    public String mask(String text) {
        return masks.mask(text);
    }
}
