package dev.millrace.gateway.store;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.StagingStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Reads what the steps have staged. */
public final class Manifests {
    private Manifests() {}

    /**
     * Empty when there is none.
     *
     * @throws MillraceException with {@code STAGING_CORRUPT} when it is something else
     */
    public static Optional<Manifest> read(StagingStore staging, Json json, String path) {
        if (!staging.exists(path)) {
            return Optional.empty();
        }
        try (InputStream in = staging.open(path)) {
            return Optional.of(json.read(new String(in.readAllBytes(), StandardCharsets.UTF_8), Manifest.class));
        } catch (Unreadable e) {
            throw new MillraceException(ErrorCode.STAGING_CORRUPT, path + " in staging is no manifest", e);
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.STAGING_UNAVAILABLE, "can't read " + path + " in staging", e);
        }
    }
}
