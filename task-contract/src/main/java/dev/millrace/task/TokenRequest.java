package dev.millrace.task;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * The request of an attempt at extraction to spend a refresh token alone, sent to {@code tokens} below the task's callback.
 * It may be repeated.
 *
 * @param family what all tokens have in common that replaced one another, since the first one was granted: a keyed hash
 */
@Serdeable
public record TokenRequest(String family) {
    public TokenRequest {
        checkFamily(family);
    }

    static void checkFamily(String family) {
        if (family.isBlank() || family.length() > 64) {
            throw new IllegalArgumentException("family: '" + family + "' (expected: 1 to 64 characters)");
        }
    }

    /**
     * What it gets. Nobody else spends a token of the family until it is given back with a {@link TokenReturn}, or the
     * attempt has ended or lost its task.
     *
     * @param held false: another attempt has it now
     * @param version of the token, which its return names
     * @param sealed the newest token, encrypted; null: the first one is the newest
     * @param doubtful whether an attempt has ended without giving it back, so that it may be spent
     */
    @Serdeable
    public record Grant(
            boolean held, long version, @Nullable String sealed, boolean doubtful) {}
}
