package dev.millrace.standalone;

import dev.millrace.staging.Reject;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The questions of the demonstration to the gateway, in their order. */
final class Demo {
    /** Those that need nothing but this process. */
    static final List<String> PIPELINES = List.of("isams", "hiring");

    /** The one that reads a PostgreSQL. */
    static final String SHOP = "shop";

    /** The one that reads workbooks which a page links to. */
    static final String DEATHS = "weekly-deaths";

    private static final int MOST_ROWS = 20_000;
    private static final int MOST_REJECTS = 1_000;
    private static final int SAMPLES = 3;

    /** The tables in whole, ordered by their ids. */
    private static final List<String> TABLES = List.of(
            "school.students",
            "school.school_terms",
            "school.year_groups",
            "school.year_group_division",
            "hiring.departments",
            "hiring.jobs",
            "hiring.hired_employees");

    private static final List<String> TABLES_OF_SHOP = List.of("shop.customers", "shop.orders", "shop.order_lines");

    private static final Map<String, String> QUERIES = queries();

    private final GatewayClient gateway;
    private final List<String> pipelines;

    Demo(GatewayClient gateway, List<String> pipelines) {
        this.gateway = gateway;
        this.pipelines = pipelines;
    }

    /** What {@code demo --json} prints: nothing in it depends on when or where it ran. */
    @Serdeable
    record Document(List<Loaded> loaded, List<RejectGroup> rejected, List<Answered> queries, List<Table> tables) {}

    @Serdeable
    record Loaded(
            String table,
            String state,
            @Nullable Long extracted,
            @Nullable Long loaded,
            @Nullable Long rejected,
            @Nullable Long filtered) {}

    /** Rejects of one table for the same reason. */
    @Serdeable
    record RejectGroup(String table, @Nullable String column, String reason, int count, List<Sample> samples) {}

    @Serdeable
    record Sample(long row, @Nullable String value) {}

    @Serdeable
    record Answered(String title, String sql, Query.Result result) {}

    @Serdeable
    record Table(String table, Query.Result content) {}

    /** Without the address of the page, which is another one each time. */
    private static final String ROWS_OF_DEATHS = """
            SELECT section, area_code, label, week, week_ended, deaths FROM statistics.weekly_deaths
            ORDER BY week_ended, section, label, deaths""";

    private static final String TOTALS_OF_DEATHS = """
            SELECT EXTRACT(YEAR FROM week_ended) AS year, COUNT(DISTINCT week_ended) AS weeks,
                   SUM(IF(section LIKE 'Persons%', deaths, 0)) AS by_age,
                   SUM(IF(section LIKE 'Males%' OR section LIKE 'Females%', deaths, 0)) AS by_sex,
                   SUM(IF(label = 'Total deaths, all ages', deaths, 0)) AS total
            FROM statistics.weekly_deaths GROUP BY 1 ORDER BY 1""";

    /** Runs the pipelines at once. */
    List<Run> run(Progress progress) throws InterruptedException {
        List<String> batches = new ArrayList<>();
        for (String pipeline : pipelines) {
            batches.add(gateway.read(
                            gateway.start(pipeline, new Answers.Start(List.of(), null, false), null),
                            Answers.Batch.class)
                    .batch());
        }
        return RunWatch.untilEnded(
                () -> {
                    List<Run> runs = new ArrayList<>();
                    for (String batch : batches) {
                        runs.addAll(gateway.read(gateway.batch(batch), Answers.Batch.class)
                                .runs());
                    }
                    return runs;
                },
                progress);
    }

    List<RejectGroup> rejects(List<Run> runs) throws InterruptedException {
        List<RejectGroup> groups = new ArrayList<>();
        for (Run run : runs) {
            if (run.rowsRejected() != null && run.rowsRejected() > 0) {
                Map<List<String>, List<Reject>> byReason = new LinkedHashMap<>();
                for (Reject reject : gateway.read(gateway.rejects(run.id(), MOST_REJECTS), Answers.Rejects.class)
                        .rejects()) {
                    byReason.computeIfAbsent(
                                    List.of(String.valueOf(reject.column()), reject.reason()), any -> new ArrayList<>())
                            .add(reject);
                }
                byReason.values().forEach(same -> groups.add(group(run.table(), same)));
            }
        }
        return groups;
    }

