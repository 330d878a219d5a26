package dev.millrace.loader;

import static dev.millrace.loader.StagedRows.column;
import static dev.millrace.loader.StagedRows.record;
import static dev.millrace.loader.StagedRows.repeated;
import static dev.millrace.loader.StagedRows.required;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Part;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Query;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every warehouse does with types and columns: it keeps values exactly, and changes no table without being told. */
public abstract class TypesContract extends LoadContract {
    @Test
    void everyTypeKeepsItsExactValues() throws Exception {
        List<Column> schema = List.of(
                column("i", Column.Type.INTEGER),
                column("n", Column.Type.NUMERIC),
                column("n2", Column.Type.NUMERIC, Column.Mode.NULLABLE, 10, 2),
                column("bn", Column.Type.BIGNUMERIC),
                column("bn2", Column.Type.BIGNUMERIC, Column.Mode.NULLABLE, 38, 20),
                column("f", Column.Type.FLOAT),
                column("b", Column.Type.BOOLEAN),
                column("s", Column.Type.STRING),
                column("x", Column.Type.BYTES),
                column("d", Column.Type.DATE),
                column("t", Column.Type.TIME),
                column("dt", Column.Type.DATETIME),
                column("ts", Column.Type.TIMESTAMP),
                column("iv", Column.Type.INTERVAL),
                column("j", Column.Type.JSON),
                column("g", Column.Type.GEOGRAPHY));
        String json = "{\"a\": 1.10, \"b\":[12345678901234567890, 1e30], \"c\":\"\\u00e9\"}";
        List<String> first = List.of(
                "9223372036854775807",
                "'99999999999999999999999999999.999999999'",
                "'-1.50'",
                "'-578960446186580977117854925043439539266.34992332820282019728792003956564819968'",
                "'999999999999999999.99999999999999999999'",
                "0.1",
                "true",
                "'çŞ 🙂 ''\"'",
                "'\\x00\\xFFz'",
                "'0001-01-01'",
                "'23:59:59.999999'",
                "'9999-12-31T23:59:59.999999'",
                "'2026-01-31 08:00:00.5+08'",
                "'-10000-0 3660000 -87840000:0:0'",
                "'" + json + "'",
                "'POINT(-179.5 90)'");
        List<String> second = List.of(
                "'-9223372036854775808'",
                "'-0.000000001'",
                "'0'",
                "'0.00000000000000000000000000000000000001'",
                "'-0.00000000000000000001'",
                "'5e-324'",
                "false",
                "''",
                "''",
                "'9999-12-31'",
                "'00:00:00.000000'",
                "'0001-01-01T00:00:00.000000'",
                "'2026-01-31 00:00:00+00'",
                "'0-1 0 0:0:0.000001'",
                "'null'",
                "'{\"type\":\"Point\",\"coordinates\":[1.5,2]}'");
        List<String> none = Collections.nCopies(schema.size(), "NULL");
        Part part = staged.part(rows(schema, List.of(first, second, none)));
        load(tableLoad("1", 1, destination(Write.REPLACE), schema, null, part));

        Query.Result result = warehouse().query(new Query("SELECT * FROM school.students", 10));
        assertThat(result.rows().get(0).subList(0, 14))
                .containsExactly(
                        "9223372036854775807",
                        "99999999999999999999999999999.999999999",
                        "-1.5",
                        "-578960446186580977117854925043439539266.34992332820282019728792003956564819968",
                        "999999999999999999.99999999999999999999",
                        "0.1",
                        "true",
                        "çŞ 🙂 '\"",
                        "AP96",
                        "0001-01-01",
                        "23:59:59.999999",
                        "9999-12-31T23:59:59.999999",
                        "2026-01-31T00:00:00.500000Z",
                        "-10000-0 3660000 -87840000:0:0");
        List<String> numbers = result.rows().get(1);
        assertThat(numbers.subList(0, 5))
                .containsExactly(
                        "-9223372036854775808",
                        "-0.000000001",
                        "0",
                        "0.00000000000000000000000000000000000001",
                        "-0.00000000000000000001");
        assertThat(Double.parseDouble(numbers.get(5))).isEqualTo(Double.MIN_VALUE);
        assertThat(numbers.subList(6, 15))
                .containsExactly(
                        "false",
                        "",
                        "",
                        "9999-12-31",
                        "00:00:00",
                        "0001-01-01T00:00:00",
                        "2026-01-31T00:00:00Z",
                        "0-1 0 0:0:0.000001",
                        "null");
        assertThat(result.rows().get(2)).containsOnlyNulls().hasSize(schema.size());
    }

