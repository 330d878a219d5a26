package dev.millrace.extractor.secret;

import dev.millrace.pipeline.SecretReference;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * The secrets that one run has used, so that nothing it says can quote them. Safe for use by several threads.
 */
public final class RunSecrets {
    private static final String MASK = "***";

    private final Secrets secrets;
    /** The longest first: one may be part of another. */
    private final Set<String> used = new ConcurrentSkipListSet<>(
            Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()));

    public RunSecrets(Secrets secrets) {
        this.secrets = secrets;
    }

    /** The text with its references resolved: a secret. */
    public String resolve(String text) {
        return SecretReference.resolve(text, reference -> {
            String value = secrets.value(reference);
            remember(value);
            return value;
        });
    }

    /** From now on {@code value} is masked, in all the forms in which it may come back. */
    public void remember(String value) {
        if (!value.isBlank()) {
            used.add(value);
            String encoded = URLEncoder.encode(value, StandardCharsets.UTF_8);
            used.add(encoded);
            used.add(encoded.replace("+", "%20"));
            used.add(value.replace("\\", "\\\\").replace("\"", "\\\""));
            used.add(value.replace("\\", "\\\\").replace("\"", "\\\"").replace("/", "\\/"));
            used.add(Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** The text without any secret of this run. */
    public String mask(String text) {
        String masked = text;
        for (String secret : used) {
            masked = masked.replace(secret, MASK);
        }
        return masked;
    }
}
