package dev.millrace.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Shaping;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Drift;
import dev.millrace.staging.Part;
import dev.millrace.task.TableSchema;
import dev.millrace.task.Work;
import dev.millrace.transformer.staged.Lines;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** R5.3: which columns records make, and what becomes of those that the table has. */
class InferredSchemaTest {
    private static final List<Column> NO_COLUMNS = List.of();

    private final List<Drift.Change> changes = new ArrayList<>();

    private List<Column> infer(boolean texts, List<Column> declared, List<Column> known, String... records) {
        Destination.Table table = new Destination.Table(
                "shop.orders",
                Write.APPEND,
                List.of(),
                Destination.Empty.FAIL,
                Destination.Contract.INFER,
                null,
                List.of());
        Work.Transform transform =
                new Work.Transform("m", Instant.EPOCH, new Shaping(declared, null, null, null, List.of()), null);
        InferredSchema schema =
                new InferredSchema(new Work.TransformInferred(transform, table, false, new TableSchema(known)), texts);
        byte[] bytes = String.join("\n", records).replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        int[] ends = new int[records.length];
        int end = -1;
        for (int i = 0; i < records.length; i++) {
            end += records[i].getBytes(StandardCharsets.UTF_8).length + 1;
            ends[i] = end;
        }
        schema.see(new Lines(new Part("p", records.length, 1, "0000000a"), 1, bytes, ends, records.length, false));
        List<Column> columns = schema.columns();
        changes.clear();
        changes.addAll(schema.changes());
        return columns;
    }

    private String inferred(String... records) {
        return words(infer(false, NO_COLUMNS, NO_COLUMNS, records));
    }

    private static String words(List<Column> columns) {
        return columns.stream().map(InferredSchemaTest::words).collect(Collectors.joining(", "));
    }

    private static String words(Column column) {
        return column.name() + (column.from() == null ? "" : "=" + column.from())
                + (column.mode() == Column.Mode.REPEATED ? "[]" : "") + " "
                + (column.type() == Column.Type.RECORD ? "(" + words(column.fields()) + ")" : column.type());
    }

    private void refused(String part, String... records) {
        assertThatThrownBy(() -> inferred(records))
                .isInstanceOf(MillraceException.class)
                .hasMessageContaining(part)
                .hasMessageContaining("shop.orders stays as it is (contract: infer; expected: ");
    }

    @Test
    void numbersHaveTheNarrowestTypeThatHoldsAllOfThemExactly() {
        assertThat(inferred("{'n':1}", "{'n':9223372036854775807}")).isEqualTo("n INTEGER");
        assertThat(inferred("{'n':1}", "{'n':9223372036854775808}")).isEqualTo("n NUMERIC");
        assertThat(inferred("{'n':1.5}", "{'n':3}", "{'n':null}")).isEqualTo("n NUMERIC");
        assertThat(inferred("{'n':1.0000000001}", "{'n':3}")).isEqualTo("n BIGNUMERIC");
        assertThat(inferred("{'n':1e300}", "{'n':0.1}")).isEqualTo("n FLOAT");
    }

    @Test
    void aNumberThatNoTypeHoldsFailsTheRunInsteadOfBecomingATextOrAnotherNumber() {
        refused("no type of numbers holds all values of n as they came", "{'n':1e300}", "{'n':0.1234567890123456789}");
        refused("no type of numbers holds all values of n", "{'n':1e999}");
        refused(
                "the values of a.n are of several kinds: texts such as x, numbers such as 1",
                "{'a':{'n':1}}",
                "{'a':{'n':'x'}}");
    }

    @Test
    void textsAreDatesAndTimesOnlyIfAllAre() {
        assertThat(inferred(
                        "{'d':'2026-01-31','t':'2026-01-31T10:00:00Z','l':'2026-01-31 10:00:00','m':'2026-01-31'}",
                        "{'m':'x'}"))
                .isEqualTo("d DATE, t TIMESTAMP, l DATETIME, m STRING");
        assertThat(inferred("{'d':'2026-02-30','b':true,'zip':'007'}")).isEqualTo("d STRING, b BOOLEAN, zip STRING");
    }

