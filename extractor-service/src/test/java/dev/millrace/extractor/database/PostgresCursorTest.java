package dev.millrace.extractor.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.NullCursors;
import dev.millrace.pipeline.database.DatabaseCursor;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Manifest;
import dev.millrace.task.CommittedCursor;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is new in a table of PostgreSQL, by a cursor. */
class PostgresCursorTest extends PostgresTests {
    private static DatabaseCursor by(String column) {
        return new DatabaseCursor(column, null, null, ZoneOffset.UTC, NullCursors.FAIL, false);
    }

    private Work work(DatabaseRead read, boolean full, @Nullable String committed) {
        return new Work.ExtractIncrement(
                new Work.Extract(source(), read, List.of(), Work.Parts.TO_TRANSFORM),
                full,
                new CommittedCursor(committed));
    }

    private Work orders(DatabaseCursor cursor, @Nullable String committed) {
        return work(new DatabaseRead("shop.orders", null, List.of("id"), 1, cursor), false, committed);
    }

    /** The rows, and the cursors of the manifest before and after. */
    private String read(Work work) throws Exception {
        ExtractorUnderTest.Result result = extractor.extract(work);
        Manifest manifest = extractor.manifest(result);
        return extractor.records(result).stream().sorted().toList() + " " + manifest.startCursor() + " -> "
                + manifest.nextCursor();
    }

