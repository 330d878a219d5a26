package dev.millrace.extractor.secret;

import dev.millrace.mask.Masks;
import dev.millrace.pipeline.SecretReference;

/**
 * The secrets that one run has used, so that nothing it says can quote them. Safe for use by several threads.
 */
public final class RunSecrets {
    private final Secrets secrets;
    private final Masks masks = new Masks();

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
