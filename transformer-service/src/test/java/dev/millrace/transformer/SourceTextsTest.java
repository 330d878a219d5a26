package dev.millrace.transformer;

import static dev.millrace.transformer.Columns.column;
import static dev.millrace.transformer.Columns.nulling;
import static dev.millrace.transformer.Columns.record;
import static dev.millrace.transformer.Columns.repeated;
import static dev.millrace.transformer.Columns.required;
import static dev.millrace.transformer.Columns.withDefault;
import static dev.millrace.transformer.Columns.written;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.TextRules;
import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Values that are written for people, each with what becomes of it: the cell as text, or the reason. */
class SourceTextsTest extends CellTests {
    private static final TextRules NULLS = markers(false, "", "NULL", "\\N", "N/A");
    private static final TextRules TRIMMED = markers(true, "", "NULL", "\\N", "N/A");

    private static TextRules markers(boolean trim, String... markers) {
        return new TextRules(List.of(markers), trim, ".", null, List.of(), List.of());
    }

    private static TextRules numbers(String decimal, @Nullable String thousands) {
        return new TextRules(List.of(), false, decimal, thousands, List.of(), List.of());
    }

    private static TextRules truths(List<String> trueValues, List<String> falseValues) {
        return new TextRules(List.of(""), true, ".", null, trueValues, falseValues);
    }

