package dev.millrace.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Epoch;
import dev.millrace.pipeline.Excess;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.Flatten;
import dev.millrace.pipeline.Limits;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.NullCursors;
import dev.millrace.pipeline.Read;
import dev.millrace.pipeline.RowCheck;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.Shape;
import dev.millrace.pipeline.Shaping;
import dev.millrace.pipeline.TableNames;
import dev.millrace.pipeline.TablePattern;
import dev.millrace.pipeline.TextRules;
import dev.millrace.pipeline.Write;
import dev.millrace.pipeline.database.DatabaseCursor;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.file.SftpFiles;
import dev.millrace.pipeline.file.WebFiles;
import dev.millrace.pipeline.format.ExcelHeader;
import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.format.Unpivot;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Condition;
import dev.millrace.pipeline.rest.ForEach;
import dev.millrace.pipeline.rest.Listing;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.pipeline.rest.PropertyChunks;
import dev.millrace.pipeline.rest.Request;
import dev.millrace.pipeline.rest.RestCursor;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.pipeline.rest.Retry;
import dev.millrace.pipeline.rest.Signature;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.Problem;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Drift;
import dev.millrace.staging.Fault;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Part;
import dev.millrace.staging.Receipt;
import dev.millrace.staging.Reject;
import dev.millrace.staging.SlicePlan;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.warehouse.JsonLimits;
import io.micronaut.context.ApplicationContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds whoever writes and whoever reads a message between services to the same sample file. */
class MessagesTest {
    private static final Path SAMPLES = Path.of("src/test/resources/messages");

    private static final List<Column> SCHEMA = List.of(
            new Column(
                    "id",
                    Column.Type.INTEGER,
                    Column.Mode.REQUIRED,
                    null,
                    null,
                    List.of(),
                    null,
                    null,
                    ZoneId.of("UTC"),
                    null,
                    Column.OnError.REJECT,
                    Excess.REJECT,
                    false,
                    null,
                    null,
                    List.of(),
                    null,
                    null,
                    null,
                    false),
            new Column(
                    "joined",
                    Column.Type.DATETIME,
                    Column.Mode.NULLABLE,
                    "admission.date",
                    null,
                    List.of("%d/%m/%Y %H:%M"),
                    null,
                    ZoneId.of("Asia/Singapore"),
                    ZoneId.of("Europe/Berlin"),
                    "01/01/2000 00:00",
                    Column.OnError.NULL,
                    Excess.REJECT,
                    false,
                    null,
                    null,
                    List.of(),
                    null,
                    null,
                    "when they came",
                    false),
            new Column(
                    "fee",
                    Column.Type.NUMERIC,
                    Column.Mode.NULLABLE,
                    null,
                    new TextRules(List.of("", "N/A"), true, ",", ".", List.of(), List.of()),
                    List.of(),
                    null,
                    null,
                    ZoneId.of("UTC"),
                    null,
                    Column.OnError.REJECT,
                    Excess.ROUND,
                    false,
                    10,
                    2,
                    List.of(),
                    null,
                    null,
                    null,
                    false),
            new Column(
                    "seen",
                    Column.Type.DATE,
                    Column.Mode.NULLABLE,
                    null,
                    null,
                    List.of(),
                    Epoch.MILLIS,
                    ZoneId.of("Asia/Singapore"),
                    ZoneId.of("UTC"),
                    null,
                    Column.OnError.REJECT,
                    Excess.TRUNCATE,
                    false,
                    null,
                    null,
                    List.of(),
                    null,
                    null,
                    null,
                    false),
            new Column(
                    "lines",
                    Column.Type.RECORD,
                    Column.Mode.REPEATED,
                    null,
                    null,
                    List.of(),
                    null,
                    null,
                    ZoneId.of("UTC"),
                    null,
                    Column.OnError.REJECT,
                    Excess.REJECT,
                    false,
                    null,
                    null,
                    List.of(new Column(
                            "amount",
                            Column.Type.BIGNUMERIC,
                            Column.Mode.REQUIRED,
                            null,
                            null,
                            List.of(),
                            null,
                            null,
                            ZoneId.of("UTC"),
                            null,
                            Column.OnError.REJECT,
                            Excess.REJECT,
                            false,
                            50,
                            20,
                            List.of(),
                            null,
                            null,
                            null,
                            false)),
                    null,
                    null,
                    null,
                    false));

    private static final Pagination.Ends ENDS = new Pagination.Ends(
            null, null, null, null, null, null, null, Pagination.Ends.Repeats.FAIL, null, 100_000_000);

    private static final Pagination.Ends ALL_ENDS = new Pagination.Ends(
            "has_more", "is_last", "total", null, 10_000, null, "x-pages", Pagination.Ends.Repeats.END, 50, 1_000);

    private static final Condition CONDITION =
            new Condition(List.of(403), "x-ratelimit-remaining", null, List.of("0"), List.of());

    private static final Retry RETRY = new Retry(
            List.of("429", "5xx"),
            5,
            Duration.ofMillis(1500),
            Duration.ofMinutes(1).plusMillis(1));

    private static final Destination.Bucket LAKE = new Destination.Bucket(
            "lake", "events/charges", 5_000, Destination.Empty.ALLOW, Destination.Bucket.Validate.NONE);

