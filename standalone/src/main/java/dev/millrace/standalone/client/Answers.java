package dev.millrace.standalone.client;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.Problem;
import dev.millrace.staging.Drift;
import dev.millrace.staging.Fault;
import dev.millrace.staging.Reject;
import dev.millrace.task.CheckResult;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Proposal;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.util.List;

/** Bodies of the public API's requests and answers that are no run. */
public final class Answers {
    private Answers() {}

    /**
     * A query.
     *
     * @param limit of rows
     */
    @Serdeable
    public record Statement(String sql, int limit) {}

    /**
     * A pipeline, as far as its graph goes.
     *
     * @param after other pipelines that it is started after
     * @param afterUnknown those of them that aren't there
     */
    @Serdeable
    public record Pipeline(
            String name,
            @Default("[]") List<String> after,
            @Default("[]") List<String> afterUnknown,
            List<Endpoint> endpoints,
            List<Model> models,
            @Default("[]") List<Export> exports) {
        public Pipeline {
            after = List.copyOf(after);
            afterUnknown = List.copyOf(afterUnknown);
            endpoints = List.copyOf(endpoints);
            models = List.copyOf(models);
            exports = List.copyOf(exports);
        }
    }

    /**
     * @param table null: the records go to a bucket
     * @param bucket null: they go to a table
     * @param recordsOf the endpoint that reads the records of this further table; null: it reads them itself
     */
    @Serdeable
    public record Endpoint(
            String name,
            @Nullable String table,
            @Nullable String bucket,
            @Nullable String recordsOf) {}

    @Serdeable
    public record Model(String name, String table, List<String> after) {}

    @Serdeable
    public record Export(String name, String file, List<String> after) {}

    /** The insights of an installation. */
    @Serdeable
    public record Insights(List<Insight> insights, List<InvalidInsight> invalid) {}

    @Serdeable
    public record Insight(String name, String title, List<InsightParameter> parameters) {}

    /** @param fallback its value when the call has none; null: the call must have one */
    @Serdeable
    public record InsightParameter(
            String name, String type, @Nullable String fallback) {}

    @Serdeable
    public record InvalidInsight(String file, List<Problem.FieldError> errors) {}

    /** As requests have a day; null: none. */
    static @Nullable String text(@Nullable RunWindow day) {
        return day == null ? null : day.toString();
    }

    /**
     * What is to be run.
     *
     * @param endpoints empty: all
     * @param day null: the endpoints decide
     * @param dryRun whether nothing is to be loaded
     * @param full true: endpoints with a cursor are to read everything; null: what is new, as a gateway without cursors
     *     wants it
     */
    @Serdeable
    public record Start(
            List<String> endpoints,
            @Nullable String day,
            boolean dryRun,
            @Nullable Boolean full) {
        @Creator // of two constructors, that which reads JSON
        public Start {
            endpoints = List.copyOf(endpoints);
        }

        /** Of what is new, where an endpoint has a cursor. */
        public Start(List<String> endpoints, @Nullable RunWindow day, boolean dryRun) {
            this(endpoints, text(day), dryRun, null);
        }
    }

    /**
     * The runs of one request.
     *
     * @param warning what whoever started them should know; null: nothing
     */
    @Serdeable
    public record Batch(
            String batch, List<Run> runs, @Nullable String warning) {
        public Batch {
            runs = List.copyOf(runs);
        }
    }

    @Serdeable
    public record Runs(List<Run> runs) {
        public Runs {
            runs = List.copyOf(runs);
        }
    }

    @Serdeable
    public record Cursors(List<Cursor> cursors) {
        public Cursors {
            cursors = List.copyOf(cursors);
        }
    }

    /**
     * Where the next run of an endpoint begins.
     *
     * @param value null: at the start of everything
     * @param run that has moved it there; null: somebody has set it, or nobody yet
     * @param since null when nobody has yet
     */
    @Serdeable
    public record Cursor(
            String endpoint,
            @Nullable String value,
            @Nullable String run,
            @Nullable Instant since) {}

    @Serdeable
    public record CursorSetting(String value) {}

    /**
     * @param records that were looked at
     * @param complete whether the source has no more
     */
    @Serdeable
    public record Discovery(
            long records,
            boolean complete,
            List<Proposal.ProposedColumn> schema,
            @Default("[]") List<String> keys,
            @Default("[]") List<String> format,
            @Default("[]") List<String> notes) {
        public Discovery {
            schema = List.copyOf(schema);
            keys = List.copyOf(keys);
            format = List.copyOf(format);
            notes = List.copyOf(notes);
        }
    }

    @Serdeable
    public record TablesOf(@Nullable String like, List<String> except) {}

    @Serdeable
    public record Tables(List<Table> tables) {
        public Tables {
            tables = List.copyOf(tables);
        }
    }