    @Test
    void nestedAndRepeatedColumnsKeepTheirExactValues() throws Exception {
        List<Column> schema = List.of(
                required("id", Column.Type.INTEGER),
                repeated(column("tags", Column.Type.STRING)),
                repeated(column("days", Column.Type.DATETIME)),
                record(
                        "person",
                        column("name", Column.Type.STRING),
                        column("born", Column.Type.DATETIME),
                        repeated(column("scores", Column.Type.NUMERIC, Column.Mode.NULLABLE, 5, 2))),
                repeated(record(
                        "lines",
                        required("sku", Column.Type.STRING),
                        column("amount", Column.Type.BIGNUMERIC, Column.Mode.NULLABLE, 38, 20),
                        record("at", column("time", Column.Type.TIME), column("length", Column.Type.INTERVAL)),
                        repeated(record("docs", column("doc", Column.Type.JSON), column("data", Column.Type.BYTES))))));
        List<String> first = List.of(
                "1",
                "['a', '']",
                "['2026-03-29T02:30:00.000001']",
                "{'name': 'Ada', 'born': '1815-12-10T00:00:00.000000', 'scores': [1.5, -999.99]}",
                "[{'sku': 'x', 'amount': '0.00000000000000000001',"
                        + " 'at': {'time': '23:59:59.999999', 'length': '-1-2 3 -4:5:6.789'},"
                        + " 'docs': [{'doc': '{\"n\":1.5}', 'data': 'ab'}, {'doc': NULL, 'data': NULL}]},"
                        + " {'sku': 'y', 'amount': NULL, 'at': NULL, 'docs': []}]");
        List<String> second = List.of("2", "[]", "[]", "NULL", "[]");
        Part part = staged.part(rows(schema, List.of(first, second)));
        load(tableLoad("1", 1, destination(Write.REPLACE), schema, null, part));
        load(tableLoad("2", 1, destination(Write.APPEND), schema, null, part));

        Query.Result result = warehouse()
                .query(new Query("SELECT id, tags, days, person, lines FROM school.students ORDER BY id", 10));
        assertThat(result.rows()).hasSize(4);
        for (List<String> row : result.rows().subList(0, 2)) {
            assertThat(row)
                    .containsExactly(
                            "1",
                            "[\"a\",\"\"]",
                            "[\"2026-03-29T02:30:00.000001\"]",
                            "{\"name\":\"Ada\",\"born\":\"1815-12-10T00:00:00\",\"scores\":[1.5,-999.99]}",
                            "[{\"sku\":\"x\",\"amount\":0.00000000000000000001,\"at\":{\"time\":\"23:59:59.999999\",\"length\":\"-1-2"
                                    + " 3 -4:5:6.789\"},"
                                    + "\"docs\":[{\"doc\":{\"n\":1.5},\"data\":\"YWI=\"},{\"doc\":null,\"data\":null}]},"
                                    + "{\"sku\":\"y\",\"amount\":null,\"at\":null,\"docs\":[]}]");
        }
        for (List<String> row : result.rows().subList(2, 4)) {
            assertThat(row).containsExactly("2", "[]", "[]", null, "[]");
        }
    }

    /** @param rows values in SQL, for each column of the schema */
    private static String rows(List<Column> schema, List<List<String>> rows) {
        return rows.stream()
                .map(values -> IntStream.range(0, schema.size())
                        .mapToObj(i -> values.get(i) + "::" + StagedRows.type(schema.get(i)) + " AS "
                                + schema.get(i).name())
                        .collect(Collectors.joining(", ", "SELECT ", "")))
                .collect(Collectors.joining(" UNION ALL "));
    }

