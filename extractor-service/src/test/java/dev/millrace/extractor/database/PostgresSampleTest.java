package dev.millrace.extractor.database;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.SampleUnderTest;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.Problem;
import dev.millrace.task.DeclaredColumn;
import dev.millrace.task.Sample;
import dev.millrace.task.SourceTables;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PostgresSampleTest extends PostgresTests {
    @AfterEach
    void nothingIsLeft() throws IOException {
        assertThat(extractor.everythingWritten()).isEmpty();
    }

    private static Work work(DatabaseSource source, @Nullable String table, @Nullable String query, int parallel) {
        return new Work.Extract(
                source, new DatabaseRead(table, query, List.of(), parallel, null), List.of(), Work.Parts.TO_TRANSFORM);
    }

    private int busy() throws Exception {
        try (Statement statement = connection.createStatement();
                ResultSet count = statement.executeQuery("SELECT count(*) FROM pg_stat_activity WHERE state <> 'idle'"
                        + " AND pid <> pg_backend_pid() AND backend_type = 'client backend'")) {
            count.next();
            return count.getInt(1);
        }
    }

    @Test
    void endsTheQueryInTheServerAfterTheFirstRows() throws Exception {
        sql("CREATE TABLE shop.orders AS SELECT id, 'order ' || id AS name FROM generate_series(1, 300000) id");
        SampleUnderTest samples = new SampleUnderTest(extractor);

        Sample sample = samples.take(work(source(), "shop.orders", null, 4), 2);

        assertThat(SampleUnderTest.lines(sample))
                .containsExactly("{\"id\":1,\"name\":\"order 1\"}", "{\"id\":2,\"name\":\"order 2\"}");
        assertThat(sample.complete()).isFalse();
        for (long end = System.nanoTime() + Duration.ofSeconds(20).toNanos(); busy() > 0; ) {
            assertThat(System.nanoTime()).isLessThan(end);
        }
        assertThat(samples.take(work(source(), null, "SELECT * FROM shop.orders WHERE id < 4", 1), 3)
                        .complete())
                .isTrue();
    }

    @Test
    void failsAsARunWould() throws Exception {
        SampleUnderTest samples = new SampleUnderTest(extractor);

        Problem missing = samples.refusal(work(source(), "shop.nothing", null, 1), 20);
        assertThat(missing.code()).isEqualTo(ErrorCode.SOURCE_REFUSED.name());
        assertThat(missing.detail()).contains("shop.nothing");
    }

    @Test
    void triesTheWayToADatabaseStepByStep() throws Exception {
        sql("CREATE TABLE shop.orders AS SELECT 1 AS id", "CREATE ROLE stranger LOGIN");
        SampleUnderTest samples = new SampleUnderTest(extractor);

        assertThat(samples.check(work(source(), "shop.orders", null, 1)))
                .satisfiesExactly(
                        step -> assertThat(step).startsWith("ok resolves: localhost is "),
                        step -> assertThat(step).isEqualTo("ok connects: to port " + postgres.getPort()),
                        step -> assertThat(step)
                                .startsWith("ok logs in: PostgreSQL ")
                                .endsWith(", not encrypted"),
                        step -> assertThat(step).startsWith("ok reads: a record is there"));
        assertThat(samples.check(work(source(), "shop.nothing", null, 1)).getLast())
                .startsWith("FAILED reads: SOURCE_REFUSED: ")
                .contains("shop.nothing");
        assertThat(samples.check(work(
                                source("localhost", postgres.getPort(), "nobody", null, PLAIN), "shop.orders", null, 1))
                        .getLast())
                .startsWith("FAILED logs in: ");
        assertThat(samples.check(work(
                                source("localhost", postgres.getPort(), "stranger", null, PLAIN),
                                "shop.orders",
                                null,
                                1))
                        .getLast())
                .startsWith("FAILED reads: ")
                .contains("permission denied");
        assertThat(samples.check(work(source("nowhere.invalid", 5432, "x", null, PLAIN), "shop.orders", null, 1)))
                .containsExactly("FAILED resolves: DNS doesn't know nowhere.invalid, or can't be reached");
    }

    /** What the server says of each, as {@code name type REQUIRED}. */
    private static String columns(List<DeclaredColumn> columns) {
        return columns.stream()
                .map(column -> column.name() + " " + column.type() + (column.array() ? " array" : "")
                        + (column.required() ? " REQUIRED" : ""))
                .collect(joining(", "));
    }

    @Test
    void listsTheTablesThatAreLikeAPatternWithTheirColumnsAndKeys() throws Exception {
        sql(
                "CREATE DOMAIN shop.amount AS numeric(12, 2) NOT NULL",
                "CREATE TABLE shop.orders (id bigint, line smallint, total shop.amount, wide numeric(40, 20),"
                        + " any_number numeric, huge numeric(300, 200), tags text[], doc jsonb, at timestamptz NOT NULL,"
                        + " local timestamp, note interval, PRIMARY KEY (line, id))",
                "CREATE VIEW shop.sums AS SELECT id, sum(total) AS total FROM shop.orders GROUP BY id",
                "CREATE TABLE shop.parts (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE shop.parts_1 PARTITION OF shop.parts FOR VALUES FROM (1) TO (10)",
                "CREATE TABLE shop.\"Tmp x\" (\"a\"\"b\" int)",
                "CREATE TABLE shop.\"with.point\" (a int)",
                "DROP TABLE IF EXISTS public.own",
                "CREATE TABLE public.own (id int)");
        SampleUnderTest samples = new SampleUnderTest(extractor);

        List<SourceTables.Table> tables = samples.tables(source(), "shop.*");

        assertThat(tables)
                .extracting(SourceTables.Table::name)
                .containsExactly("shop.Tmp x", "shop.orders", "shop.parts", "shop.sums");
        assertThat(columns(tables.get(1).columns()))
                .isEqualTo("id INTEGER REQUIRED, line INTEGER REQUIRED, total NUMERIC REQUIRED, wide BIGNUMERIC,"
                        + " any_number BIGNUMERIC, huge STRING, tags JSON array, doc JSON, at TIMESTAMP REQUIRED,"
                        + " local DATETIME, note INTERVAL");
        assertThat(tables.get(1).keys()).containsExactly("line", "id");
        assertThat(tables).extracting(SourceTables.Table::view).containsExactly(false, false, false, true);
        assertThat(tables.getLast().keys()).isEmpty();
        assertThat(samples.tables(source(), "*"))
                .extracting(SourceTables.Table::name)
                .containsExactly("own");
        assertThat(samples.tables(source(), "**", "shop.p*", "shop.Tmp?x", "own"))
                .extracting(SourceTables.Table::name)
                .containsExactly("shop.orders", "shop.sums");
        sql("DROP TABLE public.own");
    }

    @Test
    void aSampleOfATableSaysWhatTheServerDoesAndThatOfAQueryRequiresNothing() throws Exception {
        sql(
                "CREATE TABLE shop.people (id int PRIMARY KEY, name varchar(40) NOT NULL, born date)",
                "CREATE TABLE shop.orders (id int PRIMARY KEY, person int)",
                "INSERT INTO shop.orders VALUES (1, 7)");
        SampleUnderTest samples = new SampleUnderTest(extractor);

        Sample empty = samples.take(work(source(), "shop.people", null, 1), 2);
        assertThat(columns(empty.declared())).isEqualTo("id INTEGER REQUIRED, name STRING REQUIRED, born DATE");
        assertThat(empty.keys()).containsExactly("id");
        Sample joined = samples.take(
                work(
                        source(),
                        null,
                        "SELECT o.id, p.name FROM shop.orders o LEFT JOIN shop.people p ON p.id = person",
                        1),
                2);
        assertThat(columns(joined.declared())).isEqualTo("id INTEGER, name STRING");
        assertThat(joined.keys()).isEmpty();
    }
}
