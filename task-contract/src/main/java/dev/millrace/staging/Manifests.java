package dev.millrace.staging;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * The manifests in staging, and the plans of runs that are cut into slices, each a {@link SealedDocument}: nobody else writes
 * or reads them. Safe for use by several threads.
 */
@Singleton
public final class Manifests {
    private final StagingStore staging;
    private final ObjectMapper json;

    public Manifests(StagingStore staging, ObjectMapper json) {
        this.staging = staging;
        this.json = json;
    }

    /**
     * Writes what makes an attempt one that has finished.
     *
     * @param folder of the attempt
     * @return the object's name
     * @throws MillraceException {@code STAGING_CORRUPT} when there is one already, or what the store throws
     */
    public String write(String folder, Manifest manifest) {
        return seal(folder + "/" + Manifest.NAME, manifest);
    }

    /** The same for a plan. */
    public String write(String folder, SlicePlan plan) {
        return seal(folder + "/" + SlicePlan.NAME, plan);
    }

    private String seal(String name, Object document) {
        try {
            if (!staging.createIfAbsent(name, SealedDocument.seal(json.writeValueAsBytes(document)))) {
                throw new MillraceException(ErrorCode.STAGING_CORRUPT, name + " is in staging already");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
        return name;
    }

    /**
     * The manifest of an attempt that has finished; empty when there is none.
     *
     * @throws MillraceException {@code STAGING_CORRUPT} when it is something else, {@code STAGING_UNAVAILABLE}
     */
    public Optional<Manifest> find(String name) {
        return staging.exists(name) ? Optional.of(read(name)) : Optional.empty();
    }

    /**
     * The manifest that a task names.
     *
     * @param format that its parts must have
     * @throws MillraceException {@code STAGING_CORRUPT} when it is missing or something else, {@code STAGING_UNAVAILABLE}
     */
    public Manifest read(String name, Manifest.Format format) {
        Manifest manifest = read(name);
        if (manifest.format() != format) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT,
                    name + " is a manifest of " + manifest.format() + " parts (expected: " + format + ")");
        }
        return manifest;
    }

    private Manifest read(String name) {
        return read(name, Manifest.class, "manifest");
    }

    /** The plan of an attempt that has finished; empty when there is none. */
    public Optional<SlicePlan> findPlan(String name) {
        return staging.exists(name) ? Optional.of(readPlan(name)) : Optional.empty();
    }

    /**
     * The plan that a task names.
     *
     * @throws MillraceException {@code STAGING_CORRUPT} when it is missing or something else, {@code STAGING_UNAVAILABLE}
     */
    public SlicePlan readPlan(String name) {
        return read(name, SlicePlan.class, "plan");
    }

    private <T> T read(String name, Class<T> type, String what) {
        byte[] bytes;
        try (InputStream in = staging.open(name)) {
            bytes = in.readAllBytes();
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.STAGING_UNAVAILABLE, "can't read " + name + " in staging", e);
        }
        SealedDocument.check(name, bytes);
        try {
            T document = json.readValue(bytes, Argument.of(type));
            if (document != null) {
                return document;
            }
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.STAGING_CORRUPT, name + " in staging is no " + what, e);
        }
        throw new MillraceException(ErrorCode.STAGING_CORRUPT, name + " in staging is no " + what);
    }
}
