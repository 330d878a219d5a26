package dev.millrace.standalone.cloud.verify;

import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.PolicyTags;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.Table;
import com.google.cloud.bigquery.TableInfo;
import dev.millrace.problem.ErrorCode;
import dev.millrace.standalone.client.Run;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** Tables as such: how they are made and changed, what outlives a load, and what can't be loaded. */
final class Tables implements Check {
    private static final List<String> ROWS =
            List.of("{name: id, type: INTEGER, mode: REQUIRED}", "{name: name, type: STRING}");

    /** Of one job, 4,000: https://cloud.google.com/bigquery/quotas#partitioned_tables; here more than a table can have. */
    private static final int PARTITIONS = 10_500;

    @Override
    public String name() {
        return "tables";
    }

    @Override
    public void run(Trial trial, Report report) throws InterruptedException {
        report.check(name(), "a dataset that is missing", () -> dataset(trial));
        report.check(name(), "a replace with no rows", () -> empty(trial));
        report.check(name(), "columns that are added and relaxed", () -> evolve(trial));
        report.check(name(), "metadata after a replace", () -> metadata(trial));
        report.check(name(), "a model", () -> model(trial));
        report.check(name(), "a table that is streamed into", () -> streaming(trial));
        report.check(name(), "too many partitions", () -> partitions(trial));
        report.check(name(), "documents in a bucket", () -> publish(trial));
    }

    private static String row(int id, String name) {
        return "{\"id\": " + id + ", \"name\": \"" + name + "\"}";
    }

    private static Feed feed(String table, String write, String... records) {
        String name = table.substring(table.indexOf('.') + 1);
        return new Feed(name, "table: " + table + ", write: " + write, ROWS, List.of(records));
    }

    private static String dataset(Trial trial) throws InterruptedException, Mismatch {
        String dataset = trial.names().made("made");
        trial.installed().load(feed(dataset + ".made", "replace", row(1, "a")));
        if (!trial.google().hasDataset(dataset)) {
            throw new Mismatch("a dataset " + dataset, "none");
        }
        return "the loader has made it";
    }

    private static String empty(Trial trial) throws InterruptedException, Mismatch {
        String table = trial.names().tables() + ".emptied";
        trial.installed().load(feed(table, "replace", row(1, "a")));
        failed(ErrorCode.EMPTY_REPLACE, trial.installed().run(feed(table, "replace")));
        Mismatch.unlessEqual("1 a", trial.installed().text("SELECT id, name FROM " + table));
        trial.installed().load(feed(table, "replace, empty: allow"));
        Mismatch.unlessEqual("0", trial.installed().text("SELECT COUNT(*) FROM " + table));
        return ErrorCode.EMPTY_REPLACE + ", the table as it was; and empty where that is allowed";
    }

    private static void failed(ErrorCode code, Run run) throws Mismatch {
        Run.Failure error = run.error();
        if (run.state() != Run.State.FAILED || error == null || !error.code().equals(code.name())) {
            throw new Mismatch("the run to fail with " + code, Installed.describe(run));
        }
    }

    private static String evolve(Trial trial) throws InterruptedException, Mismatch {
        String table = trial.names().tables() + ".evolved";
        trial.installed().load(feed(table, "append", row(1, "a")));
        trial.installed()
                .load(new Feed(
                        "evolved",
                        "table: " + table + ", write: append, contract: evolve",
                        List.of(
                                "{name: id, type: INTEGER}",
                                "{name: name, type: STRING}",
                                "{name: tags, type: STRING, mode: REPEATED, description: What it's about.}"),
                        List.of("{\"name\": \"b\", \"tags\": [\"x\"]}")));
        Mismatch.unlessEqual(
                "1 a [], null b [\"x\"]",
                trial.installed().text("SELECT id, name, tags FROM " + table + " ORDER BY name"));
        return "a column was added and another may be NULL now";
    }

