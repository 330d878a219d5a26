package dev.millrace.emulator.storage;

import dev.millrace.emulator.http.ApiException;
import dev.millrace.emulator.http.Request;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a caller wants to be true of the object that is there. {@code ifGenerationMatch=0}: that there is none.
 *
 * @see <a href="https://cloud.google.com/storage/docs/request-preconditions">Request preconditions</a>
 */
record Preconditions(
        @Nullable Long generation,
        @Nullable Long notGeneration,
        @Nullable Long metageneration,
        @Nullable Long notMetageneration) {
    /** Metadata never changes here, so every object has its first one. */
    private static final long METAGENERATION = 1;

    static final Preconditions NONE = new Preconditions(null, null, null, null);

    static Preconditions of(Request request) {
        return new Preconditions(
                number(request, "ifGenerationMatch"),
                number(request, "ifGenerationNotMatch"),
                number(request, "ifMetagenerationMatch"),
                number(request, "ifMetagenerationNotMatch"));
    }

    /** A number among the parameters of a request. */
    static @Nullable Long number(Request request, String name) {
        Optional<String> value = request.parameter(name);
        try {
            return value.isEmpty() ? null : Long.valueOf(value.get());
        } catch (NumberFormatException e) {
            throw new ApiException(400, "invalid", "Invalid value for: " + name);
        }
    }

    /**
     * @param found null: there is no such object
     * @throws ApiException with 412 when one of them is not true
     */
    void check(@Nullable StoredObject found) {
        long now = found == null ? 0 : found.generation();
        boolean holds = (generation == null || generation == now)
                && (notGeneration == null || notGeneration != now)
                && (metageneration == null || (found != null && metageneration == METAGENERATION))
                && (notMetageneration == null || (found != null && notMetageneration != METAGENERATION));
        if (!holds) {
            throw new ApiException(
                    412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
        }
    }
}
