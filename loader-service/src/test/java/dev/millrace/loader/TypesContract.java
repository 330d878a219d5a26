package dev.millrace.loader;

import static dev.millrace.loader.StagedRows.column;
import static dev.millrace.loader.StagedRows.record;
import static dev.millrace.loader.StagedRows.repeated;
import static dev.millrace.loader.StagedRows.required;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Part;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Query;
import dev.millrace.task.RowForm;
import dev.millrace.task.TableRows;
import dev.millrace.task.TableSchema;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every warehouse does with types and columns: it keeps values exactly, and changes no table without being told. */
public abstract class TypesContract extends LoadContract {
    /** That the rows come as one stream as they do in pages. */
    private void checkStream(List<String> fields) throws Exception {
        TableRows.Wanted wanted = new TableRows.Wanted(
                "school.students", fields, List.of(), List.of(new TableRows.Order("i", false)), 10, null);
        TableRows page = warehouse().rows(wanted);
        List<JsonNode> expected = new ArrayList<>();
        for (String line : new String(RowForm.NDJSON.rows(page.columns(), page.rows()), StandardCharsets.UTF_8)
                .lines()
                .toList()) {
            expected.add(ObjectMapper.getDefault().readValue(line, JsonNode.class));
        }
        List<JsonNode> streamed = new ArrayList<>();
        try (InputStream bytes = warehouse().all(wanted, ExportFormat.NDJSON).bytes()) {
            for (String line : new String(bytes.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList()) {
                streamed.add(ObjectMapper.getDefault().readValue(line, JsonNode.class));
            }
        }
        assertThat(streamed).isEqualTo(expected).hasSize(3);
    }

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

        List<String> names = schema.stream().map(Column::name).toList();
        checkStream(names);
        checkStream(names.stream()
                .filter(name -> !List.of("iv", "j").contains(name))
                .toList());
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

    private static Destination.Table appending(Destination.Contract contract) {
        return new Destination.Table(TABLE, Write.APPEND, List.of(), Destination.Empty.FAIL, contract, null, List.of());
    }

    private static Column records(String name, Column... fields) {
        return StagedRows.record(name, Column.Mode.REPEATED, List.of(fields));
    }

    @Test
    void recordsOfATableThatMayEvolveGetNewFieldsInWhateverOrder() throws Exception {
        Destination.Table evolving = appending(Destination.Contract.EVOLVE);
        List<Column> before = List.of(
                column("id", Column.Type.INTEGER),
                record("home", column("town", Column.Type.STRING), column("street", Column.Type.STRING)),
                records("lines", column("sku", Column.Type.STRING)));
        load(tableLoad(
                "1",
                1,
                evolving,
                before,
                null,
                staged.part(
                        "SELECT 1::BIGINT AS id, {'town': 'Rome', 'street': 'Via'} AS home, [{'sku': 'a'}] AS lines")));
        List<Column> after = List.of(
                column("id", Column.Type.INTEGER),
                record(
                        "home",
                        column("street", Column.Type.STRING),
                        repeated(column("tags", Column.Type.STRING)),
                        column("town", Column.Type.STRING)),
                records("lines", column("price", Column.Type.NUMERIC), column("sku", Column.Type.STRING)));
        String select = "SELECT 2::BIGINT AS id, {'street': 'Rue', 'tags': ['x'], 'town': 'Paris'} AS home,"
                + " [{'price': 1.5::DECIMAL(38,9), 'sku': 'b'}] AS lines";
        load(tableLoad("2", 1, evolving, after, null, staged.part(select)));
        load(tableLoad(
                "3",
                1,
                appending(Destination.Contract.STRICT),
                after,
                null,
                staged.part(select.replace("2::", "3::"))));
        assertThat(query(
                        "SELECT id, home.town, home.street, lines[0].sku AS sku, lines[0].price AS price FROM school.students"
                                        .replace("[0]", element())
                                + " ORDER BY id"))
                .isEqualTo("1 Rome Via a null, 2 Paris Rue b 1.5, 3 Paris Rue b 1.5");
        List<Column> fewer = List.of(
                column("id", Column.Type.INTEGER),
                record("home", column("town", Column.Type.INTEGER)),
                records("lines", column("price", Column.Type.NUMERIC), column("sku", Column.Type.STRING)));
        Part part = staged.part("SELECT 2::BIGINT AS id, {'town': 1::BIGINT} AS home,"
                + " [{'price': 1.5::DECIMAL(38,9), 'sku': 'b'}] AS lines");
        assertThat(failure(ErrorCode.TABLE_MISMATCH, () -> load(tableLoad("4", 1, evolving, fewer, null, part)))
                        .detail())
                .contains("home.town is STRING in the table (expected: INTEGER)", "home.street is in the table");
    }

    /** How the first element of an array is named in SQL. */
    protected abstract String element();

    @Test
    void numbersOfATableWhoseSchemaIsInferredBecomeWiderAndNothingElse() throws Exception {
        Destination.Table inferred = appending(Destination.Contract.INFER);
        List<Column> before = List.of(
                column("id", Column.Type.INTEGER),
                column("n", Column.Type.INTEGER),
                column("m", Column.Type.NUMERIC),
                records("lines", column("x", Column.Type.INTEGER)));
        String select =
                "SELECT 1::BIGINT AS id, 7::BIGINT AS n, 100.50::DECIMAL(38,9) AS m, [{'x': 5::BIGINT}] AS lines";
        load(tableLoad("1", 1, inferred, before, null, staged.part(select)));
        List<Column> wider = List.of(
                column("id", Column.Type.INTEGER),
                column("n", Column.Type.NUMERIC),
                column("m", Column.Type.BIGNUMERIC),
                records("lines", column("x", Column.Type.NUMERIC)));
        load(tableLoad(
                "2",
                1,
                inferred,
                wider,
                null,
                staged.part("SELECT 2::BIGINT AS id, 1.5::DECIMAL(38,9) AS n, '0.12345678901' AS m,"
                        + " [{'x': 2.5::DECIMAL(38,9)}] AS lines")));
        // of a run that was told of the columns before the second load
        load(tableLoad(
                "3",
                1,
                inferred,
                List.of(before.get(0), before.get(1), before.get(3)),
                null,
                staged.part("SELECT 3::BIGINT AS id, 8::BIGINT AS n, [{'x': 6::BIGINT}] AS lines")));
        assertThat(query("SELECT id, n, m, lines[0].x AS x FROM school.students WHERE id < 3 ORDER BY id"
                        .replace("[0]", element())))
                .isEqualTo("1 7 100.5 5, 2 1.5 0.12345678901 2.5");
        assertThat(query(
                        "SELECT id, n, m, lines[0].x AS x FROM school.students WHERE id = 3".replace("[0]", element())))
                .isEqualTo("3 8 null 6");
        assertThat(warehouse().schema(new TableSchema.Wanted(TABLE, null)).columns())
                .extracting(Column::name, Column::type)
                .containsExactly(
                        tuple("id", Column.Type.INTEGER),
                        tuple("n", Column.Type.NUMERIC),
                        tuple("m", Column.Type.BIGNUMERIC),
                        tuple("lines", Column.Type.RECORD));
        List<Column> text = List.of(column("id", Column.Type.INTEGER), column("n", Column.Type.STRING));
        Part part = staged.part("SELECT 4::BIGINT AS id, 'x' AS n");
        assertThat(failure(ErrorCode.TABLE_MISMATCH, () -> load(tableLoad("4", 1, inferred, text, null, part)))
                        .detail())
                .contains("n is NUMERIC in the table (expected: STRING)");
    }

    @Test
    void aTableThatIsNotThereHasNoColumns() throws Exception {
        assertThat(warehouse().schema(new TableSchema.Wanted(TABLE, null)).columns())
                .isEmpty();
    }
}
