package dev.millrace.extractor.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Outcome;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What happens to a table of PostgreSQL while it is read, and tables whose rows lie in few places. */
class PostgresChangesTest extends PostgresTests {
    private Work work(String user, @Nullable String table, @Nullable String query, int readers) {
        return new Work.Extract(
                source("localhost", postgres.getPort(), user, null, PLAIN),
                new DatabaseRead(table, query, List.of(), readers),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private long number(String query) throws Exception {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            row.next();
            return row.getLong(1);
        }
    }

    @Test
    void whoeverDropsOrAltersATableWaitsUntilItIsRead() throws Exception {
        sql(
                "CREATE TABLE shop.orders AS SELECT i AS id FROM generate_series(1, 3) i",
                "CREATE FUNCTION shop.waits() RETURNS bool LANGUAGE sql VOLATILE AS"
                        + " 'SELECT pg_advisory_lock_shared(7) IS NOT NULL'",
                "ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY",
                "CREATE POLICY gate ON shop.orders USING (shop.waits())",
                "DROP ROLE IF EXISTS gated",
                "CREATE ROLE gated LOGIN",
                "GRANT USAGE ON SCHEMA shop TO gated",
                "GRANT SELECT ON shop.orders TO gated",
                "SELECT pg_advisory_lock(7)",
                "SET lock_timeout = '100ms'");
        Task task = extractor.task(work("gated", "shop.orders", null, 1), null);
        assertThat(extractor.service().post(task)).isEqualTo(202);
        await().until(() -> number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == 1);

        for (String change : List.of(
                "DROP TABLE shop.orders", "ALTER TABLE shop.orders ADD COLUMN more int", "TRUNCATE shop.orders")) {
            assertThatThrownBy(() -> sql(change)).as(change).hasMessageContaining("lock timeout");
        }
        sql("INSERT INTO shop.orders VALUES (4)", "SELECT pg_advisory_unlock(7)", "RESET lock_timeout");

        Outcome outcome = extractor.gateway().outcome(task);
        assertThat(outcome).asString().contains("rows=3");
        sql("DROP TABLE shop.orders");
    }

    @Test
    void aTableThatIsGoneBeforeItIsReadIsNamed() throws Exception {
        sql("CREATE TABLE shop.orders (id int)", "BEGIN", "DROP TABLE shop.orders");
        Task task = extractor.task(work("postgres", "shop.orders", null, 1), null);
        assertThat(extractor.service().post(task)).isEqualTo(202);
        await().until(() -> number("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0);
        sql("COMMIT");

        Outcome outcome = extractor.gateway().outcome(task);
        assertThat(outcome).asString().contains("SOURCE_REFUSED", "table shop.orders can't be read", "does not exist");
    }

    @Test
    void aStandbyThatCancelsTheQueryMayBeAskedAgain() throws Exception {
        sql(
                "CREATE FUNCTION shop.conflict(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF i = 2 THEN RAISE EXCEPTION"
                        + " 'canceling statement due to conflict with recovery' USING ERRCODE = '40001'; END IF; RETURN i; END $$");

        ExtractorUnderTest.Result result = extractor.extract(
                work("postgres", null, "SELECT shop.conflict(i) AS id FROM generate_series(1, 3) i", 1));

        assertThat(result.failure(ErrorCode.SOURCE_UNAVAILABLE))
                .contains("the query can't be read", "conflict with recovery", "SQLSTATE 40001");
    }

    @Test
    void severalReadersReadATableWhoseRowsLieInOnePlaceOnceAndAnEmptyOneToo() throws Exception {
        sql(
                "CREATE TABLE shop.skewed (id int, filler text)",
                "ALTER TABLE shop.skewed SET (autovacuum_enabled = false)",
                "INSERT INTO shop.skewed SELECT nullif(i % 100, 0), repeat('x', 500) FROM generate_series(1, 20000) i",
                "DELETE FROM shop.skewed WHERE ctid < '(1200,0)'",
                "CREATE TABLE shop.emptied (LIKE shop.skewed)",
                "ALTER TABLE shop.emptied SET (autovacuum_enabled = false)",
                "INSERT INTO shop.emptied SELECT skewed.* FROM shop.skewed, generate_series(1, 8)",
                "DELETE FROM shop.emptied",
                "CREATE TABLE shop.empty (id int)");

        ExtractorUnderTest.Result skewed = extractor.extract(work("postgres", "shop.skewed", null, 4));
        assertThat(extractor.records(skewed)).hasSize((int) number("SELECT count(*) FROM shop.skewed"));
        assertThat(skewed.log()).anySatisfy(line -> assertThat(line).contains("4 readers"));
        assertThat(extractor.records(work("postgres", "shop.emptied", null, 4))).isEmpty();
        assertThat(extractor.records(work("postgres", "shop.empty", null, 4))).isEmpty();
    }
}
