package dev.millrace.gateway.store;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.millrace.pipeline.Destination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Publication;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import jakarta.inject.Singleton;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The reader of what the run database holds of a run's work. A run outlives upgrades, so what is stored may be of a
 * version that this one can't read; that is the end of this run and of no other. Safe for use by several threads.
 */
@Singleton
public class StoredSpecs {
    /** Specs that are kept, and the longest of their texts. */
    private static final int KEPT = 64;

    private static final int LONGEST_KEPT = 65_536;

    private final Json json;
    /** By their texts, which are the same for most runs of an endpoint, and are needed several times in each run. */
    private final Map<String, RunSpec> latest = Collections.synchronizedMap(new LinkedHashMap<>(KEPT, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, RunSpec> eldest) {
            return size() > KEPT;
        }
    });

    StoredSpecs(Json json) {
        this.json = json;
    }

    /**
     * What the loader has to know of a run besides its load.
     *
     * @param credentials null: those of the services
     * @param publication where the run publishes; null when it loads a table
     * @param backup the table that it backs up; null when it does something else
     * @param logged whether its log is put beside what it publishes
     */
    public record Access(
            @Nullable String credentials,
            @Nullable Publication publication,
            @Nullable String backup,
            boolean logged) {
        private Access(@Nullable String credentials, @Nullable Publication publication, @Nullable String backup) {
            this(credentials, publication, backup, false);
        }
    }

    /** @throws MillraceException with {@code SPEC_UNREADABLE} */
    public RunSpec of(RunRow run) {
        RunSpec known = latest.get(run.spec());
        if (known != null) {
            return known;
        }
        RunSpec spec = read(run.id(), run.spec(), RunSpec.class);
        if (run.spec().length() <= LONGEST_KEPT) {
            latest.put(run.spec(), spec);
        }
        return spec;
    }

    /** @throws MillraceException with {@code SPEC_UNREADABLE} */
    public Work work(TaskRow task) {
        return read(task.run(), task.work(), Work.class);
    }

    /**
     * Reads nothing but what it needs: a load can be closed though its columns, say, are of another version.
     *
     * @throws MillraceException with {@code SPEC_UNREADABLE}
     */
    public Access access(RunRow run) {
        return switch (read(run.id(), run.spec(), Excerpt.class)) {
            case Excerpt.OfEndpoint(Excerpt.Part(Destination.Bucket bucket), String credentials) ->
                new Access(credentials, new Publication(bucket, run.day()), null, true);
            case Excerpt.OfEndpoint(Excerpt.Part(Destination.Table _), String credentials) ->
                new Access(credentials, null, null);
            case Excerpt.OfModel(String credentials) -> new Access(credentials, null, null);
            case Excerpt.OfExport(Destination.Bucket bucket, String credentials) ->
                new Access(credentials, new Publication(bucket, null), null);
            case Excerpt.OfBackup(String table, String credentials) -> new Access(credentials, null, table);
            case Excerpt.OfRestore(String credentials) -> new Access(credentials, null, null);
        };
    }

    private <T> T read(String run, String text, Class<T> type) {
        try {
            return json.read(text, type);
        } catch (Unreadable e) {
            throw new MillraceException(ErrorCode.SPEC_UNREADABLE, "run " + run + ": " + e.getMessage(), e);
        }
    }

    /** A part of {@link RunSpec}, under the same names. */
    @Serdeable.Deserializable
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Excerpt.OfEndpoint.class, name = "endpoint"),
        @JsonSubTypes.Type(value = Excerpt.OfModel.class, name = "model"),
        @JsonSubTypes.Type(value = Excerpt.OfExport.class, name = "export"),
        @JsonSubTypes.Type(value = Excerpt.OfBackup.class, name = "backup"),
        @JsonSubTypes.Type(value = Excerpt.OfRestore.class, name = "restore")
    })
    sealed interface Excerpt {
        @Serdeable.Deserializable
        record OfEndpoint(Part endpoint, @Nullable String credentials) implements Excerpt {}

        @Serdeable.Deserializable
        record OfModel(@Nullable String credentials) implements Excerpt {}

        @Serdeable.Deserializable
        record OfExport(
                Destination.Bucket destination, @Nullable String credentials) implements Excerpt {}

        @Serdeable.Deserializable
        record OfBackup(String table, @Nullable String credentials) implements Excerpt {}

        @Serdeable.Deserializable
        record OfRestore(@Nullable String credentials) implements Excerpt {}

        @Serdeable.Deserializable
        record Part(Destination destination) {}
    }
}