    @ParameterizedTest
    @EnumSource(
            value = Column.Type.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"RECORD", "STRING"})
    void aTextThatMeansNullIsNullWhateverTheType(Column.Type type) throws Exception {
        assertThat(transformer.cells(
                        written(column("v", type), NULLS),
                        "v",
                        List.of("\"\"", "\"NULL\"", "\"\\\\N\"", "\"N/A\"", "\"N\\u002FA\"", "null")))
                .containsOnlyNulls()
                .hasSize(6);
    }

    @Test
    void onlyThatTextMeansNullAndNoNumberOrBoolean() throws Exception {
        TextRules rules = markers(false, "0", "false", "NULL");
        check(
                written(column("v", Column.Type.STRING), rules),
                "\"NULL\"",
                null,
                "\"null\"",
                "null",
                "\" NULL\"",
                " NULL",
                "\"0\"",
                null,
                "0",
                "0",
                "\"00\"",
                "00",
                "false",
                "false",
                "\"false\"",
                null);
        check(
                written(column("v", Column.Type.INTEGER), rules),
                "\"0\"",
                null,
                "0",
                "0",
                "\"null\"",
                "!v is not a whole number",
                "\"\"",
                "!v is not a whole number");
    }

    @Test
    void jsonIsNullAsATextAndKeepsMarkersThatItHolds() throws Exception {
        check(
                written(column("v", Column.Type.JSON), NULLS),
                "\"N/A\"",
                null,
                "{\"a\":\"N/A\"}",
                "{\"a\":\"N/A\"}",
                "[\"\"]",
                "[\"\"]",
                "\"N\"",
                "\"N\"");
        List<Object> ofTexts = transformer
                .transformTexts(
                        List.of(written(column("v", Column.Type.JSON), NULLS)), "{\"v\":\"N/A\"}", "{\"v\":\"[1]\"}")
                .column(0);
        assertThat(ofTexts).containsExactly(null, "[1]");
    }

    @Test
    void aRequiredColumnRejectsATextThatMeansNullAndSaysSo() throws Exception {
        check(
                written(required("v", Column.Type.NUMERIC), TRIMMED),
                "\" N/A \"",
                "!v is REQUIRED, and the text ' N/A ', which means NULL",
                "\"\"",
                "!v is REQUIRED, and the text '', which means NULL",
                "null",
                "!v is REQUIRED, and null",
                "\"1\"",
                "1.000000000");
        List<Reject> rejects = transformer
                .transform(List.of(written(required("v", Column.Type.NUMERIC), TRIMMED)), "{\"v\":\" N/A \"}")
                .rejects();
        assertThat(rejects).extracting(Reject::value).containsExactly(" N/A ");
    }

    @Test
    void aDefaultStandsInForATextThatMeansNullAndIsReadAsTheFileWritesIt() throws Exception {
        TextRules rules = new TextRules(List.of("-"), false, ",", ".", List.of("ja"), List.of("nein"));
        check(
                written(withDefault("v", Column.Type.NUMERIC, "0.5"), rules),
                "\"-\"",
                "0.500000000",
                "\"0,5\"",
                "0.500000000");
        check(written(withDefault("v", Column.Type.BOOLEAN, "false"), rules), "\"-\"", "false", "\"ja\"", "true");
    }

    @Test
    void anArrayIsEmptyForATextThatMeansNullAndHoldsNone() throws Exception {
        Column column = written(repeated(column("v", Column.Type.INTEGER)), NULLS);
        check(
                column,
                "\"\"",
                "[]",
                "[\"1\", 2]",
                "[1, 2]",
                "[1, \"N/A\"]",
                "!v[1] means NULL, which an array can't hold",
                "\"1\"",
                "!v is a text, and a REPEATED column wants an array");
    }

    @Test
    void fieldsOfARecordHaveRulesOfTheirOwn() throws Exception {
        Column lines = written(
                repeated(record(
                        "v",
                        written(column("amount", Column.Type.NUMERIC), numbers(",", ".")),
                        written(column("paid", Column.Type.BOOLEAN), truths(List.of("ja"), List.of("nein"))),
                        column("note", Column.Type.STRING))),
                NULLS);
        check(
                lines,
                "[{\"amount\":\"1.234,50\",\"paid\":\" JA \",\"note\":\"N/A\"}]",
                "[{'amount': 1234.500000000, 'paid': true, 'note': N/A}]",
                "\"NULL\"",
                "[]",
                "[{\"amount\":\"12.34,50\"}]",
                "!v[0].amount has groups that aren't of 3 digits, with the thousands separator '.'");
    }

    @Test
    void trimLeavesOutWhatUnicodeCallsWhiteSpaceAtBothEndsOnly() throws Exception {
        check(
                written(column("v", Column.Type.STRING), TRIMMED),
                "\" a b\\t\"",
                "a b",
                "\"\\u00a0\\u2003\\u3000a\\u202f\\u0085\\u2028\"",
                "a",
                "\"\\u200ba\"",
                "\u200ba",
                "\"\\ufeffa\"",
                "\ufeffa",
                "\" \\u00a0 \"",
                null,
                "\" NULL\\r\\n\"",
                null,
                "\"a\"",
                "a");
        check(
                written(column("v", Column.Type.INTEGER), TRIMMED),
                "\"  1893\"",
                "1893",
                "\" 1 893\"",
                "!v is not a whole number",
                "\"\"",
                null);
        check(written(column("v", Column.Type.DATE), TRIMMED), "\" 2026-01-31 \"", "2026-01-31");
    }

    @Test
    void aDecimalCommaAndGroupsAreReadExactly() throws Exception {
        check(
                written(column("v", Column.Type.NUMERIC), numbers(",", ".")),
                "\"1.234,56\"",
                "1234.560000000",
                "\"-1.234.567,5\"",
                "-1234567.500000000",
                "\"1234,5\"",
                "1234.500000000",
                "\"1.234\"",
                "1234.000000000",
                "\",5\"",
                "0.500000000",
                "\"1,5e3\"",
                "1500.000000000",
                "1.5",
                "1.500000000",
                "\"1.5\"",
                "!v has groups that aren't of 3 digits, with the thousands separator '.'",
                "\"1.2345\"",
                "!v has groups that aren't of 3 digits, with the thousands separator '.'",
                "\"1234.567\"",
                "!v has groups that aren't of 3 digits, with the thousands separator '.'",
                "\"1..234\"",
                "!v has groups that aren't of 3 digits, with the thousands separator '.'",
                "\"0.123\"",
                "!v has a thousands separator '.' behind a group that begins with 0",
                "\"1,234.5\"",
                "!v has the thousands separator '.' behind its whole part",
                "\"1,5,5\"",
                "!v is not a decimal number",
                "\"1.abc\"",
                "!v is not a decimal number",
                "\".123\"",
                "!v has groups that aren't of 3 digits, with the thousands separator '.'",
                "\"1.234.\"",
                "!v has groups that aren't of 3 digits, with the thousands separator '.'");
    }

    @Test
    void aDecimalCommaAloneTakesNoPoint() throws Exception {
        check(
                written(column("v", Column.Type.FLOAT), numbers(",", null)),
                "\"1,5\"",
                "1.5",
                "\"1.5\"",
                "!v has a point, and the decimal separator is ','",
                "\"1.234,5\"",
                "!v has a point, and the decimal separator is ','",
                "\"15\"",
                "15.0",
                "1.5",
                "1.5",
                "\"\"",
                "!v is not a number");
    }

    @Test
    void groupsMayStandApartByBlanksOrApostrophes() throws Exception {
        check(
                written(column("v", Column.Type.INTEGER), numbers(",", "\u202f")),
                "\"1\u202f234\u202f567\"",
                "1234567",
                "\"1,0\"",
                "1",
                "\"1,5\"",
                "!v has a fraction, which INTEGER would lose",
                "\"1 234\"",
                "!v is not a whole number",
                "\"+12\u202f345\"",
                "12345");
        check(
                written(column("v", Column.Type.BIGNUMERIC), numbers(".", "'")),
                "\"1'234.5\"",
                "1234.5",
                "\"1'23.5\"",
                "!v has groups that aren't of 3 digits, with the thousands separator '''",
                "\"'234\"",
                "!v has groups that aren't of 3 digits, with the thousands separator '''",
                "\"-'234\"",
                "!v has groups that aren't of 3 digits, with the thousands separator '''");
        check(
                written(column("v", Column.Type.NUMERIC), numbers(",", " ")),
                "\"1 234,5\"",
                "1234.500000000",
                "\"1 234 \"",
                "!v has groups that aren't of 3 digits, with the thousands separator ' '",
                "\" 234\"",
                "!v has groups that aren't of 3 digits, with the thousands separator ' '");
    }

    @Test
    void booleansAreTheTextsThatPeopleWriteWhateverTheirCase() throws Exception {
        check(
                written(column("v", Column.Type.BOOLEAN), truths(List.of("Ja", "1", "ДА"), List.of("nein", "0"))),
                "\"ja\"",
                "true",
                "\" JA \"",
                "true",
                "\"да\"",
                "true",
                "\"Nein\"",
                "false",
                "1",
                "true",
                "0",
                "false",
                "true",
                "true",
                "false",
                "false",
                "\"\"",
                null,
                "\"true\"",
                "!v is none of the texts for true and false: 'Ja', '1', 'ДА', 'nein', '0'",
                "\"01\"",
                "!v is none of the texts for true and false: 'Ja', '1', 'ДА', 'nein', '0'",
                "1.0",
                "!v is none of the texts for true and false: 'Ja', '1', 'ДА', 'nein', '0'",
                "\"j a\"",
                "!v is none of the texts for true and false: 'Ja', '1', 'ДА', 'nein', '0'");
    }

    @Test
    void aValueThatDoesNotFitBecomesNullByOnErrorAsBefore() throws Exception {
        check(
                written(nulling("v", Column.Type.NUMERIC), numbers(",", ".")),
                "\"1.2\"",
                null,
                "\"1.234\"",
                "1234.000000000");
    }

    @Test
    void theLogCountsTheTextsThatMeanNullByColumnAndDoesNotWarn() throws Exception {
        List<Column> schema = List.of(
                written(column("a", Column.Type.INTEGER), NULLS),
                written(column("b", Column.Type.DATE), NULLS),
                column("c", Column.Type.STRING));
        String[] records = {
            "{\"a\":1,\"b\":\"\",\"c\":\"\"}", "{\"a\":\"N/A\",\"b\":\"x\"}", "{\"a\":\"NULL\",\"b\":null,\"c\":\"a\"}"
        };

        assertThat(transformer.logOf(schema, records))
                .anyMatch(line -> line.matches("INFO column a: 1 texts mean NULL, the first in row 3 of .*"))
                .anyMatch(line -> line.matches("INFO column b: 1 texts mean NULL, the first in row 1 of .*"))
                .noneMatch(line -> line.contains("column c"));
        TransformerUnderTest.Result result = transformer.transform(schema, records);
        assertThat(result.manifest().warnings()).isEmpty();
        assertThat(result.rejects()).extracting(Reject::reason).containsExactly("b is not a date such as 2026-01-31");
    }

    @Test
    void withoutRulesATextIsWhatItSays() throws Exception {
        check(column("v", Column.Type.STRING), "\"\"", "", "\" NULL \"", " NULL ", "\"N/A\"", "N/A");
        check(written(column("v", Column.Type.STRING), markers(false)), "\"\"", "", "\" 1,5 \"", " 1,5 ");
    }
}
