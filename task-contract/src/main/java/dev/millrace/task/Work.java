package dev.millrace.task;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint.Drift;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.Flat;
import dev.millrace.pipeline.Read;
import dev.millrace.pipeline.Shaping;
import dev.millrace.pipeline.Source;
import dev.millrace.pipeline.TableCheck;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Manifest;
import dev.millrace.warehouse.Capabilities;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.List;

/** The part of a task that is different for each step. Each service's {@link Step} has one, or an interface of some. */
@Serdeable
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Work.Extract.class, name = "extract"),
    @JsonSubTypes.Type(value = Work.ExtractIncrement.class, name = "extract-increment"),
    @JsonSubTypes.Type(value = Work.ExtractEach.class, name = "extract-each"),
    @JsonSubTypes.Type(value = Work.ExtractNew.class, name = "extract-new"),
    @JsonSubTypes.Type(value = Work.PlanSlices.class, name = "plan-slices"),
    @JsonSubTypes.Type(value = Work.ExtractSlice.class, name = "extract-slice"),
    @JsonSubTypes.Type(value = Work.Transform.class, name = "transform"),
    @JsonSubTypes.Type(value = Work.TransformSlice.class, name = "transform-slice"),
    @JsonSubTypes.Type(value = Work.TransformInferred.class, name = "transform-inferred"),
    @JsonSubTypes.Type(value = Work.Load.class, name = "load"),
    @JsonSubTypes.Type(value = Work.LoadIncrement.class, name = "load-increment"),
    @JsonSubTypes.Type(value = Work.LoadSlices.class, name = "load-slices"),
    @JsonSubTypes.Type(value = Work.Model.class, name = "model"),
    @JsonSubTypes.Type(value = Work.Publish.class, name = "publish"),
    @JsonSubTypes.Type(value = Work.Export.class, name = "export"),
    @JsonSubTypes.Type(value = Work.Backup.class, name = "backup"),
    @JsonSubTypes.Type(value = Work.Restore.class, name = "restore"),
    @JsonSubTypes.Type(value = Work.DryRun.class, name = "dry-run")
})
public sealed interface Work {
    Step step();

    /** The slice of the step that it is about; null: the step as a whole. */
    default @Nullable Slice slice() {
        return null;
    }

    /**
     * How the records are staged.
     *
     * @param format one of those of lines
     * @param rows most records in a part; null: parts end by their size
     * @param validated whether a record that is no JSON object is rejected, since nobody looks at it later
     */
    @Serdeable
    record Parts(
            Manifest.Format format,
            @Nullable Integer rows,
            @Default("false") boolean validated) {
        /** For the transformer. */
        public static final Parts TO_TRANSFORM = new Parts(Manifest.Format.NDJSON_ZSTD, null, false);
    }

    /** What the extractor does. */
    sealed interface Extracting extends Work {
        /** What is read. */
        Extract extract();

        /** What is known of the runs before; null: everything is read. */
        default @Nullable ExtractIncrement increment() {
            return null;
        }

        /** The same, when the ledger has been asked. */
        default Extracting from(CommittedCursor cursor) {
            return this;
        }

        @Override
        default Step step() {
            return Step.EXTRACT;
        }
    }

    /**
     * @param source in which nothing is relative to a pipeline file
     * @param read what of it; of the same kind
     * @param columns that records of fields alone, such as those of a file with a header, have to name; empty: none
     */
    @Serdeable
    record Extract(
            Source source, @Flat Read read, @Default("[]") List<String> columns, Parts parts) implements Extracting {
        public Extract {
            columns = List.copyOf(columns);
        }

        @Override
        public Extract extract() {
            return this;
        }
    }

    /**
     * Reads what is new since an earlier load. A work of its own: an extractor that doesn't know it refuses it, where it
     * might overlook the cursor and read everything.
     *
     * @param extract with a read that has a cursor
     * @param full whether everything is read all the same
     * @param committed the cursor that the load has to find; null: as it is stored until the ledger has been asked
     */
    @Serdeable
    record ExtractIncrement(
            Extract extract, boolean full, @Nullable CommittedCursor committed) implements Extracting {
        @Override
        public ExtractIncrement increment() {
            return this;
        }

        @Override
        public ExtractIncrement from(CommittedCursor cursor) {
            return new ExtractIncrement(extract, full, cursor);
        }

        /** Where it begins; null: at the start of everything. */
        public @Nullable String start() {
            return full || committed == null ? null : committed.value();
        }
    }

