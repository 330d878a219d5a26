package dev.millrace.pipeline;

import com.fasterxml.jackson.annotation.JsonAlias;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One thing that a pipeline loads, into one table or bucket: where it is read, how it is shaped, where it goes and
 * when.
 *
 * @param read what of the pipeline's source; of the same kind as it
 * @param trigger null: no object's arrival starts it
 * @param day null when every run loads everything
 * @param drift null: the run fails where the table had values, and warns otherwise
 * @param texts null: texts are what they say
 * @param explode as {@code flatten}, {@code filter}, {@code rowChecks} and {@code schema} a part of {@link Shaping}
 * @param schema empty exactly for a bucket, which gets the records as they are
 * @param furtherTables by name; each is loaded by a run of its own, of the records that this one has read
 * @param scale null: a run is extracted and transformed as a whole
 */
@Serdeable
@Doc("What is loaded into one table or bucket.")
public record Endpoint(
        @Flat Read read,
        @Doc("Where the rows go.") Destination destination,

        @Doc("When to run: five cron fields, for example 0 6 * * *.") @Nullable
        String schedule,

        @Default("UTC") @Doc("Time zone of the schedule.") ZoneId timezone,

        @Default("none")
        @Doc("What is made up for of the times that came due while no gateway was up: none, the last, or all of them.")
        CatchUp catchUp,

        @Doc("After how long without a successful run its data are stale, for example 26h.") @Nullable
        Duration staleAfter,

        @Doc("Starts the endpoint when an object arrives in a bucket of Cloud Storage.") @Nullable
        Trigger trigger,

        @Doc("Makes each run load one day.") @Nullable Day day,

        @Default("{}") @Doc("How many bad records a run may have.")
        Rejects rejects,

        @Doc(
                "What it means when no record of a run has a column; by default the run fails if the table has values there.")
        @Nullable
        Drift drift,

        @Doc("How the source writes values in texts, for all columns that don't say it themselves.") @Nullable
        TextRules texts,

        @Doc("Path to an array in the record of which each element makes a row, for example lines.") @Nullable
        String explode,

        @Doc("Finds columns in objects by the way to them.") @Nullable
        Flatten flatten,

        @Doc("Scalar SQL over the columns; rows for which it isn't true are left out, for example status <> 'test'.")
        @Nullable
        String filter,

        @Key("checks") @JsonAlias("checks") @Default("[]") @Doc("Conditions that every row has to meet.")
        List<RowCheck> rowChecks,

        @Default("[]") @Doc("The columns of the table; a bucket has none.")
        List<Column> schema,

        @Default("{}") @Doc("More tables that are made of the same records, which are read once, by name.")
        Map<String, FurtherTable> furtherTables,

        @Doc("Cuts a run into slices, so that several services work on it at once; by default one does.") @Nullable
        Scale scale)
        implements FileRules {

    /** BigQuery's limit, which counts nested columns too, https://cloud.google.com/bigquery/quotas#standard_tables */
    private static final int MAX_COLUMNS = 10_000;

    private static final Set<Column.Type> DAY_TYPES =
            EnumSet.of(Column.Type.DATE, Column.Type.DATETIME, Column.Type.TIMESTAMP);

    /** What can't be compared at all, or is equal to what it isn't: for an INTERVAL a month is 30 days. */
    private static final Set<Column.Type> INCOMPARABLE = EnumSet.of(
            Column.Type.FLOAT, Column.Type.INTERVAL, Column.Type.JSON, Column.Type.GEOGRAPHY, Column.Type.RECORD);

    /** What a warehouse puts into one order for sure. */
    private static final Set<Column.Type> ORDERED = EnumSet.of(
            Column.Type.INTEGER,
            Column.Type.NUMERIC,
            Column.Type.STRING,
            Column.Type.DATE,
            Column.Type.TIME,
            Column.Type.DATETIME,
            Column.Type.TIMESTAMP);

    /** https://cloud.google.com/bigquery/docs/clustered-tables#cluster_column_types */
    private static final Set<Column.Type> CLUSTERED = EnumSet.of(
            Column.Type.INTEGER,
            Column.Type.NUMERIC,
            Column.Type.BIGNUMERIC,
            Column.Type.BOOLEAN,
            Column.Type.STRING,
            Column.Type.DATE,
            Column.Type.DATETIME,
            Column.Type.TIMESTAMP,
            Column.Type.GEOGRAPHY);

    public Endpoint {
        schema = List.copyOf(schema);
        rowChecks = List.copyOf(rowChecks);
        furtherTables = Ordered.copy(furtherTables);
    }

    /** A further table as an endpoint, which reads what this one does. */
    Endpoint further(FurtherTable table) {
        return new Endpoint(
                read,
                table.destination(),
                null,
                ZoneOffset.UTC,
                CatchUp.NONE,
                table.staleAfter(),
                null,
                day == null || table.day() == null
                        ? null
                        : new Day(table.day().column(), day.window(), day.timezone(), day.settle(), day.loads()),
                table.rejects(),
                table.drift(),
                table.texts(),
                table.explode(),
                table.flatten(),
                table.filter(),
                table.rowChecks(),
                table.schema(),
                Map.of(),
                null);
    }

    /**
     * The same for some of its records, which somebody has sent: they are added to what is in the table.
     *
     * @param uploaded what reads them
     */
    public Endpoint replaying(Read uploaded) {
        return adding(uploaded, rejects);
    }

    /**
     * The same for a file that somebody has sent: its good rows are added to what is in the table, however many there are.
     *
     * @param uploaded what reads it
     */
    public Endpoint uploading(Read uploaded) {
        return adding(uploaded, new Rejects(1));
    }

    private Endpoint adding(Read uploaded, Rejects allowed) {
        Destination added = destination instanceof Destination.Table table && table.write() == Write.REPLACE
                ? table.appending()
                : destination;
        return new Endpoint(
                uploaded,
                added,
                null,
                timezone,
                CatchUp.NONE,
                null,
                null,
                day,
                allowed,
                Drift.WARN,
                texts,
                explode,
                flatten,
                filter,
                rowChecks,
                schema,
                Map.of(),
                null);
    }

    /** This endpoint, and its further tables as endpoints, each of which reads what this one does. */
    public List<Endpoint> withFurther() {
        List<Endpoint> all = new ArrayList<>(List.of(this));
        furtherTables.values().forEach(table -> all.add(further(table)));
        return all;
    }

    @Override
    public void check(Checks checks) {
        checkTable(checks);
        List<Endpoint> tables = withFurther();
        List<String> paths = tables.stream()
                .flatMap(table -> table.schema().stream())
                .filter(Column::isRead)
                .map(Column::path)
                .toList();
        read.checkColumns(checks, paths, tables.stream().anyMatch(table -> table.flatten() != null));
    }

    private void checkTable(Checks checks) {
        String withDay = read.keyWithDay(DayReference::isIn);
        String forNames = read.keyForNames();
        switch (destination) {
            case Destination.Table table -> {
                checkColumns(checks, table, tableColumns());
                checkInferred(checks, table, forNames);
            }
            case Destination.Bucket _ -> {
                checks.that(
                        schema.isEmpty(),
                        "schema",
                        schema.size() + " columns",
                        "none: a bucket gets the records as they are");
                checks.that(
                        forNames == null,
                        String.valueOf(forNames),
                        "none",
                        "the names of the fields: neither the source nor the schema of a bucket has them");
                String asTheyAre = "nothing: a bucket gets the records as they are";
                checks.that(
                        drift == null,
                        "drift",
                        drift == null ? "" : drift.name().toLowerCase(Locale.ROOT),
                        asTheyAre);
                checks.that(texts == null, "texts", "texts", asTheyAre);
                checks.that(explode == null, "explode", String.valueOf(explode), asTheyAre);
                checks.that(flatten == null, "flatten", "flatten", asTheyAre);
                checks.that(filter == null, "filter", String.valueOf(filter), asTheyAre);
                checks.that(rowChecks.isEmpty(), "checks", rowChecks.size() + " checks", asTheyAre);
                checks.that(
                        furtherTables.isEmpty(),
                        "furtherTables",
                        furtherTables.size() + " tables",
                        "none: what is published to a bucket becomes no rows");
            }
        }
        int columns = schema.stream().mapToInt(Column::size).sum();
        checks.that(columns <= MAX_COLUMNS, "schema", columns + " columns", "at most " + MAX_COLUMNS);
        Column.checkNames(checks, "schema", schema);
        if (schedule != null) {
            Schedule.check(checks, schedule);
        }
        checks.that(
                catchUp == CatchUp.NONE || schedule != null,
                "catchUp",
                catchUp,
                "nothing without a schedule, whose times it is about");
        checks.that(
                catchUp != CatchUp.ALL || day != null,
                "catchUp",
                catchUp,
                "last, or a day beside it: without one, each run loads what all of them would");
        checkStaleAfter(checks, staleAfter);
        if (destination instanceof Destination.Table table
                && table.deletes() != null
                && table.deletes().by() == Destination.Deletes.By.ABSENCE) {
            String complete = ": a row that is absent from a part of the source isn't deleted";
            checks.that(day == null, "destination.deletes.by", "absence", "flag, or no day" + complete);
            checks.that(
                    rejects.maxShare() == 0,
                    "rejects.maxShare",
                    rejects.maxShare(),
                    "0 beside deletes by absence: a record that was rejected isn't deleted");
        }
        checks.that(
                day != null || withDay == null,
                String.valueOf(withDay),
                "${day}",
                "a " + withDay + " without ${day}, or the key day beside it: only then a run is of a day");
        if (day != null) {
            checkDay(checks, destination, day.column(), tableColumns());
            checkWindow(checks, day, tableColumns());
            checkTimezone(checks, day, tableColumns());
        }
        if (isIncremental()) {
            checkCursor(checks);
        }
        for (int i = 0; i < schema.size(); i++) {
            checks.that(
                    day != null || schema.get(i).metadata() != Column.Metadata.DAY,
                    "schema[" + i + "].metadata",
                    "day",
                    "another one: the endpoint doesn't load days");
            checkPlace(checks, "schema[" + i + "].metadata", schema.get(i).metadata());
        }
        ShapingRules.check(checks, shaping());
        for (int i = 0; i < schema.size(); i++) {
            Column column = schema.get(i);
            String expected = column.isRead() ? read.lacking(column.path()) : null;
            checks.that(
                    expected == null,
                    "schema[" + i + "]" + (column.from() == null ? "" : ".from"),
                    column.isRead() ? column.path() : column.name(),
                    String.valueOf(expected));
        }
        checkFurtherTables(checks);
        checkScale(checks);
    }

    /** What needs all records at once, or hands them on as a whole, isn't cut. */
    private void checkScale(Checks checks) {
        if (scale == null) {
            return;
        }
        String uncut = read.uncut();
        checks.that(uncut == null, "scale", "scale", "nothing: " + uncut);
        checks.that(
                destination instanceof Destination.Table,
                "scale",
                "scale beside a bucket",
                "nothing: only what a table gets is cut into slices");
        checks.that(
                !isInferred(),
                "scale",
                "scale beside contract: infer",
                "strict or evolve: columns are found in all records of a run, and a slice has only some");
        checks.that(
                furtherTables.isEmpty(),
                "scale",
                "scale beside furtherTables",
                "one of them: further tables take the records of a run that is extracted as a whole");
    }

    private void checkFurtherTables(Checks checks) {
        String forNames = read.keyForNames();
        checks.that(
                furtherTables.isEmpty() || forNames == null,
                String.valueOf(forNames),
                "none",
                "the names of the fields, beside further tables: the columns of one schema don't name them all");
        furtherTables.forEach((name, table) -> {
            String field = "furtherTables." + name;
            checks.that(
                    (table.day() == null) == (day == null),
                    field + ".day",
                    table.day() == null ? "nothing" : "a day",
                    day == null ? "none: the endpoint loads no days" : "the column with the day, as of the endpoint");
            Checks own = new Checks();
            further(table).checkTable(own);
            try {
                own.done();
            } catch (InvalidValue wrong) {
                checks.all(field, wrong);
            }
        });
    }

    private void checkPlace(Checks checks, String field, @Nullable Column.Metadata metadata) {
        boolean known = metadata == null
                || switch (metadata) {
                    case FILE, URL, LINE -> read.places().contains(metadata);
                    case RUN, DAY, EXTRACTED, PART, ROW, ELEMENT, RECORD -> true;
                };
        checks.that(
                known,
                field,
                metadata == null ? "" : metadata.word(),
                "another one: files have a file and lines, answers of an API a url");
    }

    static void checkStaleAfter(Checks checks, @Nullable Duration staleAfter) {
        checks.that(
                staleAfter == null || staleAfter.isPositive(),
                "staleAfter",
                String.valueOf(staleAfter),
                "more than nothing");
    }

    private static void checkDay(Checks checks, Destination destination, @Nullable String name, List<Column> schema) {
        switch (destination) {
            case Destination.Bucket _ ->
                checks.that(name == null, "day.column", String.valueOf(name), "nothing: a bucket has no columns");
            case Destination.Table table -> {
                checks.that(
                        table.write() != Write.APPEND,
                        "destination.write",
                        "append",
                        "replace or merge: a day that is loaded again would be appended twice");
                checks.that(name != null, "day.column", "nothing", "a column of the schema");
                if (name != null) {
                    Optional<Column> column = column(schema, name);
                    checks.that(column.isPresent(), "day.column", name, "a column of the schema");
                    checks.that(
                            column.isEmpty()
                                    || (DAY_TYPES.contains(column.get().type())
                                            && column.get().mode() != Column.Mode.REPEATED),
                            "day.column",
                            name,
                            "a column of type DATE, DATETIME or TIMESTAMP that isn't REPEATED");
                }
            }
        }
    }

    private void checkWindow(Checks checks, Day day, List<Column> schema) {
        checks.that(
                day.window() != RunWindow.Unit.HOUR
                        || day.column() == null
                        || column(schema, day.column())
                                .filter(column -> column.type() == Column.Type.DATE)
                                .isEmpty(),
                "day.window",
                "hour",
                "day, week or month: a DATE has no hour");
        String later = read.keyWithDay(DayReference::isLaterIn);
        checks.that(
                day.window() == RunWindow.Unit.DAY || later == null,
                String.valueOf(later),
                "${day+N}",
                "${day.end} beside a window that is no day, for its end; or its last day, ${day.end-1}");
    }

    private static void checkTimezone(Checks checks, Day day, List<Column> schema) {
        boolean utc = day.timezone().getRules().equals(ZoneOffset.UTC.getRules());
        boolean timestamp = day.column() != null
                && column(schema, day.column())
                        .filter(column -> column.type() == Column.Type.TIMESTAMP)
                        .isPresent();
        checks.that(
                utc || !timestamp,
                "day.timezone",
                day.timezone(),
                "UTC beside a TIMESTAMP, whose day is that of UTC; or a column of type DATE or DATETIME that holds the day of"
                        + " the zone");
    }

    /** Whether the columns are found in the data, beside those of the schema. */
    public boolean isInferred() {
        return destination instanceof Destination.Table table && table.contract() == Destination.Contract.INFER;
    }

    private void checkInferred(Checks checks, Destination.Table table, @Nullable String forNames) {
        if (table.contract() != Destination.Contract.INFER) {
            return;
        }
        String written = "strict or evolve, with all columns in the schema: ";
        checks.that(
                forNames == null, "destination.contract", "infer", written + "the fields of the source have no names");
        checks.that(
                explode == null && flatten == null,
                "destination.contract",
                "infer",
                written + "the columns of exploded or flattened records aren't found in the data");
    }

    /** Whether a run reads only what is new since the last one. */
    public boolean isIncremental() {
        return read.scope() != Read.Scope.EVERYTHING;
    }

    private void checkCursor(Checks checks) {
        String key = read.keyOfCursor();
        checks.that(day == null, key, "a cursor beside a day", "one of them: a day is read as a whole");
        switch (destination) {
            case Destination.Bucket _ ->
                checks.that(false, key, "a cursor", "nothing: each run replaces all that a bucket has");
            case Destination.Table table -> {
                checks.that(
                        table.write() != Write.REPLACE,
                        "destination.write",
                        "replace",
                        "merge, insert-only or append: what earlier runs have loaded would be replaced by what is new");
                checks.that(
                        table.write() != Write.APPEND || read.scope() != Read.Scope.NEW_AND_SOME_AGAIN,
                        "destination.write",
                        "append",
                        "merge or insert-only, with keys: some of what the last run has read is read again and would be there"
                                + " twice (append is for a cursor of a database with unique: true, and for files with read:"
                                + " new)");
                checks.that(
                        table.deletes() == null || table.deletes().by() != Destination.Deletes.By.ABSENCE,
                        "destination.deletes.by",
                        "absence",
                        "flag, or no cursor: a row that isn't new isn't deleted");
            }
        }
    }

    /** Those that the table is merged, partitioned or clustered by. */
    private static void checkColumns(Checks checks, Destination.Table table, List<Column> schema) {
        checks.that(
                !schema.isEmpty() || table.contract() == Destination.Contract.INFER,
                "schema",
                "none",
                "at least one column, or contract: infer");
        for (String key : table.keys()) {
            Optional<Column> column = column(schema, key);
            checks.that(column.isPresent(), "destination.keys", key, "a column of the schema");
            checks.that(
                    column.isEmpty() || column.get().mode() == Column.Mode.REQUIRED,
                    "destination.keys",
                    key,
                    "a column with mode REQUIRED: a row without its key can't be merged");
            checks.that(
                    column.isEmpty() || !INCOMPARABLE.contains(column.get().type()),
                    "destination.keys",
                    key,
                    "a column that can be compared exactly, so none of FLOAT, INTERVAL, JSON, GEOGRAPHY or RECORD");
        }
        checkVersions(checks, table, schema);
        TableCheckRules.check(checks, table, schema);
        Destination.Partition partition = table.partition();
        if (partition != null) {
            Optional<Column> column = column(schema, partition.column());
            checks.that(
                    column.isPresent(), "destination.partition.column", partition.column(), "a column of the schema");
            checks.that(
                    column.isEmpty()
                            || (DAY_TYPES.contains(column.get().type())
                                    && column.get().mode() != Column.Mode.REPEATED),
                    "destination.partition.column",
                    partition.column(),
                    "a column of type DATE, DATETIME or TIMESTAMP that isn't REPEATED");
            checks.that(
                    partition.by() != Destination.Partition.By.HOUR
                            || column.isEmpty()
                            || column.get().type() != Column.Type.DATE,
                    "destination.partition.by",
                    "hour",
                    "day, month or year: a DATE has no hour");
        }
        for (String name : table.cluster()) {
            Optional<Column> column = column(schema, name);
            checks.that(column.isPresent(), "destination.cluster", name, "a column of the schema");
            checks.that(
                    column.isEmpty()
                            || (CLUSTERED.contains(column.get().type())
                                    && column.get().mode() != Column.Mode.REPEATED),
                    "destination.cluster",
                    name,
                    "a column that isn't REPEATED and of a type that BigQuery clusters by: " + CLUSTERED);
        }
    }

    /** What becomes of a run of which no record has a column that isn't optional. */
    public enum Drift {
        /** It says so, and loads. */
        WARN,
        /** It fails, and the table is as it was. */
        FAIL
    }

    /** What says which rows are newer or deleted, and the columns that a load makes. */
    private static void checkVersions(Checks checks, Destination.Table table, List<Column> schema) {
        Destination.Order order = table.order();
        if (order != null) {
            Optional<Column> column = column(schema, order.by());
            checks.that(column.isPresent(), "destination.order.by", order.by(), "a column of the schema");
            checks.that(
                    column.isEmpty()
                            || (ORDERED.contains(column.get().type())
                                    && column.get().mode() != Column.Mode.REPEATED),
                    "destination.order.by",
                    order.by(),
                    "a column that isn't REPEATED and of a type that has an order: " + ORDERED);
        }
        Destination.Deletes deletes = table.deletes();
        if (deletes != null && deletes.column() != null) {
            Optional<Column> column = column(schema, deletes.column());
            checks.that(column.isPresent(), "destination.deletes.column", deletes.column(), "a column of the schema");
            checks.that(
                    column.isEmpty()
                            || (column.get().mode() != Column.Mode.REPEATED
                                    && !table.keys().contains(deletes.column())),
                    "destination.deletes.column",
                    deletes.column(),
                    "a column that is neither REPEATED nor a key");
        }
        String own = "destination." + (table.history() == null ? "deletes.mark" : "history");
        List<Column> all = new ArrayList<>(schema);
        try {
            table.ownColumns().forEach(column -> all.add(FileRules.checked(column)));
        } catch (InvalidValue e) { // a name that no column can have
            e.violations().forEach(wrong -> checks.that(false, own, wrong.found(), wrong.expected()));
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < all.size(); i++) {
            String name = all.get(i).name();
            checks.that(
                    names.add(name.toLowerCase(Locale.ROOT)) || i < schema.size(),
                    own,
                    name,
                    "a name that no column of the schema has: the load makes the column");
        }
    }

    /** The same, of another way to read the same records. */
    Endpoint reading(Read other) {
        return new Endpoint(
                other,
                destination,
                schedule,
                timezone,
                catchUp,
                staleAfter,
                trigger,
                day,
                rejects,
                drift,
                texts,
                explode,
                flatten,
                filter,
                rowChecks,
                schema,
                furtherTables,
                scale);
    }

    /** How its records become rows. */
    public Shaping shaping() {
        return new Shaping(
                paths(),
                explode,
                flatten,
                filter,
                rowChecks,
                texts == null ? TextRules.Surrogates.REJECT : texts.surrogates(),
                List.of(),
                destination instanceof Destination.Table table
                        && !table.rejecting().isEmpty());
    }

    /** Paths in the records that the table reads. */
    Stream<String> readPaths() {
        return Stream.concat(
                Stream.ofNullable(explode),
                paths().stream().filter(Column::isRead).map(Column::path));
    }

    /** Those of the columns that are in the table. */
    public List<Column> tableColumns() {
        return schema.stream().filter(column -> !column.helper()).toList();
    }

    /** The columns with paths into the records, and with what the endpoint says of texts. */
    private List<Column> paths() {
        return schema.stream()
                .map(column -> read.isFlat() ? column.ofFlatRecord() : column)
                .map(column -> column.within(texts))
                .toList();
    }

    private static Optional<Column> column(List<Column> schema, String name) {
        return schema.stream().filter(column -> column.name().equals(name)).findFirst();
    }

    /** What may not be meant as it stands; fields are those of the endpoint. */
    List<InvalidValue.Violation> warnings() {
        List<InvalidValue.Violation> warnings = new ArrayList<>(read.warnings());
        warnings.addAll(warningsOfTable());
        furtherTables.forEach((name, table) -> further(table)
                .warningsOfTable()
                .forEach(warning -> warnings.add(new InvalidValue.Violation(
                        "furtherTables." + name + "." + warning.field(), warning.found(), warning.expected()))));
        return warnings;
    }

    private List<InvalidValue.Violation> warningsOfTable() {
        List<InvalidValue.Violation> warnings = new ArrayList<>();
        if (day != null
                && destination instanceof Destination.Table table
                && table.write() == Write.MERGE
                && table.order() == null) {
            warnings.add(new InvalidValue.Violation(
                    "destination.write",
                    "merge",
                    "an order beside a day, such as order: {by: updated_at}: otherwise the row that is loaded last stays,"
                            + " be it of an earlier day that is loaded again"));
        }
        return warnings;
    }

    /** The schedule, parsed; empty when the endpoint has none. */
    public Optional<Schedule> parsedSchedule() {
        return schedule == null ? Optional.empty() : Optional.of(new Schedule(schedule, timezone));
    }

    /**
     * @param column whose day, in UTC, tells which day a row belongs to; null exactly for a bucket
     * @param window what a run loads; all else that is called a day is one of these
     * @param timezone in which the day begins and ends
     * @param settle after its end the source may still change the day
     * @param loads what a run loads that is told no day
     */
    @Serdeable
    @Doc("Each run loads one day, or hour, week or month; replace then replaces that one only.")
    public record Day(
            @Doc("Column that holds the day: DATE, DATETIME or TIMESTAMP (its day in UTC). For tables only.") @Nullable
            String column,

            @Default("day") @Doc("What a run loads: an hour, a day, a week from Monday on, or a month.")
            RunWindow.Unit window,

            @Default("UTC") @Doc("Time zone in which the day begins and ends.")
            ZoneId timezone,

            @Default("0s") @Doc("How long after its end the source may still change a day, for example 6h.")
            Duration settle,

            @Default("current")
            @Doc(
                    "Which day a run loads that is told none: the current one, or the last complete one, over and settled.")
            Loads loads) {
        /** Which day a run loads that is told none. */
        public enum Loads {
            /** The one in which it is asked for. */
            CURRENT,
            /** The last one that was over then, and had settled. */
            COMPLETE
        }

        /** From when on a run finds all of a day. */
        public Instant complete(RunWindow day) {
            return day.end(timezone).plus(settle);
        }

        /** The one that a run loads that is told none. */
        public RunWindow of(Instant now) {
            return switch (loads) {
                case CURRENT -> at(now);
                // before the one that had begun when whatever is over by now had ended
                case COMPLETE ->
                    Stream.iterate(at(now.minus(settle)).previous(), RunWindow::previous)
                            .filter(day -> day.isIn(timezone))
                            .findFirst()
                            .orElseThrow();
            };
        }

        private RunWindow at(Instant moment) {
            return RunWindow.of(window, LocalDateTime.ofInstant(moment, timezone));
        }

        /** What should stand in the place of a day that no run can load; null: one can. */
        public @Nullable String lacking(RunWindow day) {
            if (day.unit() != window) {
                return window.expected();
            }
            return day.isIn(timezone) ? null : "one that the clocks of " + timezone + " don't leave out";
        }

        /** How many there are from the begin of one window to the end of another, which may be of any units. */
        public long count(RunWindow first, RunWindow last) {
            return window.between(RunWindow.of(window, first.begin()), RunWindow.of(window, last.last())) + 1;
        }

        /** Those that have begun of them, the earliest first. */
        public List<RunWindow> between(RunWindow first, RunWindow last, Instant now) {
            return Stream.iterate(
                            RunWindow.of(window, first.begin()),
                            day -> day.begin().isBefore(last.end())
                                    && !day.begin(timezone).isAfter(now),
                            RunWindow::next)
                    .filter(day -> day.isIn(timezone))
                    .toList();
        }
    }

    /** @param maxShare of rejected records among those extracted, 0 to 1; above it the run fails and the table stays as it was */
    @Serdeable
    @Doc("How many bad records a run may have.")
    public record Rejects(
            @Default("0") @Doc("Largest share of rejected records, 0 to 1; above it the run fails.")
            double maxShare) {
        public Rejects {
            Checks checks = new Checks();
            checks.that(maxShare >= 0 && maxShare <= 1, "maxShare", maxShare, "0 to 1");
            checks.done();
        }
    }
}
