package dev.millrace.extractor.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.SampleUnderTest;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.Problem;
import dev.millrace.task.Sample;
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
}