    /**
     * Sends requests for something that is read before, or prepared. A work of its own: an extractor that doesn't know it
     * refuses it, where it might overlook what the requests are sent for.
     *
     * @param extract with a read that says for what
     */
    @Serdeable
    record ExtractEach(Extract extract) implements Extracting {}

    /**
     * Finds what is to be read, and cuts it into slices. A work of its own, as all works on slices are: an extractor that
     * doesn't know it refuses it, where it might read everything.
     *
     * @param extract of what all slices read together
     * @param slices at most
     */
    @Serdeable
    record PlanSlices(Extract extract, int slices) implements Extracting {}

    /**
     * Reads one slice of a plan.
     *
     * @param extract of what all slices read together
     * @param plan object name of the {@link dev.millrace.staging.SlicePlan}
     */
    @Serdeable
    record ExtractSlice(Extract extract, String plan, Slice slice) implements Extracting {}

    /** What the transformer does. */
    sealed interface Transforming extends Work {
        /** The same, for rows of which it is known where they go. */
        Transforming into(Capabilities warehouse);

        @Override
        default Step step() {
            return Step.TRANSFORM;
        }
    }

    /**
     * Reads what is new, of a read that says more than a cursor, such as files that are read once. A work of its own, for
     * the reason of {@link ExtractEach}: an extractor that knows cursors alone might overlook the rest.
     *
     * @param increment with such a read
     */
    @Serdeable
    record ExtractNew(ExtractIncrement increment) implements Extracting {
        @Override
        public Extract extract() {
            return increment.extract();
        }

        @Override
        public ExtractNew from(CommittedCursor cursor) {
            return new ExtractNew(increment.from(cursor));
        }
    }

    /**
     * @param manifest object name of the extractor's accepted manifest
     * @param extracted when that extraction had ended
     * @param capabilities of the warehouse that the rows are for; null: as it is stored, before it is sent, and from a
     *     gateway of version 0.1
     */
    @Serdeable
    record Transform(
            String manifest,
            Instant extracted,
            Shaping shaping,
            @Nullable Capabilities capabilities) implements Transforming {
        @Override
        public Transform into(Capabilities warehouse) {
            return new Transform(manifest, extracted, shaping, warehouse);
        }
    }

    /**
     * Makes rows whose columns are found in the records, beside those of the shaping. A work of its own: a transformer that
     * doesn't know it refuses it, where it might leave fields out.
     *
     * @param transform whose columns are as the file has them
     * @param destination that the rows are for
     * @param flat whether fields don't nest, so that a column's {@code from} is a name and no path
     * @param known the table's columns, which go on; null: as it is stored until the warehouse has been asked
     */
    @Serdeable
    record TransformInferred(
            Transform transform,
            Destination.Table destination,
            @Default("false") boolean flat,
            @Nullable TableSchema known)
            implements Transforming {
        @Override
        public TransformInferred into(Capabilities warehouse) {
            return new TransformInferred(transform.into(warehouse), destination, flat, known);
        }

        /** The same, when the warehouse has been asked. */
        public TransformInferred knowing(TableSchema columns) {
            return new TransformInferred(transform, destination, flat, columns);
        }
    }

    /**
     * Makes rows of the records of one slice. Rows of different slices have different positions, in the order of the slices.
     *
     * @param transform of the slice's records
     */
    @Serdeable
    record TransformSlice(Transform transform, Slice slice) implements Transforming {
        @Override
        public TransformSlice into(Capabilities warehouse) {
            return new TransformSlice(transform.into(warehouse), slice);
        }
    }

    /** What the loader does. */
    sealed interface Loading extends Work {
        @Override
        default Step step() {
            return Step.LOAD;
        }
    }