    /** @param keys columns of its primary key; empty: it has none */
    @Serdeable
    public record Table(String table, boolean view, List<Proposal.ProposedColumn> schema, List<String> keys) {
        public Table {
            schema = List.copyOf(schema);
            keys = List.copyOf(keys);
        }
    }

    @Serdeable
    public record CheckOf(
            @Nullable String endpoint, @Nullable String day) {}

    /** @param warning that an earlier version of the pipeline's file was taken; null: it is as it is */
    @Serdeable
    public record Check(
            boolean passed, List<CheckStep> steps, @Nullable String warning) {
        public Check {
            steps = List.copyOf(steps);
        }
    }

    /** @param endpoint null: a step of the whole pipeline */
    @Serdeable
    public record CheckStep(@Nullable String endpoint, String step, boolean passed, long millis, String seen) {}

    @Serdeable
    public record PreviewOf(@Nullable String day, int records) {}

    /**
     * What an endpoint would load.
     *
     * @param table or place in a bucket
     * @param rows each with one text per column, null for NULL
     * @param records that were read
     * @param complete whether the source has no more
     * @param rowsMade of which {@code rows} are the first
     * @param rejects the first of those that would not be loaded
     * @param drift null for a bucket
     * @param log what the reading has said
     * @param warning that an earlier version of the pipeline's file was taken; null: it is as it is
     */
    @Serdeable
    public record Preview(
            String table,
            @Nullable String day,
            List<PreviewColumn> columns,
            List<List<@Nullable String>> rows,
            long records,
            boolean complete,
            long rowsMade,
            long rowsRejected,
            long rowsFiltered,
            List<Reject> rejects,
            @Nullable Drift drift,
            List<String> warnings,
            List<Heartbeat.LogLine> log,
            @Nullable String warning) {
        public Preview {
            columns = List.copyOf(columns);
            rejects = List.copyOf(rejects);
            warnings = List.copyOf(warnings);
            log = List.copyOf(log);
        }
    }

    @Serdeable
    public record PreviewColumn(String name, String type) {}

    @Serdeable
    public record Schedules(List<Schedule> schedules) {
        public Schedules {
            schedules = List.copyOf(schedules);
        }
    }

    /**
     * What the command line shows of a schedule.
     *
     * @param next null while it is suspended, or when it never comes due
     * @param lastRun whatever started it; null when there is none
     * @param note what is wrong with it; null: nothing
     */
    @Serdeable
    public record Schedule(
            String pipeline,
            String endpoint,
            String schedule,
            String timezone,
            boolean suspended,
            @Nullable Instant next,
            @Nullable LastRun lastRun,
            @Nullable String note) {
        /** {@code pipeline/endpoint}. */
        public String name() {
            return pipeline + "/" + endpoint;
        }
    }

    @Serdeable
    public record LastRun(Run.State state, Instant createdAt) {}

    /** The log of a run, all of it. */
    @Serdeable
    public record Log(List<Heartbeat.LogLine> lines) {
        public Log {
            lines = List.copyOf(lines);
        }
    }

    /** @param total of the run; {@code rejects} are the first of them */
    @Serdeable
    public record Rejects(long total, List<Reject> rejects) {
        public Rejects {
            rejects = List.copyOf(rejects);
        }
    }

    /**
     * A run that makes or restores a backup.
     *
     * @param table that is backed up, or that gets the rows
     */
    @Serdeable
    public record Started(String run, String table, String backup) {}

    @Serdeable
    public record Backups(List<Backup> backups) {}

    @Serdeable
    public record Backup(
            String backup, String table, String format, Instant at, long rows, long bytes, int files, String where) {}

    /**
     * What has become of a file that was sent.
     *
     * @param table with its dataset
     * @param result {@code OK}, {@code PARTIAL}, {@code FAILED}, or {@code PENDING} while its rows are being loaded
     * @param checks of the table that aren't met
     */
    @Serdeable
    public record Uploaded(
            String file,
            String table,
            long rows,
            String result,
            @JsonAlias("nrows_inserted") long inserted,
            @JsonAlias("rows_failed") List<FailedRow> failedRows,
            @JsonAlias("nrows_failed") long failed,
            @Default("[]") List<CheckResult> checks,
            boolean dryRun,
            String run,
            @Nullable String warning) {
        public Uploaded {
            failedRows = List.copyOf(failedRows);
            checks = List.copyOf(checks);
        }

        public boolean isPending() {
            return result.equals("PENDING");
        }
    }

    /** A row of a file that can't be loaded. */
    @Serdeable
    public record FailedRow(@Nullable Long line, long record, List<Fault> errors) {
        public FailedRow {
            errors = List.copyOf(errors);
        }
    }
}
