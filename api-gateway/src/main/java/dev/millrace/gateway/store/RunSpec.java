package dev.millrace.gateway.store;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.Limits;
import dev.millrace.pipeline.Model;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.Scale;
import dev.millrace.pipeline.Source;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifest;
import dev.millrace.task.Publication;
import dev.millrace.task.Slice;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.List;

/** What a run does, self-contained: later changes of the pipeline file don't reach it. */
@Serdeable
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = RunSpec.OfEndpoint.class, name = "endpoint"),
    @JsonSubTypes.Type(value = RunSpec.OfModel.class, name = "model"),
    @JsonSubTypes.Type(value = RunSpec.OfExport.class, name = "export"),
    @JsonSubTypes.Type(value = RunSpec.OfBackup.class, name = "backup"),
    @JsonSubTypes.Type(value = RunSpec.OfRestore.class, name = "restore")
})
public sealed interface RunSpec {
    /** Name of the Google credentials that the pipeline asks for; null: those of the services. */
    @Nullable
    String credentials();

    /** The table or the place in a bucket that the run changes; one run at a time does. */
    String target(@Nullable RunWindow day);

    /** Where the run publishes; null when it loads a table. */
    @Nullable
    Publication publication(@Nullable RunWindow day);

    /** What the source bears; null: nothing is held back. */
    @Nullable
    Limits limits();

    /**
     * @param source in which nothing is relative to the pipeline file
     * @param full whether everything is read, although the endpoint has a cursor
     * @param recordsOf the endpoint whose run of the same batch reads the records, for a further table of it; null: this
     *     run reads them
     * @param readElsewhere paths in the records that other tables read
     */
    @Serdeable
    record OfEndpoint(
            Source source,
            Endpoint endpoint,
            @Nullable String credentials,
            @Default("false") boolean full,
            @Nullable String recordsOf,
            @Default("[]") List<String> readElsewhere)
            implements RunSpec {
        public OfEndpoint {
            readElsewhere = List.copyOf(readElsewhere);
        }

        public Work extract() {
            Scale scale = endpoint.scale();
            return scale == null ? extractAll() : new Work.PlanSlices(extracting(), scale.slices());
        }

        /** That are wanted for the slices of each step; null: none. */
        public @Nullable Integer pods() {
            Scale scale = endpoint.scale();
            return scale == null ? null : scale.pods();
        }

        /** @param plan object name of the plan */
        Work.ExtractSlice extractSlice(String plan, Slice slice) {
            return new Work.ExtractSlice(extracting(), plan, slice);
        }

        private Work.Extracting extractAll() {
            Work.Extract extract = extracting();
            boolean overlooked = endpoint.read().mightBeOverlooked();
            if (endpoint.isIncremental()) {
                Work.ExtractIncrement increment = new Work.ExtractIncrement(extract, full, null);
                return overlooked ? new Work.ExtractNew(increment) : increment;
            }
            return overlooked ? new Work.ExtractEach(extract) : extract;
        }

        private Work.Extract extracting() {
            Work.Parts parts = switch (endpoint.destination()) {
                case Destination.Table _ -> Work.Parts.TO_TRANSFORM;
                case Destination.Bucket bucket ->
                    new Work.Parts(
                            Manifest.Format.NDJSON_GZIP,
                            bucket.rows(),
                            bucket.validate() == Destination.Bucket.Validate.JSON);
            };
            List<String> fields = endpoint.withFurther().stream()
                    .flatMap(table -> table.schema().stream())
                    .filter(Column::isRead)
                    .map(Column::path)
                    .toList();
            boolean all = endpoint.withFurther().stream().anyMatch(Endpoint::isInferred);
            return new Work.Extract(
                    source, all ? endpoint.read() : endpoint.read().named(fields), columns(), parts);
        }

        /** Whether the records become rows before they are loaded; a bucket gets them as they are. */
        public boolean transforms() {
            return switch (endpoint.destination()) {
                case Destination.Table _ -> true;
                case Destination.Bucket _ -> false;
            };
        }

        /**
         * @param manifest of the extraction
         * @param extracted when it had ended
         */
        public Work transform(String manifest, Instant extracted) {
            Work.Transform transform = transforming(manifest, extracted);
            return endpoint.isInferred() && endpoint.destination() instanceof Destination.Table table
                    ? new Work.TransformInferred(
                            transform, table, endpoint.read().isFlat(), null)
                    : transform;
        }

        /** The same of one slice. */
        Work.TransformSlice transformSlice(String manifest, Instant extracted, Slice slice) {
            return new Work.TransformSlice(transforming(manifest, extracted), slice);
        }

        private Work.Transform transforming(String manifest, Instant extracted) {
            return new Work.Transform(manifest, extracted, endpoint.shaping().besides(readElsewhere), null);
        }

        /**
         * How many of a run's records may still be rejected; below 0: too many are already.
         *
         * @param records that were read
         */
        public long rejectsLeft(long records, long rejected) {
            return BigDecimal.valueOf(endpoint.rejects().maxShare())
                            .multiply(BigDecimal.valueOf(records))
                            .setScale(0, RoundingMode.FLOOR)
                            .longValueExact()
                    - rejected;
        }

        /** @param manifest of the step before */
        public Work load(String run, int generation, String manifest) {
            return switch (endpoint.destination()) {
                case Destination.Table table -> {
                    Endpoint.Day day = endpoint.day();
                    Work.Load load = new Work.Load(
                            run,
                            generation,
                            manifest,
                            table,
                            endpoint.tableColumns(),
                            day == null ? null : day.column(),
                            endpoint.drift());
                    String by = endpoint.read().cursorName();
                    yield by == null ? load : new Work.LoadIncrement(load, by, full, null);
                }
                case Destination.Bucket bucket -> new Work.Publish(run, generation, manifest, bucket);
            };
        }

        @Override
        public @Nullable Limits limits() {
            return source.limits();
        }

        @Override
        public String target(@Nullable RunWindow day) {
            return switch (endpoint.destination()) {
                case Destination.Table table -> table.table();
                case Destination.Bucket bucket -> new Publication(bucket, day).name();
            };
        }

        @Override
        public @Nullable Publication publication(@Nullable RunWindow day) {
            return switch (endpoint.destination()) {
                case Destination.Table _ -> null;
                case Destination.Bucket bucket -> new Publication(bucket, day);
            };
        }

        /**
         * The day that a run loads.
         *
         * @param wanted null: the current one, or the last complete one, as the endpoint says
         * @throws MillraceException with {@code REQUEST_INVALID} when the endpoint can't load it
         */
        public static RunWindow day(Endpoint.Day days, @Nullable RunWindow wanted, Instant now) {
            if (wanted == null) {
                return days.of(now);
            }
            String expected = days.lacking(wanted);
            if (expected != null) {
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID, "day: '" + wanted + "' (expected: " + expected + ")");
            }
            return wanted;
        }