    /** A load of any kind: something that the warehouse or a bucket commits once. */
    @Serdeable
    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Load.class, name = "load"),
        @JsonSubTypes.Type(value = LoadIncrement.class, name = "load-increment"),
        @JsonSubTypes.Type(value = LoadSlices.class, name = "load-slices"),
        @JsonSubTypes.Type(value = Model.class, name = "model"),
        @JsonSubTypes.Type(value = Publish.class, name = "publish"),
        @JsonSubTypes.Type(value = Export.class, name = "export"),
        @JsonSubTypes.Type(value = Backup.class, name = "backup"),
        @JsonSubTypes.Type(value = Restore.class, name = "restore")
    })
    sealed interface Commit extends Loading {
        /** The checks of the table that it changes; a bucket has none. */
        default List<TableCheck> checks() {
            return List.of();
        }

        /** The same, after runs that have measured something for its checks. */
        default Commit after(List<CheckHistory> earlier) {
            return this;
        }

        /** The same, if it can reject rows, as long as they are no more than so many. */
        default Commit rejecting(long most) {
            return this;
        }
    }

    /**
     * @param load id of the load: whatever happens, the warehouse's ledger holds at most one commit of it
     * @param generation from 1, one more with each retry of the run; an abort closes all generations up to its own
     * @param manifest object name of the transformer's accepted manifest
     * @param dayColumn column that holds the task's day, whose rows a replace replaces; null: the whole table
     * @param drift what it means that no record has a column; null: the load fails where the table has values
     * @param earlier what runs before have measured for the checks of the table, the newest first
     * @param mostRejects rows that the load may reject, beyond which it fails; null: any number
     */
    @Serdeable
    record Load(
            String load,
            int generation,
            String manifest,
            Destination.Table destination,
            List<Column> schema,
            @Nullable String dayColumn,
            @Nullable Drift drift,
            @Default("[]") List<CheckHistory> earlier,
            @Nullable Long mostRejects)
            implements Commit {
        @Creator // of two constructors, that which reads JSON
        public Load {
            schema = List.copyOf(schema);
            earlier = List.copyOf(earlier);
        }

        /** A load whose table has no checks that look back. */
        public Load(
                String load,
                int generation,
                String manifest,
                Destination.Table destination,
                List<Column> schema,
                @Nullable String dayColumn,
                @Nullable Drift drift) {
            this(load, generation, manifest, destination, schema, dayColumn, drift, List.of(), null);
        }

        @Override
        public Load rejecting(long most) {
            return new Load(load, generation, manifest, destination, schema, dayColumn, drift, earlier, most);
        }

        @Override
        public List<TableCheck> checks() {
            return destination.checks();
        }

        @Override
        public Load after(List<CheckHistory> runs) {
            return new Load(load, generation, manifest, destination, schema, dayColumn, drift, runs, mostRejects);
        }
    }

    /**
     * A load of what is new, which commits only if it finds the cursor that the extraction was told, and moves it. A work
     * of its own: a loader that doesn't know it refuses it, where it might load without the cursor.
     *
     * @param load whose manifest has the cursors
     * @param by column or path that the cursor is a value of
     * @param full whether everything was read all the same, so that it doesn't matter what the cursor before was of
     * @param committed the cursor that the load has to find, of a further table of which everything was read; null: the
     *     one that the manifest says its records follow
     */
    @Serdeable
    record LoadIncrement(
            Load load, String by, boolean full, @Nullable CommittedCursor committed) implements Commit {
        /** The same, of records that follow no cursor of the table. */
        public LoadIncrement from(@Nullable CommittedCursor cursor) {
            return new LoadIncrement(load, by, full, cursor);
        }

        @Override
        public List<TableCheck> checks() {
            return load.checks();
        }

        @Override
        public LoadIncrement after(List<CheckHistory> runs) {
            return new LoadIncrement(load.after(runs), by, full, committed);
        }

        @Override
        public LoadIncrement rejecting(long most) {
            return new LoadIncrement(load.rejecting(most), by, full, committed);
        }
    }

    /**
     * A load of the rows of all slices.
     *
     * @param load whose manifest is the plan of the slices
     * @param planned attempt of that plan, as of {@link Slice}
     * @param attempts of each slice's transformation the one that counts, in the order of the slices
     * @param counts of all their records and rows together
     */
    @Serdeable
    record LoadSlices(Load load, int planned, List<Integer> attempts, Counts counts) implements Commit {
        public LoadSlices {
            attempts = List.copyOf(attempts);
        }

        @Override
        public List<TableCheck> checks() {
            return load.checks();
        }

        @Override
        public LoadSlices after(List<CheckHistory> runs) {
            return new LoadSlices(load.after(runs), planned, attempts, counts);
        }

        @Override
        public LoadSlices rejecting(long most) {
            return new LoadSlices(load.rejecting(most), planned, attempts, counts);
        }
    }

    /**
     * Fills a table with what a query selects in the warehouse.
     *
     * @param load id of the load, as for {@link Load}
     * @param generation as for {@link Load}
     * @param sql one SELECT; checked by the loader
     * @param earlier as for {@link Load}
     */
    @Serdeable
    record Model(
            String load,
            int generation,
            Destination.Table destination,
            String sql,
            @Default("[]") List<CheckHistory> earlier)
            implements Commit {
        @Creator // of two constructors, that which reads JSON
        public Model {
            earlier = List.copyOf(earlier);
        }

        /** A model whose table has no checks that look back. */
        public Model(String load, int generation, Destination.Table destination, String sql) {
            this(load, generation, destination, sql, List.of());
        }

        @Override
        public List<TableCheck> checks() {
            return destination.checks();
        }

        @Override
        public Model after(List<CheckHistory> runs) {
            return new Model(load, generation, destination, sql, runs);
        }
    }

    /**
     * Publishes records as they were extracted.
     *
     * @param load id of the publication: whatever happens, the bucket's ledger holds at most one commit of it
     * @param generation as for {@link Load}
     * @param manifest object name of the extractor's accepted manifest
     */
    @Serdeable
    record Publish(String load, int generation, String manifest, Destination.Bucket destination) implements Commit {}

    /**
     * Publishes one file of what a query selects in the warehouse.
     *
     * @param load id of the publication, as for {@link Publish}
     * @param generation as for {@link Load}
     * @param sql one SELECT; checked by the loader
     */
    @Serdeable
    record Export(String load, int generation, Destination.Bucket destination, ExportFormat format, String sql)
            implements Commit {}

    /**
     * Copies a table, as it is at one moment, to where backups are kept. What is committed is the backup's manifest.
     *
     * @param load id of the backup, whatever happens there is at most one of it
     * @param generation as for {@link Load}
     * @param table with its dataset
     * @param keep how many backups of the table stay then, the newest; null: as many as the loader's configuration says
     * @param keepDays for how many days one stays, unless it is the newest; null: as the loader's configuration says
     */
    @Serdeable
    record Backup(
            String load,
            int generation,
            String table,
            BackupFormat format,
            @Nullable Integer keep,
            @Nullable Integer keepDays)
            implements Commit {}

    /**
     * Replaces what is in a table by what a backup has, and the cursors of those who load it by those of that moment.
     *
     * @param load id of the load, as for {@link Load}
     * @param generation as for {@link Load}
     * @param table that was backed up, with its dataset
     * @param backup its id
     * @param destination the table that is replaced, or made when it is missing
     * @param fresh whether that table must be missing, or have no rows
     */
    @Serdeable
    record Restore(
            String load, int generation, String table, String backup, Destination.Table destination, boolean fresh)
            implements Commit {}

    /**
     * Says what a load would do, or fails as it would, and changes nothing. A work of its own: a loader that doesn't know
     * it refuses it, where it might overlook that it isn't to load.
     *
     * @param load what is not done
     * @param made tables that runs before it would have made, which it may find missing
     */
    @Serdeable
    record DryRun(Commit load, @Default("[]") List<String> made) implements Loading {
        @Creator // of two constructors, that which reads JSON
        public DryRun {
            made = List.copyOf(made);
        }

        /** Of a load that reads no tables. */
        public DryRun(Commit load) {
            this(load, List.of());
        }
    }
}
