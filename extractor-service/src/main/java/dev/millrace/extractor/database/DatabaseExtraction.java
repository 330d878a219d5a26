package dev.millrace.extractor.database;

import static java.util.stream.Collectors.joining;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.check.Network;
import dev.millrace.extractor.check.Steps;
import dev.millrace.extractor.record.EnoughRecords;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.DayReference;
import dev.millrace.pipeline.Names;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Receipt;
import dev.millrace.staging.Reject;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.LocalDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads the table or query of one endpoint, in one state of the database. For one thread and one run. */
final class DatabaseExtraction {
    /** Of names in an error. */
    private static final int MOST_NAMES = 20;

    private static final int ROWS_BETWEEN_REPORTS = 1024;

    private final DatabaseSource source;
    private final DatabaseRead read;
    private final List<String> required;
    private final @Nullable RunWindow day;
    private final StagedRecords staged;
    private final TaskContext context;
    private final Dialect dialect;
    private final DatabaseConnections connections;
    private final Work.@Nullable ExtractIncrement increment;
    private long bytes;

    DatabaseExtraction(
            Extraction<DatabaseSource, DatabaseRead> extraction, Dialect dialect, DatabaseConnections connections) {
        this.source = extraction.source();
        this.read = extraction.read();
        this.required = extraction.columns();
        this.day = extraction.task().day();
        this.staged = extraction.staged();
        this.context = extraction.context();
        this.dialect = dialect;
        this.connections = connections;
        this.increment = extraction.increment();
    }

    void run() throws InterruptedException {
        Login login = connections.login();
        ReadRows rows = ReadRows.of(read, query(), dialect);
        String step = rows.name() + " can't be read";
        try (Connection connection = connections.connect(login)) {
            LocalDateTime now = read.cursor() == null ? null : dialect.now(connection);
            String state = read.consistency() == DatabaseRead.Consistency.NONE
                    ? dialect.beginWithoutState(connection, rows)
                    : dialect.begin(connection, rows, null);
            List<SourceColumn> columns = SourceColumn.of(connection, rows.from());
            List<SourceColumn> selected = selected(rows, columns);
            if (staged.isSample()) {
                ServerSchema schema = new ServerSchema(connection, dialect);
                staged.declare(
                        schema.columns(rows, selected),
                        rows.query() == null ? schema.keys(String.valueOf(read.table())) : List.of());
            }
            context.checkStopped();
            long started = System.nanoTime();
            CursorBounds bounds = bounds(connection, rows, columns, now);
            int readers = read(login, connection, rows, selected, bounds == null ? null : bounds.condition());
            if (bounds != null) {
                String committed = committed();
                staged.cursor(committed, bounds.next());
                staged.receipt(new Receipt(1, staged.count(), bytes, null, null, null, bounds.withoutCursor()));
            }
            context.info(rows.name() + " of " + login.place() + ": " + staged.count() + " rows, " + bytes + " bytes, "
                    + (System.nanoTime() - started) / 1_000_000 + " ms (" + state
                    + (readers == 1 ? "" : ", " + readers + " readers") + ")");
        } catch (SQLException e) {
            context.checkStopped(); // what was cancelled fails with the server's words
            throw DatabaseFailure.of(staged.count() == 0 ? step : step + " behind row " + staged.count(), dialect, e);
        }
    }

    /** Tries the way to the server, and the login. */
    void check(Steps steps) {
        Login login = connections.login();
        Network.reach(steps, connections.addresses(), login.host(), Integer.parseInt(login.port()));
        String _ = steps.ofSource(
                "logs in",
                () -> {
                    try (Connection connection = connections.connect(login)) {
                        return connection.getMetaData().getDatabaseProductName() + " "
                                + connection.getMetaData().getDatabaseProductVersion();
                    } catch (SQLException e) {
                        throw DatabaseFailure.connecting(login, dialect, e);
                    }
                },
                server -> server + (source.tls().mode() == Tls.Mode.DISABLE ? ", not encrypted" : ", encrypted"));
    }

    /** Null when everything is read. */
    private @Nullable CursorBounds bounds(
            Connection connection, ReadRows rows, List<SourceColumn> columns, @Nullable LocalDateTime now)
            throws SQLException {
        return increment == null || read.cursor() == null || now == null
                ? null
                : CursorBounds.of(connection, dialect, rows, columns, read.cursor(), increment, now, context);
    }

    private @Nullable String committed() {
        return increment == null || increment.committed() == null
                ? null
                : increment.committed().value();
    }

    private @Nullable String query() {
        return read.query() == null || day == null ? read.query() : DayReference.resolve(read.query(), day);
    }