        /** What a header has to name. */
        private List<String> columns() {
            return endpoint.withFurther().stream()
                    .filter(table -> table.flatten() == null) // whose ways to the values only the records tell
                    .flatMap(table -> table.schema().stream())
                    .filter(column -> column.isRead() && !column.optional())
                    .map(Column::path)
                    .distinct()
                    .toList();
        }
    }

    /** What needs the loader alone. */
    sealed interface OfLoader extends RunSpec {
        Work load(String run, int generation);

        @Override
        default @Nullable Limits limits() {
            return null;
        }

        @Override
        default @Nullable Publication publication(@Nullable RunWindow day) {
            return null;
        }
    }

    @Serdeable
    record OfModel(Model model, @Nullable String credentials) implements OfLoader {
        @Override
        public Work load(String run, int generation) {
            return new Work.Model(run, generation, model.destination(), model.sql());
        }

        @Override
        public String target(@Nullable RunWindow day) {
            return model.destination().table();
        }
    }

    @Serdeable
    record OfExport(
            Destination.Bucket destination,
            ExportFormat format,
            String sql,
            @Nullable String credentials) implements OfLoader {
        @Override
        public Work load(String run, int generation) {
            return new Work.Export(run, generation, destination, format, sql);
        }

        @Override
        public String target(@Nullable RunWindow day) {
            return publication(day).name();
        }

        @Override
        public Publication publication(@Nullable RunWindow day) {
            return new Publication(destination, null);
        }
    }

    /**
     * @param table with its dataset
     * @param keep as of {@link Work.Backup}
     * @param keepDays likewise
     */
    @Serdeable
    record OfBackup(
            String table,
            BackupFormat format,
            @Nullable Integer keep,
            @Nullable Integer keepDays,
            @Nullable String credentials)
            implements OfLoader {
        @Override
        public Work load(String run, int generation) {
            return new Work.Backup(run, generation, table, format, keep, keepDays);
        }

        @Override
        public String target(@Nullable RunWindow day) {
            return table;
        }
    }

    /**
     * @param table that was backed up
     * @param backup its id
     * @param destination the table that gets its rows
     * @param fresh whether that must be missing, or have no rows
     */
    @Serdeable
    record OfRestore(
            String table,
            String backup,
            Destination.Table destination,
            boolean fresh,
            @Nullable String credentials) implements OfLoader {
        @Override
        public Work load(String run, int generation) {
            return new Work.Restore(run, generation, table, backup, destination, fresh);
        }

        @Override
        public String target(@Nullable RunWindow day) {
            return destination.table();
        }
    }
}