    private String refused(ErrorCode code, Work work) throws InterruptedException {
        return extractor.extract(work).failure(code);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "timestamptz | 2026-01-31 10:00:00.000001+00 | 2026-01-31 12:00:00.000002+02 | 2026-01-31 10:00:00.000002+00",
                "timestamp   | 2026-01-31 10:00:00.000001    | 2026-01-31 10:00:00.000002    | 2026-01-31 10:00:00.000002",
                "date        | 2026-01-31                    | 2026-02-01                    | 2026-02-01",
                "bigint      | 9007199254740993              | 9223372036854775807           | 9223372036854775807",
                "bigserial   | 9                             | 10                            | 10",
                "smallint    | -7                            | 3                             | 3",
                "numeric     | 0.1000000000000000000000000001 | 0.10000000000000000000000000020 | 0.10000000000000000000000000020",
            })
    void aRunBeginsAtTheLastValueOfTheOneBeforeWithAllOfItsDigits(
            String type, String first, String second, String written) throws Exception {
        sql(
                "CREATE TABLE shop.orders (id integer, at " + type + ")",
                "INSERT INTO shop.orders VALUES (1, '" + first + "')");

        String one = read(orders(by("at"), null));
        assertThat(one).isEqualTo("[{\"id\":1}] null -> " + first);

        sql("INSERT INTO shop.orders VALUES (2, '" + first + "'), (3, '" + second + "')");
        assertThat(read(orders(by("at"), first)))
                .isEqualTo("[{\"id\":1}, {\"id\":2}, {\"id\":3}] " + first + " -> " + written);
        assertThat(read(orders(by("at"), written))).isEqualTo("[{\"id\":3}] " + written + " -> " + written);
    }

    @Test
    void rowsThatHaveNotSettledAreLeftToALaterRun() throws Exception {
        sql(
                "CREATE TABLE shop.orders (id integer, at timestamptz, local timestamp, day date)",
                "INSERT INTO shop.orders SELECT i, now() - i * interval '1 hour',"
                        + " (now() AT TIME ZONE 'Asia/Singapore') - i * interval '1 hour', current_date - i"
                        + " FROM generate_series(-1, 3) i");
        for (Map.Entry<String, ZoneId> column : Map.of("at", ZoneId.of("UTC"), "local", ZoneId.of("Asia/Singapore"))
                .entrySet()) {
            DatabaseCursor cursor = new DatabaseCursor(
                    column.getKey(), Duration.ofMinutes(90), null, column.getValue(), NullCursors.FAIL, false);
            ExtractorUnderTest.Result result = extractor.extract(orders(cursor, null));
            assertThat(extractor.records(result)).containsExactlyInAnyOrder("{\"id\":2}", "{\"id\":3}");
            assertThat(result.log()).anyMatch(line -> line.contains("are left to a later run"));
        }
        DatabaseCursor days =
                new DatabaseCursor("day", Duration.ofHours(47), null, ZoneOffset.UTC, NullCursors.FAIL, false);
        assertThat(extractor.records(extractor.extract(orders(days, null))))
                .contains("{\"id\":2}", "{\"id\":3}")
                .doesNotContain("{\"id\":0}", "{\"id\":-1}");
    }

    @Test
    void anOverlapReadsAgainWhatIsShortlyBehindTheCursor() throws Exception {
        sql(
                "CREATE TABLE shop.orders (id integer, at timestamptz)",
                "INSERT INTO shop.orders SELECT i, timestamptz '2026-01-31 12:00:00+00' + i * interval '1 minute'"
                        + " FROM generate_series(0, 59) i");
        String committed = "2026-01-31 12:57:00+00";
        DatabaseCursor minutes = new DatabaseCursor("at", null, "2m", ZoneOffset.UTC, NullCursors.FAIL, false);
        assertThat(read(orders(minutes, committed)))
                .startsWith("[{\"id\":55}, {\"id\":56}, {\"id\":57}, {\"id\":58}, {\"id\":59}]")
                .endsWith("-> 2026-01-31 12:59:00+00");

        DatabaseCursor numbers = new DatabaseCursor("id", null, "3", ZoneOffset.UTC, NullCursors.FAIL, false);
        assertThat(read(orders(numbers, "58")))
                .isEqualTo("[{\"id\":55}, {\"id\":56}, {\"id\":57}, {\"id\":58}, {\"id\":59}] 58 -> 59");
        assertThat(refused(ErrorCode.SOURCE_REFUSED, orders(numbersBy("at"), null)))
                .contains("overlap is 3, but column at is of type timestamptz (expected: a duration such as 10m)");
    }

    private static DatabaseCursor numbersBy(String column) {
        return new DatabaseCursor(column, null, "3", ZoneOffset.UTC, NullCursors.FAIL, false);
    }

    @Test
    void rowsWithoutAValueFailTheRunOrAreReadByEachOrByNone() throws Exception {
        sql(
                "CREATE TABLE shop.orders (id integer, at bigint)",
                "INSERT INTO shop.orders VALUES (1, 1), (2, 2), (3, NULL), (4, NULL)");
        assertThat(refused(ErrorCode.SOURCE_INCONSISTENT, orders(by("at"), null)))
                .startsWith("2 rows of table shop.orders have no at (expected: a value in each; or nulls: include");

        DatabaseCursor include = new DatabaseCursor("at", null, null, ZoneOffset.UTC, NullCursors.INCLUDE, false);
        assertThat(read(orders(include, "2"))).isEqualTo("[{\"id\":2}, {\"id\":3}, {\"id\":4}] 2 -> 2");
        DatabaseCursor skip = new DatabaseCursor("at", null, null, ZoneOffset.UTC, NullCursors.SKIP, false);
        ExtractorUnderTest.Result skipped = extractor.extract(orders(skip, "2"));
        assertThat(extractor.records(skipped)).containsExactly("{\"id\":2}");
        assertThat(extractor.manifest(skipped).receipt()).satisfies(receipt -> {
            assertThat(receipt).isNotNull();
            assertThat(receipt.withoutCursor()).isEqualTo(2);
        });
    }

    @Test
    void whatHasNoOrderToRelyOnIsRefusedByName() throws Exception {
        sql("CREATE TABLE shop.orders (id integer, name text, weight float8, at timestamptz, total numeric)");
        assertThat(refused(ErrorCode.SOURCE_REFUSED, orders(by("name"), null)))
                .startsWith("column name of table shop.orders is of type text, which can't be a cursor");
        assertThat(refused(ErrorCode.SOURCE_REFUSED, orders(by("weight"), null)))
                .contains("of type float8");
        assertThat(refused(ErrorCode.SOURCE_REFUSED, orders(by("changed"), null)))
                .contains("has no column 'changed', which is to be its cursor");
        assertThat(refused(ErrorCode.SOURCE_REFUSED, orders(by("id"), "1'; DROP TABLE shop.orders; --")))
                .contains("is no value of column id, of type int4");
        DatabaseCursor settled =
                new DatabaseCursor("id", Duration.ofMinutes(1), null, ZoneOffset.UTC, NullCursors.FAIL, false);
        assertThat(refused(ErrorCode.SOURCE_REFUSED, orders(settled, null)))
                .contains("settle is PT1M, but column id is of type int4");

        sql("INSERT INTO shop.orders VALUES (1, 'a', 1, 'infinity', 'NaN')");
        for (String column : List.of("at", "total")) {
            assertThat(refused(ErrorCode.SOURCE_INCONSISTENT, orders(by(column), null)))
                    .contains("behind which no row could ever be new");
        }
    }

    @Test
    void aTableWithoutNewRowsMovesNothingAndOneThatBeginsAnewIsSaid() throws Exception {
        sql("CREATE TABLE shop.orders (id integer PRIMARY KEY)");
        assertThat(read(orders(by("id"), null))).isEqualTo("[] null -> null");
        assertThat(read(orders(by("id"), "7"))).isEqualTo("[] 7 -> 7");

        sql("INSERT INTO shop.orders VALUES (1), (2)");
        ExtractorUnderTest.Result behind = extractor.extract(orders(by("id"), "7"));
        assertThat(extractor.records(behind)).isEmpty();
        assertThat(extractor.manifest(behind).nextCursor()).isEqualTo("7");
        assertThat(behind.log()).anyMatch(line -> line.startsWith("WARN the largest id of table shop.orders is 2"));

        DatabaseRead read = new DatabaseRead("shop.orders", null, List.of("id"), 1, by("id"));
        assertThat(read(work(read, true, "7"))).isEqualTo("[{\"id\":1}, {\"id\":2}] 7 -> 2");
    }

    @Test
    void aUniqueCursorReadsNoRowTwiceAndFailsWhereItIsNotUnique() throws Exception {
        sql("CREATE TABLE shop.orders (id integer)", "INSERT INTO shop.orders VALUES (1), (2)");
        DatabaseCursor unique = new DatabaseCursor("id", null, null, ZoneOffset.UTC, NullCursors.FAIL, true);
        assertThat(read(orders(unique, null))).isEqualTo("[{\"id\":1}, {\"id\":2}] null -> 2");
        assertThat(read(orders(unique, "2"))).isEqualTo("[] 2 -> 2");

        sql("INSERT INTO shop.orders VALUES (2), (3)");
        assertThat(refused(ErrorCode.SOURCE_INCONSISTENT, orders(unique, "2")))
                .startsWith("1 rows of table shop.orders have a id that another row has too");
    }

    @Test
    void aQueryAndSeveralReadersOfATableHaveTheSameBounds() throws Exception {
        sql(
                "CREATE TABLE shop.orders (id integer, at timestamptz, padding text)",
                "INSERT INTO shop.orders SELECT i, timestamptz '2026-01-31 12:00:00+00' + i * interval '1 second',"
                        + " repeat('x', 500) FROM generate_series(1, 5000) i",
                "CREATE INDEX ON shop.orders (at)");
        String committed = "2026-01-31 13:23:18+00";
        DatabaseRead query =
                new DatabaseRead(null, "SELECT id, at FROM shop.orders WHERE id % 2 = 0", List.of(), 1, by("at"));
        assertThat(read(work(query, false, committed)))
                .isEqualTo("[{\"id\":4998,\"at\":\"2026-01-31 13:23:18+00\"},"
                        + " {\"id\":5000,\"at\":\"2026-01-31 13:23:20+00\"}] " + committed
                        + " -> 2026-01-31 13:23:20+00");
        DatabaseRead readers = new DatabaseRead("shop.orders", null, List.of("id"), 3, by("at"));
        assertThat(read(work(readers, false, committed)))
                .isEqualTo("[{\"id\":4998}, {\"id\":4999}, {\"id\":5000}] " + committed + " -> 2026-01-31 13:23:20+00");
    }

    /** A thousand with {@code -Dthorough}, or as many as {@code -Dcursor.rounds} says; {@code -Dcursor.seed} for others. */
    @Test
    void nothingIsLostOrDoubledWhateverIsWrittenMeanwhileAndWhoeverDies() throws Exception {
        CursorRounds rounds = new CursorRounds(postgres.getPostgresDatabase(), extractor, source());
        int many = System.getProperty("thorough") == null ? 8 : 1_000;
        rounds.run(Integer.getInteger("cursor.rounds", many), Long.getLong("cursor.seed", 7));
    }
}