    /** The columns to read, in the order of the source. */
    private List<SourceColumn> selected(ReadRows rows, List<SourceColumn> found) {
        List<String> names = found.stream().map(SourceColumn::name).toList();
        Set<String> once = new HashSet<>();
        names.stream().filter(name -> !once.add(name)).findFirst().ifPresent(twice -> {
            throw refused(rows.name() + " has two columns '" + twice + "' (expected: each name once)");
        });
        List<String> lacking = lacking(required, once);
        if (required.isEmpty()) { // a bucket's, which gets what is asked for
            lacking = lacking(read.selected(), once);
        }
        if (!lacking.isEmpty()) {
            throw refused(rows.name() + " has no column "
                    + lacking.stream()
                            .limit(MOST_NAMES)
                            .map(name -> "'" + name + "'"
                                    + Names.nearest(name, names)
                                            .map(near -> " (is it '" + near + "'?)")
                                            .orElse(""))
                            .collect(joining(", "))
                    + "; it has " + names.stream().limit(MOST_NAMES).collect(joining("', '", "'", "'"))
                    + (names.size() > MOST_NAMES ? " and " + (names.size() - MOST_NAMES) + " more" : ""));
        }
        if (read.selected().isEmpty()) {
            return found;
        }
        List<String> leftOut = lacking(required, new HashSet<>(read.selected()));
        if (!leftOut.isEmpty()) {
            throw refused(
                    "columns leaves out '" + String.join("', '", leftOut) + "' (expected: what the schema reads)");
        }
        List<String> unread = lacking(names, new HashSet<>(read.selected()));
        if (!unread.isEmpty() && !required.isEmpty()) {
            context.info(rows.name() + " has columns that are not read: " + String.join(", ", unread));
        }
        return found.stream()
                .filter(column -> read.selected().contains(column.name()))
                .toList();
    }

    private static List<String> lacking(List<String> wanted, Set<String> there) {
        return wanted.stream().filter(name -> !there.contains(name)).toList();
    }

    private static MillraceException refused(String message) {
        return new MillraceException(ErrorCode.SOURCE_REFUSED, message);
    }

    /** Returns how many readers there were. */
    private int read(
            Login login, Connection connection, ReadRows rows, List<SourceColumn> columns, @Nullable String condition)
            throws SQLException, InterruptedException {
        Optional<Dialect.Ranges> ranges = read.parallel() == 1 || staged.isSample()
                ? Optional.empty()
                : dialect.ranges(connection, rows, read.parallel());
        RecordSink sink = staged.from(rows.name());
        List<String> names = columns.stream().map(SourceColumn::name).toList();
        if (ranges.isEmpty()) {
            readAll(connection, dialect.rows(connection, rows, columns, condition), names, sink);
        } else {
            readRanges(login, rows, columns, ranges.get(), condition, names, sink);
        }
        context.progress(staged.count(), bytes);
        return ranges.map(found -> found.conditions().size()).orElse(1);
    }

    private void readAll(Connection connection, Dialect.Rows rows, List<String> names, RecordSink sink)
            throws SQLException {
        RecordBytes record = new RecordBytes(names);
        try (rows;
                QueryWatch _ = new QueryWatch(context, connection, rows::cancel)) {
            try {
                for (long row = 1; rows.next(record); row++) {
                    hand(sink, record.array(), 0, record.size());
                    if (row % ROWS_BETWEEN_REPORTS == 0) {
                        context.progress(staged.count(), bytes);
                    }
                }
            } catch (EnoughRecords e) {
                rows.cancel(); // or closing them might read the rest
                throw e;
            }
        }
    }

    private void readRanges(
            Login login,
            ReadRows rows,
            List<SourceColumn> columns,
            Dialect.Ranges ranges,
            @Nullable String condition,
            List<String> names,
            RecordSink sink)
            throws SQLException, InterruptedException {
        try (RangeReaders readers =
                new RangeReaders(context, ranges.conditions().size())) {
            for (String range : ranges.conditions()) {
                String both = condition == null ? range : range + " AND " + condition;
                Connection own = connections.connect(login);
                try {
                    String _ = dialect.begin(own, rows, ranges.snapshot());
                    readers.read(own, dialect.rows(own, rows, columns, both), names);
                } catch (SQLException | RuntimeException e) {
                    own.close();
                    throw e;
                }
            }
            readers.take(
                    (found, start, end) -> hand(sink, found, start, end - start),
                    () -> context.progress(staged.count(), bytes));
        }
    }

    private void hand(RecordSink sink, byte[] record, int start, int length) {
        if (length > Reject.RECORD_LIMIT) {
            sink.reject(
                    "a row of " + length + " bytes, which is more than the " + Reject.RECORD_LIMIT + " that are read",
                    new String(record, start, Reject.MAX_RECORD, StandardCharsets.UTF_8));
        } else {
            sink.record(record, start, length);
        }
        bytes += length;
    }
}