    @Test
    void aTableOfTwoThousandColumnsLoads() throws Exception {
        List<Column> schema = IntStream.range(0, 2_000)
                .mapToObj(i -> column("c" + i, Column.Type.INTEGER))
                .toList();
        String select =
                IntStream.range(0, 2_000).mapToObj(i -> i + "::BIGINT AS c" + i).collect(Collectors.joining(", "));
        assertThat(load(tableLoad(
                        "1", 1, destination(Write.MERGE, "c7"), schema, null, staged.part("SELECT " + select))))
                .isEqualTo(new LoadResult(1, 0, 1));
        assertThat(query("SELECT c0, c1999 FROM school.students")).isEqualTo("0 1999");
    }

    @Test
    void aTableThatDoesNotFitIsLeftAsItWasWithEveryDifferenceNamed() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a")));
        List<Column> other = List.of(
                column("ID", Column.Type.INTEGER),
                column("name", Column.Type.NUMERIC),
                column("age", Column.Type.INTEGER));
        Part part = staged.part("SELECT 1::BIGINT AS ID, 2::DECIMAL(38,9) AS name, 3::BIGINT AS age");
        assertThat(failure(
                                ErrorCode.TABLE_MISMATCH,
                                () -> load(tableLoad("2", 1, destination(Write.REPLACE), other, null, part)))
                        .detail())
                .contains("ID is REQUIRED", "name is ", "age is missing");
        List<Column> fewer = List.of(required("id", Column.Type.INTEGER));
        assertThat(failure(
                                ErrorCode.TABLE_MISMATCH,
                                () -> load(tableLoad(
                                        "3",
                                        1,
                                        destination(Write.REPLACE),
                                        fewer,
                                        null,
                                        staged.part("SELECT 1::BIGINT AS id"))))
                        .detail())
                .contains("name is in the table, but not in the schema");
        assertThat(query(ALL)).isEqualTo("1 a");
    }

    @Test
    void aTableThatMayEvolveGetsNewColumnsAndRequiresNoMoreThanTheSchema() throws Exception {
        load(tableLoad("1", destination(Write.REPLACE), rows("1 a")));
        Destination.Table evolving = new Destination.Table(
                TABLE, Write.APPEND, List.of(), Destination.Empty.FAIL, Destination.Contract.EVOLVE, null, List.of());
        List<Column> wider = List.of(
                required("age", Column.Type.INTEGER),
                column("ID", Column.Type.INTEGER),
                repeated(column("tags", Column.Type.STRING)),
                column("name", Column.Type.STRING),
                record("home", column("town", Column.Type.STRING)));
        String select = "SELECT 7::BIGINT AS age, NULL::BIGINT AS ID, ['x'] AS tags, 'b' AS name,"
                + " {'town': 'Rome'} AS home";
        for (String load : List.of("2", "3")) {
            load(tableLoad(load, 1, evolving, wider, null, staged.part(select)));
        }
        String all = "SELECT id, name, age, tags, home FROM school.students ORDER BY name, id";
        String added = "null b 7 [\"x\"] {\"town\":\"Rome\"}";
        assertThat(query(all)).isEqualTo("1 a null [] null, " + added + ", " + added);

        List<Column> other = List.of(
                column("id", Column.Type.STRING),
                column("name", Column.Type.STRING),
                column("more", Column.Type.STRING));
        Part part = staged.part("SELECT '1' AS id, 'a' AS name, 'm' AS more");
        assertThat(failure(ErrorCode.TABLE_MISMATCH, () -> load(tableLoad("4", 1, evolving, other, null, part)))
                        .detail())
                .contains("id is ", "age is in the table", "tags is in the table", "home is in the table")
                .doesNotContain("more");
        assertThat(query(all)).endsWith(added + ", " + added);
    }
}