    private static String metadata(Trial trial) throws InterruptedException, Mismatch {
        String table = trial.names().tables() + ".described";
        Feed feed = new Feed(
                "described",
                "table: " + table + ", write: replace, partition: {column: day, by: month, expireAfterDays: 36500},"
                        + " cluster: [name]",
                List.of("{name: name, type: STRING}", "{name: day, type: DATE}"),
                List.of("{\"name\": \"a\", \"day\": \"2026-01-31\"}"));
        trial.installed().load(feed);
        Table made = trial.google().table(trial.names().tables(), "described");
        StandardTableDefinition definition = made.getDefinition();
        String tag = trial.target().policyTag();
        List<Field> fields = Objects.requireNonNull(definition.getSchema()).getFields().stream()
                .map(field -> {
                    Field.Builder described = field.toBuilder().setDescription("what " + field.getName() + " means");
                    if (tag != null) {
                        described.setPolicyTags(
                                PolicyTags.newBuilder().setNames(List.of(tag)).build());
                    }
                    return described.build();
                })
                .toList();
        trial.google()
                .update(TableInfo.newBuilder(
                                made.getTableId(),
                                definition.toBuilder()
                                        .setSchema(Schema.of(fields))
                                        .build())
                        .setDescription("everybody")
                        .setLabels(Map.of("team", "school"))
                        .setExpirationTime(made.getExpirationTime())
                        .build());
        Table before = trial.google().table(trial.names().tables(), "described");
        trial.installed().load(feed);
        Table after = trial.google().table(trial.names().tables(), "described");
        Mismatch.unlessEqual(described(before), described(after));
        Mismatch.unlessEqual("everybody {team=school}", after.getDescription() + " " + after.getLabels());
        Mismatch.unlessEqual(
                fields, Objects.requireNonNull(definition(after).getSchema()).getFields());
        return "description, labels, partitioning, clustering" + (tag == null ? "" : ", policy tags")
                + " and descriptions of columns are what they were";
    }

    private static StandardTableDefinition definition(Table table) {
        return table.getDefinition();
    }

    private static String described(Table table) {
        StandardTableDefinition definition = table.getDefinition();
        return definition.getTimePartitioning() + " " + definition.getClustering() + " " + table.getDescription() + " "
                + table.getLabels() + " " + table.getExpirationTime();
    }

    private static String model(Trial trial) throws InterruptedException, Mismatch {
        String dataset = trial.names().tables();
        String yaml = feed(dataset + ".modelled", "replace").yaml() + """
                models:
                  totals:
                    after: [rows]
                    destination: {table: %1$s.totals, write: replace}
                    sql: SELECT name, COUNT(*) AS n, SUM(id) AS total FROM %1$s.modelled GROUP BY name
                """.formatted(dataset);
        trial.installed().loadAll("modelled", yaml, List.of(row(1, "a"), row(2, "b"), row(3, "b")));
        Mismatch.unlessEqual(
                "a 1 1, b 2 5",
                trial.installed().text("SELECT name, n, total FROM " + dataset + ".totals ORDER BY name"));
        return "it has counted what was loaded before it";
    }

    private static String streaming(Trial trial) throws InterruptedException, Mismatch {
        String table = trial.names().tables() + ".streamed";
        trial.installed().load(feed(table, "append", row(1, "a")));
        trial.google().stream(trial.names().tables(), "streamed", Map.of("id", 2, "name", "b"));
        Run run = trial.installed().run(feed(table, "replace", row(3, "c")));
        failed(ErrorCode.STREAMING_BUFFER, run);
        String said = Objects.requireNonNull(run.error()).detail();
        trial.installed().load(feed(table, "append", row(4, "d")));
        Mismatch.unlessEqual("true", trial.installed().text("SELECT COUNT(*) >= 2 FROM " + table));
        return "a replace ends with " + ErrorCode.STREAMING_BUFFER + " (" + said + "); rows can be appended";
    }

    private static String partitions(Trial trial) throws InterruptedException, Mismatch {
        String table = trial.names().tables() + ".partitioned";
        LocalDateTime first = LocalDateTime.of(2020, 1, 1, 0, 0);
        Run run = trial.installed()
                .run(new Feed(
                        "partitioned",
                        "table: " + table + ", write: append, partition: {column: at, by: hour}",
                        List.of("{name: at, type: DATETIME}"),
                        IntStream.range(0, PARTITIONS)
                                .mapToObj(hour -> "{\"at\": \"" + first.plusHours(hour) + "\"}")
                                .toList()));
        failed(ErrorCode.PARTITIONS_EXCEEDED, run);
        Mismatch.unlessEqual("0", trial.installed().text("SELECT COUNT(*) FROM " + table));
        return ErrorCode.PARTITIONS_EXCEEDED + " ("
                + Objects.requireNonNull(run.error()).detail() + ")";
    }

    private static String publish(Trial trial) throws InterruptedException, Mismatch {
        String key = trial.names().folder() + "/published";
        Feed feed = new Feed(
                "published",
                "type: bucket, bucket: " + trial.target().bucket() + ", key: " + key,
                List.of(),
                List.of("{\"id\": 1}", "{\"id\": 2}"));
        trial.installed().load(feed);
        trial.installed().load(feed);
        String marker = trial.google().text(key + "/_published.json");
        List<String> files = trial.google().objects(key + "/").stream()
                .filter(name -> name.endsWith(".ndjson.gz"))
                .toList();
        if (files.size() != 1 || !marker.contains(files.getFirst()) || !marker.contains("\"number\":2")) {
            throw new Mismatch("a marker of the second publication that names the only file", marker + " " + files);
        }
        return "the marker names the file of the second run, that of the first is gone";
    }
}
