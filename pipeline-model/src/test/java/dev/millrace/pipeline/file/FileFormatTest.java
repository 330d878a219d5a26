package dev.millrace.pipeline.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.pipeline.PipelineReader.Result;
import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.format.Format.FixedWidth.Field;
import dev.millrace.problem.Problem.FieldError;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FileFormatTest {
    /** @param keys beside {@code type: csv}, or all */
    private static Result read(String keys) {
        String records = keys.startsWith("type: xml") ? "records: feed.entry" : "";
        return PipelineReader.read(
                "test.yaml", """
                version: 1
                name: sample
                source: {type: files, folder: data}
                endpoints:
                  rows:
                    files: {pattern: a.csv, format: {%s}}
                    %s
                    destination: {table: shop.rows, write: replace}
                    schema: [{name: at, type: DATE}]
                """.formatted(keys.startsWith("type: ") ? keys : "type: csv" + keys, records));
    }

    private static List<FieldError> errors(String format, String records) {
        return errorsOf("{pattern: a, format: {" + format + "}}", records);
    }

    private static List<FieldError> errorsOf(String files, String records) {
        Result result = PipelineReader.read("test.yaml", """
                version: 1
                name: sample
                source: {type: files, folder: data}
                endpoints:
                  rows:
                    files: %s
                    %s
                    destination: {table: shop.rows, write: replace}
                    schema: [{name: at, type: DATE}]
                """.formatted(files, records));
        assertThat(result).isInstanceOf(Result.Invalid.class);
        return ((Result.Invalid) result).errors();
    }

    private static FileRead files(String keys) {
        Result result = read(keys);
        assertThat(result).isInstanceOf(Result.Valid.class);
        Endpoint rows = ((Result.Valid) result).pipeline().endpoints().get("rows");
        assertThat(rows).isNotNull();
        return (FileRead) rows.read();
    }

    @Test
    void isOfRfc4180UnlessAKeySaysOtherwise() {
        assertThat(files("").files().format())
                .isEqualTo(new Format.Csv(true, List.of(), ",", "UTF-8", 0, null, "\"", null, false));
    }

    @Test
    void takesEveryKeyOfADialect() {
        assertThat(files(", delimiter: \"\\t\", skip: 2, columns: [a, \"\", b, \"\"], comment: \"#\", quote: \"\","
                                + " escape: \"\\\\\", trailingDelimiter: true")
                        .files()
                        .format())
                .isEqualTo(new Format.Csv(true, List.of("a", "", "b", ""), "\t", "UTF-8", 2, "#", "", "\\", true));
    }

    @Test
    void keepsTheDialectWhereTheSchemaNamesTheFields() {
        FileRead headless = files(
                ", header: false, skip: 1, comment: '#', quote: \"'\", escape: \"\\\\\", trailingDelimiter: true");
        assertThat(headless.named(List.of("at")).files().format())
                .isEqualTo(new Format.Csv(false, List.of("at"), ",", "UTF-8", 1, "#", "'", "\\", true));
    }

    @Test
    void takesEveryKeyOfFixedWidths() {
        assertThat(files("type: fixed-width, skip: 2, encoding: ISO-8859-1, columns: [{name: a, width: 5},"
                                + " {name: \"\", width: 1}, {name: b}]")
                        .files()
                        .format())
                .isEqualTo(new Format.FixedWidth(
                        List.of(new Field("a", 5), new Field("", 1), new Field("b", null)), 2, "ISO-8859-1"));
        assertThat(files("type: fixed-width, columns: [{name: a, width: 5}]")
                        .files()
                        .format())
                .isEqualTo(new Format.FixedWidth(List.of(new Field("a", 5)), 0, "UTF-8"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../*.csv", "/a.csv", "", "a/../b"})
    void refusesGlobsThatLeadOutOfArchives(String inside) {
        assertThat(errorsOf("{pattern: a, inside: \"" + inside + "\", format: {type: ndjson}}", ""))
                .extracting(FieldError::field, FieldError::found, FieldError::expected)
                .containsExactly(tuple(
                        "endpoints.rows.files.inside",
                        inside,
                        "a glob of names in the archive, without .. and a slash at its start"));
    }

    @Test
    void saysWhatIsWrongWithAGlob() {
        assertThat(errorsOf("{pattern: a, inside: \"[a\", format: {type: ndjson}}", ""))
                .extracting(FieldError::field)
                .containsExactly("endpoints.rows.files.inside");
    }

    @Test
    void takesEveryKeyOfXml() {
        assertThat(files("type: xml, arrays: [lines.line, tag], objects: [price]")
                        .files()
                        .format())
                .isEqualTo(new Format.Xml(List.of("lines.line", "tag"), List.of("price")));
        assertThat(files("type: xml").files().format()).isEqualTo(new Format.Xml(List.of(), List.of()));
    }

    @Test
    void xmlNeedsAPathToItsRecordsAndLinesHaveNone() {
        assertThat(errors("type: xml", ""))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple(
                        "endpoints.rows.records", "the path to the elements that are records, such as feed.entry"));
        assertThat(errors("type: xml", "records: \"feed.entry[0]\""))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple("endpoints.rows.records", "a path of names, as an element has no number"));
        for (String format : List.of("type: csv", "type: ndjson", "type: fixed-width, columns: [{name: at}]")) {
            assertThat(errors(format, "records: data"))
                    .extracting(FieldError::field, FieldError::expected)
                    .containsExactly(tuple(
                            "endpoints.rows.records", "nothing: every line is a record; only JSON and XML have paths"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                ", skip: -1 | skip | -1 | a number of lines, 0 or more",
                ", comment: '' | comment | `` | one character, and no line end",
                ", comment: '//' | comment | // | one character, and no line end",
                ", comment: ',' | comment | , | another character than the delimiter, the quote and the escape",
                ", comment: '\"' | comment | \" | another character than the delimiter, the quote and the escape",
                ", comment: '!', escape: '!' | comment | ! | another character than the delimiter, the quote and the escape",
                ", quote: ',' | quote | , | another character than the delimiter",
                ", quote: '\"\"' | quote | \"\" | one character, and no line end; or \"\" for files without quotes",
                ", escape: '\"' | escape | \" | another character than the quote, or nothing: a quote is doubled by default",
                ", escape: ',' | escape | , | another character than the delimiter",
                ", escape: \"\\n\" | escape | `\n` | one character, and no line end",
                ", columns: [a, b, a] | columns | a | each name once",
                "type: fixed-width, columns: [] | columns | 0 columns | at least one with a name",
                "type: fixed-width, columns: [{name: '', width: 1}] | columns | 1 columns | at least one with a name",
                "type: fixed-width, columns: [{name: a, width: 0}] | columns[0].width | 0 | a number of characters, 1 or more",
                "type: fixed-width, columns: [{name: a}, {name: b, width: 1}] | columns[0].width | nothing | a number of"
                        + " characters; only the last column can go on to the line's end",
                "type: fixed-width, columns: [{name: a, width: 1}, {name: a, width: 1}] | columns | a | each name once",
                "type: fixed-width, columns: [{name: a, width: 1}], skip: -1 | skip | -1 | a number of lines, 0 or more",
                "type: json, columns: [''] | columns | 1 names | at least one that isn't empty",
                "type: json, columns: [a, a] | columns | a | each name once",
                "type: json, columns: [a], keyedBy: a | keyedBy | a | another name than those of the columns",
                "type: json, keyedBy: '' | keyedBy | `` | the name of a field",
                "type: json, keyedBy: a, single: true | keyedBy | a | nothing: a single record is no member of an object",
                "type: xml, arrays: ['a[0]'] | arrays | a[0] | a path of names, as an element has no number",
                "type: xml, objects: ['a[0]'] | objects | a[0] | a path of names, as an element has no number",
                "type: xml, arrays: ['a..b'] | arrays | a..b | names with a point between them, such as admission.date or tags[0]",
            })
    void refusesWhatContradictsItself(String keys, String field, String found, String expected) {
        Result result = read(keys);
        assertThat(result).isInstanceOf(Result.Invalid.class);
        assertThat(((Result.Invalid) result).errors())
                .extracting(FieldError::field, FieldError::found, FieldError::expected)
                .containsExactly(tuple("endpoints.rows.files.format." + field, found, expected));
    }
}
