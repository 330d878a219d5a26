package dev.millrace.gateway.store;

import dev.millrace.pipeline.RunWindow;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Objects;

/** A row of table {@code run} as it is first stored: what is known of a run when it is accepted. */
@MappedEntity("run")
public record NewRun(
        @Id String id,
        String batch,
        String pipeline,
        String endpoint,
        @Nullable LocalDate runDay,
        @Nullable String runWindow,
        String targetTable,
        String runTrigger,
        @Nullable String startedBy,
        boolean dryRun,
        RunState state,
        String spec,
        int generation,
        boolean archived,
        @Nullable String replayOf,
        Instant createdAt) {

    public static Builder builder() {
        return new Builder();
    }

    /** Values by their names; all but {@code day}, {@code startedBy} and {@code replayOf} have to be set. */
    public static final class Builder {
        private @Nullable String id;
        private @Nullable String batch;
        private @Nullable String pipeline;
        private @Nullable String endpoint;
        private @Nullable RunWindow day;
        private @Nullable String targetTable;
        private @Nullable String runTrigger;
        private @Nullable String startedBy;
        private boolean dryRun;
        private @Nullable String spec;
        private @Nullable String replayOf;
        private @Nullable Instant createdAt;

        private Builder() {}

        public Builder id(String value) {
            id = value;
            return this;
        }

        public Builder batch(String value) {
            batch = value;
            return this;
        }

        public Builder pipeline(String value) {
            pipeline = value;
            return this;
        }

        /** @param value name of an endpoint or model */
        public Builder endpoint(String value) {
            endpoint = value;
            return this;
        }

        /** @param value null when it loads everything */
        public Builder day(@Nullable RunWindow value) {
            day = value;
            return this;
        }

        /** @param value the table, or the place in a bucket */
        public Builder targetTable(String value) {
            targetTable = value;
            return this;
        }

        /** @param value {@code api}, {@code schedule}, {@code event}, {@code backfill}, {@code replay}, {@code upload}, {@code backup} or {@code restore} */
        public Builder runTrigger(String value) {
            runTrigger = value;
            return this;
        }

        /** @param value whoever has asked for it; null: nobody has */
        public Builder startedBy(@Nullable String value) {
            startedBy = value;
            return this;
        }

        public Builder dryRun(boolean value) {
            dryRun = value;
            return this;
        }

        /** @param value a {@link RunSpec} as {@link Json} writes it */
        public Builder spec(String value) {
            spec = value;
            return this;
        }

        /** @param value the run whose rejected records it loads; null: it reads its source */
        public Builder replayOf(@Nullable String value) {
            replayOf = value;
            return this;
        }

        public Builder createdAt(Instant value) {
            createdAt = value;
            return this;
        }

        public NewRun build() {
            return new NewRun(
                    set("id", id),
                    set("batch", batch),
                    set("pipeline", pipeline),
                    set("endpoint", endpoint),
                    day == null ? null : day.begin().toLocalDate(),
                    day == null || day.unit() == RunWindow.Unit.DAY ? null : day.toString(),
                    set("targetTable", targetTable),
                    set("runTrigger", runTrigger),
                    startedBy,
                    dryRun,
                    RunState.QUEUED,
                    set("spec", spec),
                    1,
                    false,
                    replayOf,
                    set("createdAt", createdAt));
        }

        private static <T> T set(String name, @Nullable T value) {
            return Objects.requireNonNull(value, name);
        }
    }
}