    private static RejectGroup group(String table, List<Reject> same) {
        Reject first = same.getFirst();
        return new RejectGroup(
                table,
                first.column(),
                first.reason(),
                same.size(),
                same.stream()
                        .limit(SAMPLES)
                        .map(reject -> new Sample(reject.row(), reject.value()))
                        .toList());
    }

    /** @param limit of rows in each answer */
    List<Answered> answers(int limit) throws InterruptedException {
        List<Answered> answers = new ArrayList<>();
        for (Map.Entry<String, String> query : QUERIES.entrySet()) {
            answers.add(new Answered(query.getKey(), query.getValue(), query(query.getValue(), limit)));
        }
        if (pipelines.contains(DEATHS)) {
            answers.add(new Answered(
                    "Weekly deaths by age and by sex, and the totals of the workbooks",
                    TOTALS_OF_DEATHS,
                    query(TOTALS_OF_DEATHS, limit)));
        }
        return answers;
    }

    Document document(List<Run> runs) throws InterruptedException {
        List<String> names = new ArrayList<>(TABLES);
        if (pipelines.contains(SHOP)) {
            names.addAll(TABLES_OF_SHOP);
        }
        List<Table> tables = new ArrayList<>();
        for (String table : names) {
            tables.add(new Table(table, query("SELECT * FROM " + table + " ORDER BY id", MOST_ROWS)));
        }
        if (pipelines.contains(DEATHS)) {
            tables.add(new Table("statistics.weekly_deaths", query(ROWS_OF_DEATHS, MOST_ROWS)));
        }
        return new Document(runs.stream().map(Demo::loaded).toList(), rejects(runs), answers(MOST_ROWS), tables);
    }

    /** Of a demonstration that failed. */
    static Document failed(List<Run> runs) {
        return new Document(runs.stream().map(Demo::loaded).toList(), List.of(), List.of(), List.of());
    }

    private static Loaded loaded(Run run) {
        return new Loaded(
                run.table(),
                RunReport.state(run),
                run.rowsExtracted(),
                run.rowsLoaded(),
                run.rowsRejected(),
                run.rowsFiltered());
    }

    private Query.Result query(String sql, int limit) throws InterruptedException {
        return gateway.read(gateway.query(sql, limit), Query.Result.class);
    }

    private static Map<String, String> queries() {
        Map<String, String> queries = new LinkedHashMap<>();
        queries.put("Students by year group", """
                SELECT g.name AS year_group, COUNT(*) AS students, COUNTIF(s.isBoarder) AS boarders,
                       COUNT(*) - COUNT(s.admissionDate) AS no_date, MAX(s.admissionDate) AS last_admission
                FROM school.students s JOIN school.year_groups g ON g.id = s.yearGroup
                GROUP BY g.id, g.name ORDER BY g.id""");
        queries.put("Students by division of the school", """
                SELECT d.division, COUNT(*) AS students
                FROM school.students s JOIN school.year_group_division d ON d.id = s.yearGroup
                GROUP BY d.division ORDER BY MIN(d.id)""");
        queries.put("Hires of 2021 by quarter", """
                SELECT d.department, j.job,
                       COUNTIF(EXTRACT(QUARTER FROM h.datetime) = 1) AS q1,
                       COUNTIF(EXTRACT(QUARTER FROM h.datetime) = 2) AS q2,
                       COUNTIF(EXTRACT(QUARTER FROM h.datetime) = 3) AS q3,
                       COUNTIF(EXTRACT(QUARTER FROM h.datetime) = 4) AS q4
                FROM hiring.hired_employees h
                LEFT JOIN hiring.departments d ON d.id = h.department_id
                LEFT JOIN hiring.jobs j ON j.id = h.job_id
                WHERE EXTRACT(YEAR FROM h.datetime) = 2021
                GROUP BY d.department, j.job
                ORDER BY d.department NULLS LAST, j.job NULLS LAST""");
        queries.put("Departments that hired more than the mean in 2021", """
                WITH hires AS (
                  SELECT d.id, d.department, COUNT(*) AS hired
                  FROM hiring.hired_employees h JOIN hiring.departments d ON d.id = h.department_id
                  WHERE EXTRACT(YEAR FROM h.datetime) = 2021
                  GROUP BY d.id, d.department)
                SELECT id, department, hired FROM hires
                WHERE hired > (SELECT AVG(hired) FROM hires) ORDER BY hired DESC, id""");
        return queries;
    }
}
