package dev.millrace.extractor.database;

import static java.util.stream.Collectors.joining;

import dev.failsafe.RetryPolicy;
import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.DayReference;
import dev.millrace.pipeline.Names;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Retries;
import dev.millrace.staging.Reject;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Reads the table or query of one endpoint, in one transaction of one connection. For one thread and one run. */
final class DatabaseExtraction {
    /** Of names in an error. */
    private static final int MOST_NAMES = 20;

    private static final int ROWS_BETWEEN_REPORTS = 1024;

    private final DatabaseSource source;
    private final DatabaseRead read;
    private final List<String> required;
    private final @Nullable LocalDate day;
    private final StagedRecords staged;
    private final TaskContext context;
    private final Dialect dialect;
    private final Drivers drivers;
    private final RunSecrets secrets;
    private long bytes;

    DatabaseExtraction(
            Extraction<DatabaseSource, DatabaseRead> extraction, Dialect dialect, Drivers drivers, RunSecrets secrets) {
        this.source = extraction.source();
        this.read = extraction.read();
        this.required = extraction.columns();
        this.day = extraction.task().day();
        this.staged = extraction.staged();
        this.context = extraction.context();
        this.dialect = dialect;
        this.drivers = drivers;
        this.secrets = secrets;
    }

    void run() throws InterruptedException {
        Login login = login();
        ReadRows rows = ReadRows.of(read, query(), dialect);
        String step = "the session could not be begun";
        try (Connection connection = connect(login)) {
            String state = dialect.begin(connection);
            step = rows.name() + " can't be read";
            List<SourceColumn> selected = selected(rows, dialect.columns(connection, rows.from()));
            context.checkStopped();
            long started = System.nanoTime();
            read(connection, rows, selected);
            context.info(rows.name() + " of " + login.place() + ": " + staged.count() + " rows, " + bytes + " bytes, "
                    + (System.nanoTime() - started) / 1_000_000 + " ms (" + state + ")");
        } catch (SQLException e) {
            context.checkStopped(); // what was cancelled fails with the server's words
            throw DatabaseFailure.of(staged.count() == 0 ? step : step + " behind row " + staged.count(), dialect, e);
        }
    }

    private Login login() {
        return new Login(
                secrets.resolve(source.host()),
                source.portOrDefault(),
                secrets.resolve(source.database()),
                secrets.resolve(source.user()),
                source.password() == null ? null : secrets.resolve(source.password()),
                source.timeout());
    }

    private @Nullable String query() {
        return read.query() == null || day == null ? read.query() : DayReference.resolve(read.query(), day);
    }

    /** A server that is about to start, or full for a moment, is asked again. */
    private Connection connect(Login login) throws InterruptedException {
        RetryPolicy<Connection> policy = RetryPolicy.<Connection>builder()
                .handleIf(failure ->
                        failure instanceof MillraceException known && known.code() == ErrorCode.SOURCE_UNAVAILABLE)
                .withBackoff(Duration.ofMillis(500), Duration.ofSeconds(5))
                .withMaxAttempts(3)
                .build();
        return Retries.run(policy, _ -> connectOnce(login));
    }

    private Connection connectOnce(Login login) {
        context.checkStopped();
        String url = dialect.url(login);
        Driver driver = drivers.driver(url, dialect);
        Tls tls = source.tls();
        try (TlsFiles files = tls.mode() == Tls.Mode.DISABLE ? null : TlsFiles.of(tls, secrets)) {
            Connection connection = driver.connect(url, dialect.properties(login, tls.mode(), files));
            if (connection == null) {
                throw new IllegalStateException(driver.getClass() + " doesn't know its own URL");
            }
            return connection;
        } catch (SQLException e) {
            throw DatabaseFailure.connecting(login, dialect, e);
        }
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
            lacking = lacking(read.columns(), once);
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
        if (read.columns().isEmpty()) {
            return found;
        }
        List<String> leftOut = lacking(required, new HashSet<>(read.columns()));
        if (!leftOut.isEmpty()) {
            throw refused(
                    "columns leaves out '" + String.join("', '", leftOut) + "' (expected: what the schema reads)");
        }
        List<String> unread = lacking(names, new HashSet<>(read.columns()));
        if (!unread.isEmpty() && !required.isEmpty()) {
            context.info(rows.name() + " has columns that are not read: " + String.join(", ", unread));
        }
        return found.stream()
                .filter(column -> read.columns().contains(column.name()))
                .toList();
    }

    private static List<String> lacking(List<String> wanted, Set<String> there) {
        return wanted.stream().filter(name -> !there.contains(name)).toList();
    }

    private static MillraceException refused(String message) {
        return new MillraceException(ErrorCode.SOURCE_REFUSED, message);
    }

    private void read(Connection connection, ReadRows rows, List<SourceColumn> columns) throws SQLException {
        RecordSink sink = staged.from(rows.name());
        List<String> names = new ArrayList<>();
        columns.forEach(column -> names.add(column.name()));
        RecordBytes record = new RecordBytes(names);
        try (Dialect.Rows sent = dialect.rows(connection, rows, columns);
                QueryWatch _ = new QueryWatch(context, connection, sent)) {
            for (long row = 1; sent.next(record); row++) {
                if (record.size() > Reject.RECORD_LIMIT) {
                    sink.reject(
                            "a row of " + record.size() + " bytes, which is more than the " + Reject.RECORD_LIMIT
                                    + " that are read",
                            record.start(Reject.MAX_RECORD));
                } else {
                    sink.record(record.array(), 0, record.size());
                }
                bytes += record.size();
                if (row % ROWS_BETWEEN_REPORTS == 0) {
                    context.progress(staged.count(), bytes);
                }
            }
        }
        context.progress(staged.count(), bytes);
    }
}