    private static ApplicationContext context;
    private static ObjectMapper json;

    @BeforeAll
    static void start() {
        context = ApplicationContext.builder()
                .deduceEnvironment(false)
                .properties(Map.of("micronaut.serde.serialization.inclusion", "ALWAYS"))
                .start();
        json = context.getBean(ObjectMapper.class);
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    private static Shaping shaping() {
        Column derived = new Column(
                "double_fee",
                Column.Type.NUMERIC,
                Column.Mode.NULLABLE,
                null,
                null,
                List.of(),
                null,
                null,
                ZoneId.of("UTC"),
                null,
                Column.OnError.NULL,
                Excess.REJECT,
                false,
                null,
                null,
                List.of(),
                "fee * 2",
                null,
                null,
                false);
        Column metadata = new Column(
                "line",
                Column.Type.INTEGER,
                Column.Mode.NULLABLE,
                null,
                null,
                List.of(),
                null,
                null,
                ZoneId.of("UTC"),
                null,
                Column.OnError.REJECT,
                Excess.REJECT,
                false,
                null,
                null,
                List.of(),
                null,
                Column.Metadata.ELEMENT,
                null,
                false);
        List<Column> schema =
                Stream.concat(SCHEMA.stream(), Stream.of(derived, metadata)).toList();
        return new Shaping(
                        schema,
                        "lines",
                        new Flatten(2, "_"),
                        "id <> 7",
                        List.of(new RowCheck("fee is positive", "fee > 0 OR double_fee IS NULL")))
                .besides(List.of("customer.name"));
    }

    static Stream<Arguments> messages() {
        return Stream.of(
                message("task-extract-rest", Task.class, task(rest(new Auth.None()), null)),
                message("task-extract-rest-day", Task.class, task(restByDay(), RunWindow.parse("2026-01-31"))),
                message("task-extract-each", Task.class, task(each(), null)),
                message("task-extract-report", Task.class, task(report(), null)),
                message("task-extract-each-value", Task.class, task(eachValue(), null)),
                message("task-extract-rest-cursor", Task.class, task(rest(new Auth.None(), cursor()), null)),
                message("task-extract-rest-format", Task.class, task(restOfXml(), null)),
                message("task-extract-files-csv", Task.class, task(files(csv()), null)),
                message("task-extract-files-fixed-width", Task.class, task(files(fixedWidth()), null)),
                message(
                        "task-extract-files-json",
                        Task.class,
                        task(files(new Format.Json(true, List.of("id", ""), "key")), null)),
                message("task-extract-files-ndjson", Task.class, task(files(new Format.Ndjson()), null)),
                message(
                        "task-extract-files-json-tolerant",
                        Task.class,
                        task(
                                files(new Format.Json(false, List.of(), null, true, true, Format.InvalidBytes.REPLACE)),
                                null)),
                message(
                        "task-extract-files-xml",
                        Task.class,
                        task(files(new Format.Xml(List.of("lines.line"), List.of("price"))), null)),
                message("task-extract-files-excel", Task.class, task(files(excel()), null)),
                message("task-extract-files-parquet", Task.class, task(files(new Format.Parquet()), null)),
                message("task-extract-files-avro", Task.class, task(files(new Format.Avro()), null)),
                message("task-extract-files-arrow", Task.class, task(files(new Format.Arrow()), null)),
                message("task-extract-files-inside", Task.class, task(inArchives(), null)),
                message("task-extract-files-web", Task.class, task(onTheWeb(), null)),
                message("task-extract-files-sftp", Task.class, task(onAServerOfSftp(), null)),
                message("task-extract-upload", Task.class, task(ofUpload(), null)),
                message("task-extract-increment", Task.class, task(increment(), null)),
                message("task-extract-new", Task.class, task(ofNewFiles(), null)),
                message("task-plan-slices", Task.class, task(new Work.PlanSlices(ofCsv(), 80), null)),
                message(
                        "task-extract-slice",
                        Task.class,
                        task(new Work.ExtractSlice(ofCsv(), "runs/r1/plan.json", new Slice(2, 17, 80)), null)),
                message(
                        "task-transform-slice",
                        Task.class,
                        task(
                                new Work.TransformSlice(
                                        new Work.Transform(
                                                "runs/1/m.json",
                                                Instant.parse("2026-01-31T12:00:00.123456Z"),
                                                shaping(),
                                                null),
                                        new Slice(2, 17, 80)),
                                null)),
                message(
                        "task-load-slices",
                        Task.class,
                        task(new Work.LoadSlices(load("id"), 2, List.of(1, 3), new Counts(9, 8, 2, 1, 2)), null)),
                message(
                        "task-transform",
                        Task.class,
                        task(
                                new Work.Transform(
                                        "runs/1/m.json",
                                        Instant.parse("2026-01-31T12:00:00.123456Z"),
                                        shaping(),
                                        new Capabilities(
                                                "BigQuery",
                                                new TableNames(true, true, "lake-project"),
                                                new JsonLimits(500, false))),
                                null)),
                message(
                        "task-transform-inferred",
                        Task.class,
                        task(
                                new Work.TransformInferred(
                                        new Work.Transform(
                                                "runs/1/m.json",
                                                Instant.parse("2026-01-31T12:00:00.123456Z"),
                                                shaping(),
                                                null),
                                        new Destination.Table(
                                                "school.students",
                                                Write.APPEND,
                                                List.of(),
                                                Destination.Empty.FAIL,
                                                Destination.Contract.INFER,
                                                null,
                                                List.of()),
                                        true,
                                        new TableSchema(SCHEMA)),
                                null)),
                message("task-load", Task.class, task(load(Write.MERGE, List.of("id"), null), null)),
                message("task-load-day", Task.class, task(load(Write.REPLACE, List.of(), "joined"), day())),
                message(
                        "task-load-increment",
                        Task.class,
                        task(new Work.LoadIncrement(load("id"), "updated_at", false, null), null)),
                message("task-model", Task.class, task(model(), null)),
                message("task-publish", Task.class, task(new Work.Publish("r1", 2, "m.json", LAKE), day())),
                message(
                        "task-export",
                        Task.class,
                        task(
                                new Work.Export("r1", 2, LAKE, ExportFormat.JSON, "SELECT id FROM school.students"),
                                null)),
                message(
                        "task-backup",
                        Task.class,
                        task(new Work.Backup("r1", 2, "school.students", BackupFormat.PARQUET, 30, 90), null)),
                message(
                        "task-restore",
                        Task.class,
                        task(new Work.Restore("r1", 2, "school.students", "r0", model().destination(), true), null)),
                message("task-dry-run", Task.class, task(new Work.DryRun(model(), List.of("school.students")), null)),
                message(
                        "report-staged",
                        Report.class,
                        report(new Outcome.Staged("m.json", new Counts(9, 8, 2, 1, 2), drift()))),
                message(
                        "report-planned",
                        Report.class,
                        report(new Outcome.Planned("runs/r1/plan.json", 80, 1_000_000, 1_234_567_890_123L))),
                message(
                        "slice-plan",
                        SlicePlan.class,
                        new SlicePlan(
                                "t1",
                                2,
                                List.of(new Part("runs/r1/plan-00000.ndjson.zst", 3, 99, "0a1b2c3d")),
                                1_234,
                                List.of(1L, 2L))),
                message("report-committed", Report.class, report(new Outcome.Committed(new LoadResult(6, 1, 5)))),
                message(
                        "report-committed-rejects",
                        Report.class,
                        report(new Outcome.Committed(new LoadResult(
                                4, 0, 5, 0, 0, 0, List.of(), 2, "runs/r1/students/load/1/a/manifest.json")))),
                message(
                        "report-checked",
                        Report.class,
                        report(new Outcome.Checked(
                                new LoadPlan(6, List.of("would append 6 rows to school.students"))))),
                message(
                        "report-failed",
                        Report.class,
                        report(new Outcome.Failed(ErrorCode.SOURCE_MALFORMED, "page 2: \"<html>\""))),
                message("report-released", Report.class, report(new Outcome.Released())),
                message("heartbeat-answer", Heartbeat.Answer.class, new Heartbeat.Answer(true)),
                message("permit-request", PermitRequest.class, new PermitRequest(4, 2, 16)),
                message("permit-grant", PermitRequest.Grant.class, new PermitRequest.Grant(3, 5, 1500, 100_000)),
                message("token-request", TokenRequest.class, new TokenRequest("0a1b")),
                message("token-grant", TokenRequest.Grant.class, new TokenRequest.Grant(true, 3, "c2VhbGVk", false)),
                message("token-grant-first", TokenRequest.Grant.class, new TokenRequest.Grant(true, 0, null, true)),
                message("token-return", TokenReturn.class, new TokenReturn("0a1b", 3, "c2VhbGVk")),
                message("token-return-answer", TokenReturn.Answer.class, new TokenReturn.Answer(true)),
                message(
                        "capabilities",
                        Capabilities.class,
                        new Capabilities("DuckDB", new TableNames(false, false, null), JsonLimits.NONE)),
                message(
                        "claim-taken",
                        Claim.class,
                        new Claim.Taken(
                                task(new Work.ExtractSlice(ofCsv(), "runs/r1/plan.json", new Slice(2, 17, 80)), null))),
                message("claim-later", Claim.class, new Claim.Later()),
                message("claim-done", Claim.class, new Claim.Done()),
                message("claim-ended", Claim.class, new Claim.Ended("run r1 is CANCELLED")),
                message("abort", Abort.class, new Abort("load", 3)),
                message("abort-backup", Abort.class, new Abort("load", 3, null, null, "school.students")),
                message("abort-publication", Abort.class, new Abort("load", 3, "team", new Publication(LAKE, day()))),
                message(
                        "run-log-copy",
                        RunLogCopy.class,
                        new RunLogCopy(
                                "r1", "archive/r1/log.ndjson", "r1.ndjson", "team", new Publication(LAKE, null))),
                message("rollback", Rollback.class, new Rollback("load", "school.students", "team")),
                message("rollback-done", Rollback.Done.class, new Rollback.Done(5)),
                message("abort-closed", Abort.Answer.class, new Abort.Closed()),
                message(
                        "abort-already-committed",
                        Abort.Answer.class,
                        new Abort.AlreadyCommitted(new LoadResult(6, 1, 5))),
                message(
                        "committed-loads-wanted",
                        CommittedLoads.Wanted.class,
                        new CommittedLoads.Wanted(List.of("run-1", "run-2"), "team")),
                message("committed-loads", CommittedLoads.class, new CommittedLoads(List.of("run-2"))),
                message(
                        "table-schema-wanted",
                        TableSchema.Wanted.class,
                        new TableSchema.Wanted("school.students", "team")),
                message("table-schema", TableSchema.class, new TableSchema(SCHEMA)),
                message("cursors-wanted", Cursors.Wanted.class, new Cursors.Wanted("school", "team")),
                message(
                        "cursors",
                        Cursors.class,
                        new Cursors(List.of(
                                new Cursors.Cursor("students", "7", "r1", Instant.parse("2026-01-31T12:00:00.123456Z")),
                                new Cursors.Cursor("terms", null, null, Instant.parse("2026-01-31T12:00:00Z"))))),
                message("cursor-change", CursorChange.class, new CursorChange("school", "students", "7", null)),
                message("sample-wanted", Sample.Wanted.class, new Sample.Wanted(task(files(csv()), null), 20, true)),
                message("sample", Sample.class, sample()),
                message("proposal-wanted", Proposal.Wanted.class, new Proposal.Wanted(sample(), true, List.of("id"))),
                message(
                        "proposal",
                        Proposal.class,
                        new Proposal(
                                2,
                                List.of(new Proposal.ProposedColumn(
                                        "id", "i d", "INTEGER", "NULLABLE", List.of(), 1, 2, "7", "a note")),
                                List.of("id"))),
                message(
                        "backup-list-wanted",
                        BackupList.Wanted.class,
                        new BackupList.Wanted(List.of("school.students"))),
                message(
                        "backup-list",
                        BackupList.class,
                        new BackupList(List.of(new BackupList.Backup(
                                "r1",
                                "school.students",
                                BackupFormat.AVRO,
                                Instant.parse("2026-01-31T12:00:00.123456Z"),
                                6,
                                700,
                                1,
                                "gs://backups/school.students/r1")))),
                message(
                        "write-check-wanted",
                        WriteCheck.Wanted.class,
                        new WriteCheck.Wanted(List.of(load("id").destination()), "team")),
                message("write-check", WriteCheck.class, new WriteCheck("DuckDB takes tables")),
                message(
                        "tables-wanted",
                        SourceTables.Wanted.class,
                        new SourceTables.Wanted(
                                "school", "team", database(), new TablePattern("sales.*", List.of("sales.tmp_*")))),
                message(
                        "tables",
                        SourceTables.class,
                        new SourceTables(List.of(
                                new SourceTables.Table("sales.orders", false, List.of(declared()), List.of("id"))))),
                message(
                        "checks",
                        Checks.class,
                        new Checks(List.of(
                                new Checks.Check("connects", true, true, 12, "127.0.0.1:443"),
                                new Checks.Check("reads", false, false, 3, "SOURCE_REFUSED: 404")))),
                message(
                        "preview-wanted",
                        Preview.Wanted.class,
                        new Preview.Wanted(
                                sample(),
                                RunWindow.parse("2026-01-31"),
                                shaping(),
                                new Capabilities(
                                        "BigQuery",
                                        new TableNames(true, true, "lake-project"),
                                        new JsonLimits(500, false)))),
                message(
                        "preview",
                        Preview.class,
                        new Preview(
                                List.of(Arrays.asList("1", null)),
                                2,
                                1,
                                1,
                                List.of(reject()),
                                drift(),
                                List.of("column id: 1 values became NULL"))),
                message("query", Query.class, new Query("SELECT 'é'", 10)),
                message(
                        "query-of-insight",
                        Query.class,
                        new Query(
                                "SELECT 1",
                                10,
                                Map.of("bigquery", "SELECT 2"),
                                List.of(new Query.Parameter("year", Column.Type.INTEGER, "2021")),
                                Duration.ofSeconds(10))),
                message("query-versioned", Query.Versioned.class, new Query.Versioned(queryResult(), "7")),
                message("query-tables", Query.Tables.class, new Query.Tables(List.of("a.b"))),
                message("table-facts-wanted", TableFacts.Wanted.class, new TableFacts.Wanted(List.of("a.b"))),
                message(
                        "table-facts",
                        TableFacts.class,
                        new TableFacts(List.of(new TableFacts.Table(
                                "a.b",
                                List.of(new TableFacts.Column("id", "INTEGER", false)),
                                7,
                                262_144,
                                "run",
                                Instant.parse("2026-01-31T12:00:00Z"))))),
                message(
                        "table-rows-wanted",
                        TableRows.Wanted.class,
                        new TableRows.Wanted(
                                "a.b",
                                List.of("id"),
                                List.of(new TableRows.Filter("id", TableRows.Operator.IN, List.of("1", "2"))),
                                List.of(new TableRows.Order("id", true)),
                                100,
                                "{}")),
                message(
                        "table-rows",
                        TableRows.class,
                        new TableRows(
                                List.of(new Query.Field("n", "INTEGER"), new Query.Field("t", "STRING")),
                                List.of(Arrays.asList("1", null)),
                                "load/1",
                                "{}")),
                message("query-result", Query.Result.class, queryResult()),
                message("manifest", Manifest.class, manifest()),
                message("manifest-empty", Manifest.class, emptyManifest()),
                message("reject", Reject.class, reject()),
                message("reject-record", Reject.class, new Reject("EXTRACT", "p", 7, null, "not JSON", "<")),
                message("problem", Problem.class, problem()));
    }

    @ParameterizedTest
    @MethodSource("messages")
    <T> void isWrittenAndReadAsTheSampleSays(String name, Class<T> type, T message) throws IOException {
        Path sample = SAMPLES.resolve(name + ".json");
        if (Boolean.getBoolean("messages.refresh")) {
            java.nio.file.Files.writeString(sample, json.writeValueAsString(Argument.of(type), message) + "\n");
        }

        String text = java.nio.file.Files.readString(sample);

        assertThat(json.readValue(text, Argument.of(type))).isEqualTo(message);
        assertThat(json.writeValueAsString(Argument.of(type), message))
                .as("refresh it with ./mvnw -pl task-contract -am test -Dsurefire.failIfNoSpecifiedTests=false"
                        + " -Dtest=MessagesTest -Dmessages.refresh=true")
                .isEqualTo(text.strip());
        assertThat(json.writeValueAsString(message))
                .as("without being told the type")
                .isEqualTo(text.strip());
    }

    @Test
    void everyVariantHasASample() {
        List<Class<?>> sampled = messages()
                .map(arguments -> arguments.get()[2])
                .flatMap(message -> switch (message) {
                    case Task task -> Stream.of(task.work());
                    case Report report -> Stream.of(report.outcome());
                    default -> Stream.of(message);
                })
                .<Class<?>>map(Object::getClass)
                .toList();

        assertThat(sampled).containsAll(Shape.variants(Work.class).values());
        assertThat(sampled).contains(Outcome.class.getPermittedSubclasses());
        assertThat(sampled).contains(Abort.Answer.class.getPermittedSubclasses());
        assertThat(sampled).contains(Claim.class.getPermittedSubclasses());
    }

    @ParameterizedTest
    @MethodSource("authentications")
    void everyAuthenticationSurvivesTheWay(Auth auth) throws IOException {
        Task task = task(rest(auth), null);

        assertThat(json.readValue(json.writeValueAsBytes(task), Argument.of(Task.class)))
                .isEqualTo(task);
    }

    static List<Auth> authentications() {
        String secret = "${secret:name#FIELD}";
        return List.of(
                new Auth.None(),
                new Auth.ApiKey(Auth.ApiKey.In.HEADER, "x-api-key", secret),
                new Auth.ApiKey(Auth.ApiKey.In.QUERY, "key", secret),
                new Auth.Bearer(secret),
                new Auth.Basic("user", secret),
                new Signature.Hmac(
                        secret,
                        Signature.Hmac.KeyForm.BASE64,
                        Signature.Hmac.Algorithm.SHA512,
                        "{timestamp}{body}",
                        "x-signature",
                        "v1={signature}",
                        Signature.Hmac.Form.BASE64,
                        Signature.Hmac.Time.ISO,
                        "x-time"),
                new Signature.AwsV4("id", secret, null, "eu-west-1", "execute-api"),
                new Signature.OAuth1(secret, secret, secret, secret, Signature.OAuth1.Method.HMAC_SHA256, "7"),
                new Auth.OAuth2ClientCredentials(
                        secret, secret, secret, "read", Auth.OAuth2.ClientAuthentication.BODY, Map.of()),
                new Auth.OAuth2ClientCredentials(
                        secret,
                        secret,
                        secret,
                        null,
                        Auth.OAuth2.ClientAuthentication.HEADER,
                        Map.of("audience", "school")),
                new Auth.OAuth2RefreshToken(
                        secret,
                        secret,
                        null,
                        secret,
                        null,
                        Auth.OAuth2.ClientAuthentication.BODY,
                        Map.of(),
                        "https://login.example/authorize"),
                new Auth.Session(
                        new Auth.Session.Login("/login", Map.of("password", secret), null, Map.of("x-app", "7")),
                        new Auth.Session.Proof.Cookies(),
                        List.of(401, 403),
                        null),
                new Auth.Session(
                        new Auth.Session.Login(secret, Map.of(), "{\"password\": \"" + secret + "\"}", Map.of()),
                        new Auth.Session.Proof.Token(
                                Auth.Session.Proof.Token.From.HEADER,
                                "x-token",
                                Auth.Session.Proof.Token.Carrier.COOKIE,
                                "session",
                                "Bearer "),
                        List.of(),
                        new Auth.Session.Logout(Auth.Session.Logout.Method.DELETE, "/login")));
    }

    @ParameterizedTest
    @MethodSource("paginations")
    void everyPaginationSurvivesTheWay(Pagination pagination) throws IOException {
        Task task = task(rest(new Auth.None(), pagination), null);

        assertThat(json.readValue(json.writeValueAsBytes(task), Argument.of(Task.class)))
                .isEqualTo(task);
    }

    static List<Pagination> paginations() {
        return List.of(
                new Pagination.None(),
                new Pagination.Page("page", "pageSize", 1000, 1, 1, 1_000_000, 1, ENDS),
                new Pagination.Offset("offset", "limit", 100, 1, 1, 100, 4, Pagination.Offset.Step.BATCH, ALL_ENDS),
                cursor(),
                new Pagination.Cursor(
                        Pagination.Cursor.From.HEADER,
                        "x-next",
                        Pagination.Cursor.In.HEADER,
                        "x-cursor",
                        null,
                        null,
                        1,
                        9,
                        ENDS),
                new Pagination.Cursor(
                        Pagination.Cursor.From.BODY,
                        "next",
                        Pagination.Cursor.In.BODY,
                        "page.cursor",
                        "limit",
                        50,
                        10,
                        100,
                        ENDS),
                new Pagination.Link(ENDS),
                new Pagination.NextUrl("links.next", ENDS));
    }

    private static Pagination cursor() {
        return new Pagination.Cursor(
                Pagination.Cursor.From.RECORD,
                "id",
                Pagination.Cursor.In.QUERY,
                "starting_after",
                "limit",
                100,
                1,
                100,
                ALL_ENDS);
    }

    private static Arguments message(String name, Class<?> type, Object message) {
        return Arguments.of(name, type, message);
    }

    private static Task task(Work work, @Nullable RunWindow day) {
        URI callback = URI.create("http://gateway:8080/callbacks/t1/2");
        String credentials = day == null ? null : "school";
        String traceparent = day == null ? null : "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        Duration heartbeat = Duration.ofMillis(2500);
        return new Task("t1", "r1", 2, "isams", "students", day, credentials, callback, heartbeat, traceparent, work);
    }

    private static RunWindow day() {
        return RunWindow.parse("2026-01-31");
    }

    private static Work rest(Auth auth) {
        return rest(auth, new Pagination.None());
    }

    private static Work rest(Auth auth, Pagination pagination) {
        return new Work.Extract(
                new RestSource(
                        "https://example.com",
                        auth,
                        Map.of(),
                        RETRY,
                        null,
                        Duration.ofSeconds(60),
                        List.of(),
                        List.of(),
                        RestSource.Redirects.OWN,
                        null),
                new RestRead(
                        new Request(
                                "/api/students",
                                Map.of(),
                                Map.of(),
                                null,
                                false,
                                Missing.FAIL,
                                Request.Errors.FAIL,
                                List.of(),
                                List.of(),
                                List.of(),
                                List.of()),
                        null,
                        pagination),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private static Work restByDay() {
        return new Work.Extract(
                new RestSource(
                        "${secret:api#URL}",
                        new Auth.Bearer("${secret:api#TOKEN}"),
                        Map.of("x-tenant", "7"),
                        RETRY,
                        new Limits(4, 0.5),
                        Duration.ofSeconds(60),
                        List.of(new Condition(List.of(), null, "ok", List.of(), List.of("true"))),
                        List.of(CONDITION),
                        RestSource.Redirects.ANY,
                        new RestSource.RateLimit("remaining", "reset")),
                new RestRead(
                        new Request(
                                "/api/students",
                                Map.of("from", "${day}"),
                                Map.of("accept", "application/json"),
                                "{\"day\": \"${day}\"}",
                                false,
                                Missing.ALLOW,
                                Request.Errors.ALLOW,
                                List.of(CONDITION),
                                List.of(CONDITION),
                                List.of(CONDITION),
                                List.of(CONDITION)),
                        "data.students",
                        new Pagination.Page(
                                "page", "pageSize", 1000, 1, 10, 2000, 8, Pagination.Counts.BODY, ALL_ENDS)),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private static Work each() {
        Listing orders = new Listing(
                request("/orders"),
                "data",
                new Pagination.Link(ENDS),
                new RestCursor(
                        "at",
                        null,
                        RestCursor.Take.MAX,
                        Duration.ofMinutes(5),
                        null,
                        ZoneId.of("UTC"),
                        NullCursors.FAIL),
                new Format.Ndjson());
        return each(new ForEach(
                "order",
                "orders",
                orders,
                List.of("customer.name"),
                List.of(),
                null,
                "/pipelines/orders.csv",
                "SELECT id, name FROM shop.customers",
                16,
                5_000));
    }

    private static Work eachValue() {
        return each(new ForEach(
                "order",
                null,
                null,
                List.of(),
                List.of("a", "b"),
                new ForEach.Range("1", "9", 2),
                null,
                null,
                1,
                1_000_000));
    }

    private static Work each(ForEach forEach) {
        Work.Extract extract = (Work.Extract) rest(new Auth.None());
        return new Work.ExtractEach(new Work.Extract(
                extract.source(),
                new RestRead(request("/orders/${order.id}/lines"), null, new Pagination.None(), null, forEach),
                List.of(),
                Work.Parts.TO_TRANSFORM));
    }

    private static Work.Extract ofCsv() {
        return (Work.Extract) files(csv());
    }

    private static Work report() {
        Work.Extract extract = (Work.Extract) rest(new Auth.Bearer("${secret:api#TOKEN}"));
        dev.millrace.pipeline.rest.Report.Call submit = new dev.millrace.pipeline.rest.Report.Call(
                null, "/reports", Map.of(), Map.of("x-kind", "a"), "{\"type\":\"sales\"}");
        dev.millrace.pipeline.rest.Report.Poll poll = new dev.millrace.pipeline.rest.Report.Poll(
                "/reports/${report.id}",
                Map.of("in", "eu"),
                Map.of(),
                "state",
                List.of("DONE"),
                List.of("EMPTY"),
                List.of("FATAL"),
                List.of("QUEUED"),
                Duration.ofSeconds(5),
                Duration.ofSeconds(60),
                Duration.ofHours(1));
        dev.millrace.pipeline.rest.Report.Call document = new dev.millrace.pipeline.rest.Report.Call(
                null, "/documents/${report.document}", Map.of(), Map.of(), null);
        dev.millrace.pipeline.rest.Report.Call cancel = new dev.millrace.pipeline.rest.Report.Call(
                dev.millrace.pipeline.rest.Report.Call.Method.PATCH, "/reports/${report.id}", Map.of(), Map.of(), "{}");
        return new Work.ExtractEach(new Work.Extract(
                extract.source(),
                new RestRead(
                        request("${report.url}"),
                        null,
                        new Pagination.None(),
                        null,
                        null,
                        new Format.Json(false),
                        new dev.millrace.pipeline.rest.Report(submit, "data.id", poll, document, cancel),
                        null),
                List.of(),
                Work.Parts.TO_TRANSFORM));
    }

    private static Request request(String path) {
        return new Request(
                path,
                Map.of(),
                Map.of(),
                null,
                false,
                Missing.FAIL,
                Request.Errors.FAIL,
                List.of(),
                List.of(),
                List.of(),
                List.of());
    }

    private static Work files(Format format) {
        return new Work.Extract(
                new FileSource("/data"),
                new FileRead(new FileSelection("*", format, Missing.ALLOW), null),
                List.of("id", "job.title"),
                new Work.Parts(Manifest.Format.NDJSON_GZIP, 5_000, true));
    }

    private static Work restOfXml() {
        Work.Extract json = (Work.Extract) rest(new Auth.None());
        RestRead read = (RestRead) json.read();
        return new Work.Extract(
                json.source(),
                new RestRead(
                        read.request(),
                        "feed.entry",
                        new Pagination.None(),
                        null,
                        null,
                        new Format.Xml(List.of("lines.line"), List.of()),
                        null,
                        new PropertyChunks("properties", List.of("a", "b"), null, 50, 2_000, "id")),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private static Work ofUpload() {
        Read.Uploaded uploaded =
                Objects.requireNonNull(new FileRead(new FileSelection("*.csv", new Format.Ndjson(), Missing.FAIL), null)
                        .uploaded("runs/run-1/upload", true));
        return new Work.Extract(uploaded.source(), uploaded.read(), List.of("id"), Work.Parts.TO_TRANSFORM);
    }

    private static Work inArchives() {
        return new Work.Extract(
                new FileSource("/data"),
                new FileRead(
                        new FileSelection(
                                "*.zip", new Format.Ndjson(), Missing.FAIL, "data/*", FileSelection.Reading.ALL),
                        null),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private static Work onTheWeb() {
        WebFiles web = new WebFiles(
                List.of("https://data.example.com/archive"),
                List.of("https://data.example.com/latest.csv"),
                "main a",
                "https://data.example.com/archive/*",
                2,
                "millrace (data@example.com)",
                WebFiles.Robots.IGNORE,
                Map.of("x-api-key", "${secret:data}"),
                new Retry(List.of("429"), 3, Duration.ofSeconds(1), Duration.ofSeconds(10)),
                new Limits(1, 0.5),
                Duration.ofSeconds(30));
        return new Work.Extract(
                new FileSource(null, web, null),
                new FileRead(new FileSelection("**/*.csv", new Format.Ndjson(), Missing.FAIL), null),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private static Work onAServerOfSftp() {
        SftpFiles sftp = new SftpFiles(
                "files.example.com",
                "2222",
                "${secret:partner#user}",
                null,
                "${secret:partner#key}",
                "${secret:partner#passphrase}",
                List.of("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQw2m1a5n0V6b3c4d5e6f7g8h9i0j1k2l3m4n5o6p7q"),
                "outgoing",
                Duration.ofSeconds(10));
        return new Work.Extract(
                new FileSource(null, null, sftp),
                new FileRead(new FileSelection("*.ndjson", new Format.Ndjson(), Missing.FAIL), null),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private static Format fixedWidth() {
        return new Format.FixedWidth(
                List.of(new Format.FixedWidth.Field("id", 5), new Format.FixedWidth.Field("job", 20)), 2, "ISO-8859-1");
    }

    private static Format excel() {
        return new Format.Excel(
                "Weekly *",
                true,
                new ExcelHeader(List.of("Week number"), 2, "[0-9]$"),
                "Table 1*",
                "Footnotes",
                List.of("Total*"),
                List.of(":"),
                Format.Excel.Errors.NULL,
                Format.Excel.Numbers.STORED,
                new Unpivot(
                        List.of(new Unpivot.Id("code", null, "E[0-9]+"), new Unpivot.Id("label", null, null)),
                        List.of("week", "ended"),
                        "deaths",
                        "section"),
                Format.Excel.Merged.EACH);
    }

    private static Format csv() {
        return new Format.Csv(false, List.of("id", "job"), ";", "ISO-8859-1", 2, "#", "'", "\\", true);
    }

    private static Work.Model model() {
        Destination.Table table =
                new Destination.Table("school.totals", Write.APPEND, List.of(), Destination.Empty.FAIL);
        return new Work.Model("r1", 2, table, "SELECT count(*) AS n FROM school.students");
    }

    private static Work.Load load(String key) {
        return (Work.Load) load(Write.MERGE, List.of(key), null);
    }

    private static DatabaseSource database() {
        return new DatabaseSource(
                DatabaseSource.Product.POSTGRESQL,
                "db",
                null,
                "shop",
                "reader",
                null,
                new Tls(Tls.Mode.VERIFY_FULL, null, null, null),
                Duration.ofSeconds(30));
    }

    private static Work increment() {
        DatabaseCursor cursor = new DatabaseCursor(
                "updated_at", Duration.ofMinutes(5), "1h", ZoneId.of("UTC"), NullCursors.SKIP, false);
        DatabaseRead read = new DatabaseRead("orders", null, List.of("id"), 1, cursor);
        return new Work.ExtractIncrement(
                new Work.Extract(database(), read, List.of("id"), Work.Parts.TO_TRANSFORM),
                true,
                new CommittedCursor("2026-01-31 12:00:00.000001+00"));
    }

    private static Work ofNewFiles() {
        FileSelection files =
                new FileSelection("*.ndjson", new Format.Ndjson(), Missing.ALLOW, null, FileSelection.Reading.NEW);
        return new Work.ExtractNew(new Work.ExtractIncrement(
                new Work.Extract(
                        new FileSource("/data"), new FileRead(files, null), List.of(), Work.Parts.TO_TRANSFORM),
                false,
                new CommittedCursor("state/isams/students/0000000001-r1-1.ndjson.gz")));
    }

    private static Work load(Write write, List<String> keys, @Nullable String dayColumn) {
        return new Work.Load(
                "r1",
                2,
                "runs/1/m.json",
                new Destination.Table("school.students", write, keys, Destination.Empty.FAIL),
                SCHEMA,
                dayColumn,
                dayColumn == null ? null : Endpoint.Drift.FAIL);
    }

    private static Report report(Outcome outcome) {
        Heartbeat.LogLine line = new Heartbeat.LogLine(
                Instant.parse("2026-01-31T12:00:00.123456Z"), Heartbeat.Level.WARN, "page 2 came late");
        return new Report(outcome, new Heartbeat(9, 900, null, List.of(line)));
    }

    private static Sample sample() {
        return new Sample(
                2,
                "KLUv/QRYEQAAe30KmelSPQ==",
                List.of(new Origin(1, "p", 7, 9L)),
                true,
                1,
                List.of(new Reject("EXTRACT", "p", 9, null, "not JSON", "<")),
                false,
                List.of(new Heartbeat.LogLine(
                        Instant.parse("2026-01-31T12:00:00Z"), Heartbeat.Level.WARN, "no more records came")),
                List.of(declared()),
                List.of("id"),
                List.of("type: excel", "end: Footnotes"));
    }

    private static DeclaredColumn declared() {
        return new DeclaredColumn("id", "int8", Column.Type.INTEGER, true, true);
    }

    private static Reject reject() {
        return new Reject(
                "TRANSFORM",
                "p",
                7,
                9L,
                "id",
                "x",
                "not a number",
                "{}",
                Fault.Kind.VALUE_INVALID,
                List.of(new Fault("name", null, Fault.Kind.VALUE_MISSING, "missing")));
    }

    private static Query.Result queryResult() {
        return new Query.Result(
                List.of(new Query.Field("n", "INTEGER"), new Query.Field("t", "STRING")),
                List.of(Arrays.asList("1", null), Arrays.asList(null, "")),
                true);
    }

    private static Drift drift() {
        return new Drift(
                9,
                List.of("email", "address.city"),
                List.of(new Drift.Seen("phone", 3, 9)),
                List.of(new Drift.Seen("email_address", 9, 9)),
                1,
                List.of(
                        new Drift.Change(Drift.Kind.ADDED, "nick", null, "STRING", 9, "Bo"),
                        new Drift.Change(Drift.Kind.WIDENED, "fee", "INTEGER", "NUMERIC", 8, "1.5"),
                        new Drift.Change(Drift.Kind.RETYPED, "age", "INTEGER", null, 2, "ten")),
                List.of("address.street"));
    }

    private static Manifest manifest() {
        return new Manifest(
                "t1",
                2,
                Manifest.Format.NDJSON_ZSTD,
                List.of(new Part("a", 4, 40, "0000000a"), new Part("b", 2, 20, "0000000b")),
                List.of(new Part("c", 2, 20, "0000000c")),
                new Counts(9, 6, 2, 1),
                "2026-01-31",
                List.of("page 2 came late"),
                new Receipt(3, 9, 900, 9L, "a", "c", 2L, new Receipt.Each(1, 3, 2, 1, 1)),
                drift(),
                "2026-01-30",
                null,
                true,
                List.of(new Part("d", 6, 60, "0000000d")));
    }

    private static Manifest emptyManifest() {
        return new Manifest(
                "t1", 1, Manifest.Format.PARQUET, List.of(), List.of(), new Counts(0, 0, 0, 0), null, List.of());
    }

    private static Problem problem() {
        return Problem.of(ErrorCode.PIPELINE_INVALID, "Unprocessable Entity", "1 error")
                .withErrors(List.of(new Problem.FieldError("p.yaml", 3, 7, "name", "A", "a lower case letter")));
    }
}