    @Test
    void recordsAndArraysNest() {
        assertThat(inferred("{'a':{'b':{'c':1}},'l':[{'x':1},{'x':1.5,'y':[true]}]}"))
                .isEqualTo("a (b (c INTEGER)), l[] (x NUMERIC, y[] BOOLEAN)");
        assertThat(inferred("{'a':{'b':1}}", "{'a':[2]}")).isEqualTo("a JSON");
        assertThat(inferred("{'a':[[1]],'n':[null,1]}")).isEqualTo("a JSON, n JSON");
    }

    @Test
    void aFieldOfWhichNothingHasComeMakesNoColumn() {
        assertThat(inferred("{'id':1,'a':null,'b':[],'c':{},'d':{'e':null}}")).isEqualTo("id INTEGER");
        refused("no record has a field with a value", "{'a':null}");
    }

    @Test
    void namesBecomeThoseOfColumnsAndNoTwoFieldsTheSame() {
        assertThat(inferred("{'first name':'a','2nd':1}"))
                .isEqualTo("first_name='first name' STRING, f_2nd=2nd INTEGER".replace('\'', '"'));
        refused("the fields 'a b' and 'a_b' would both be the column a_b", "{'a b':1,'a_b':2}");
        assertThat(inferred("{'a b':1,'a_b':null}")).startsWith("a_b=");
    }

    @Test
    void whatTheFileDeclaresStaysAsItIs() {
        List<Column> declared = List.of(Column.nullable("id", Column.Type.STRING));
        assertThat(words(infer(false, declared, NO_COLUMNS, "{'id':1,'n':2}"))).isEqualTo("id STRING, n INTEGER");
    }

    @Test
    void theTablesColumnsGoOnAndItsNumbersBecomeWider() {
        List<Column> known = List.of(
                Column.nullable("n", Column.Type.INTEGER),
                Column.nullable("gone", Column.Type.DATE),
                Column.nullable("zip", Column.Type.STRING),
                Column.nullable("big", Column.Type.BIGNUMERIC),
                Column.plain(
                        "a",
                        Column.Type.RECORD,
                        Column.Mode.REPEATED,
                        List.of(Column.nullable("x", Column.Type.INTEGER))));
        assertThat(words(infer(
                        false,
                        NO_COLUMNS,
                        known,
                        "{'new':'2026-01-31','n':1,'zip':'1','big':1,'a':[{'x':1}]}",
                        "{'n':1.5,'a':[{'x':1.0000000001,'y':true}]}")))
                .isEqualTo("n NUMERIC, gone DATE, zip STRING, big BIGNUMERIC, a[] (x BIGNUMERIC, y BOOLEAN), new DATE");
        assertThat(changes)
                .containsExactly(
                        new Drift.Change(Drift.Kind.WIDENED, "n", "INTEGER", "NUMERIC", 2, "1.5"),
                        new Drift.Change(Drift.Kind.WIDENED, "a.x", "INTEGER", "BIGNUMERIC", 2, "1.0000000001"),
                        new Drift.Change(Drift.Kind.ADDED, "a.y", null, "BOOLEAN", 1, "true"),
                        new Drift.Change(Drift.Kind.ADDED, "new", null, "DATE", 1, "2026-01-31"));
    }

    @Test
    void noOtherTypeOfTheTableChangesWhateverComes() {
        List<Column> known = List.of(
                Column.nullable("n", Column.Type.INTEGER),
                Column.nullable("d", Column.Type.DATE),
                Column.nullable("s", Column.Type.STRING),
                Column.nullable("r", Column.Type.BOOLEAN));
        assertThat(infer(false, NO_COLUMNS, known, "{'n':'x','d':5,'s':5,'r':{'a':1}}", "{'n':1e300}"))
                .isEqualTo(known);
        assertThat(changes).isEmpty();
    }

    @Test
    void whatIsTextsOnlyIsNumbersIfAllOfThemLookLikeIt() {
        assertThat(words(infer(true, NO_COLUMNS, NO_COLUMNS, "{'n':'1','z':'007','d':'1.5'}", "{'n':'2','z':'1'}")))
                .isEqualTo("n INTEGER, z STRING, d NUMERIC");
    }
}
