package dev.millrace.task;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * What became of a refresh token, sent to {@code tokens/return} below the task's callback. It may be repeated, and come
 * after the attempt has ended.
 *
 * @param family as in the {@link TokenRequest}
 * @param version of the token that was granted
 * @param sealed the one that replaces it, encrypted; null: none does
 */
@Serdeable
public record TokenReturn(
        String family, long version, @Nullable String sealed) {
    public TokenReturn {
        TokenRequest.checkFamily(family);
    }

    /** @param kept false: another one has replaced it meanwhile, and stays */
    @Serdeable
    public record Answer(boolean kept) {}
}
