package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.problem.Problem.FieldError;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Formats of an API's answers. */
class AnswerFormatTest {
    private static PipelineReader.Result read(String destination, String keys) {
        return PipelineReader.read("test.yaml", """
                version: 1
                name: sample
                source: {type: rest, baseUrl: "https://school.example.com"}
                endpoints:
                  rows:
                    destination: %s
                %s
                """.formatted(destination, keys.indent(4)));
    }

    private static PipelineReader.Result read(String keys) {
        return read("{table: shop.rows, write: replace}", keys + "\nschema: [{name: id, type: INTEGER, from: a.b}]");
    }

    private static List<FieldError> errors(PipelineReader.Result result) {
        assertThat(result).isInstanceOf(PipelineReader.Result.Invalid.class);
        return ((PipelineReader.Result.Invalid) result).errors();
    }

    private static Endpoint endpoint(String keys) {
        PipelineReader.Result result = read(keys);
        assertThat(result).isInstanceOf(PipelineReader.Result.Valid.class);
        return ((PipelineReader.Result.Valid) result)
                .pipeline()
                .endpoints()
                .values()
                .iterator()
                .next();
    }

    @Test
    void areJsonUnlessTheFileSaysOtherwise() {
        assertThat(((RestRead) endpoint("request: {path: /a}").read()).format()).isEqualTo(new Format.Json(false));
        Endpoint csv = endpoint("request: {path: /a}\nformat: {type: csv, header: false}");
        assertThat(csv.read().isFlat()).isTrue();
        assertThat(csv.shaping().schema().getFirst().path()).isEqualTo("\"a.b\"");
        assertThat(((RestRead) csv.read().named(List.of("x"))).format())
                .isEqualTo(new Format.Csv(false, List.of("x"), ",", "UTF-8", 0, null, "\"", null, false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{type: link, totalHeader: x-total}",
                "{type: page, pagesHeader: x-pages}",
                "{type: offset}",
                "{type: cursor, from: header, cursor: x-next, parameter: after}",
                "{type: cursor, from: record, cursor: id, parameter: after}"
            })
    void canBeReadWithPaginationsThatNeedNoJson(String pagination) {
        assertThat(endpoint("request: {path: /a}\nformat: {type: csv}\npagination: " + pagination))
                .isNotNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pagination: {type: next-url, url: next} | pagination.url | next | a header, or another pagination",
                "pagination: {type: cursor, cursor: next, parameter: a} | pagination.cursor | next | a header, or another pagination",
                "pagination: {type: page, total: total} | pagination.total | total | a header, or another pagination",
                "pagination: {type: offset, hasMore: more} | pagination.hasMore | more | a header, or another pagination",
                "pagination: {type: link, isLast: last} | pagination.isLast | last | a header, or another pagination",
                "pagination: {type: link, pages: meta.pages} | pagination.pages | meta.pages | a header, or another pagination",
            })
    void refuseWhatLooksIntoJson(String keys, String field, String found, String expected) {
        assertThat(errors(read("request: {path: /a}\nformat: {type: csv}\n" + keys)))
                .extracting(FieldError::field, FieldError::found, FieldError::expected)
                .containsExactly(
                        tuple("endpoints.rows." + field, found, expected + ": only JSON has paths to look at"));
    }

    @Test
    void refuseConditionsOnJsonUnlessTheyAreOnErrors() {
        String expected = "a header, or the status of an error beside the path: only JSON has paths to look at";
        assertThat(errors(read("request: {path: /a, failIf: [{path: error}], retryIf: [{status: [200], path: b}]}\n"
                        + "format: {type: ndjson}")))
                .extracting(FieldError::field, FieldError::found, FieldError::expected)
                .containsExactly(
                        tuple("endpoints.rows.request.failIf", "error", expected),
                        tuple("endpoints.rows.request.retryIf", "b", expected));
        assertThat(endpoint("request: {path: /a, failIf: [{header: x-error}], skipIf: [{status: [404], path: code}]}\n"
                        + "format: {type: ndjson}"))
                .isNotNull();
    }

    @Test
    void refuseKeysThatSayNothing() {
        assertThat(errors(read("request: {path: /a, single: true}\nformat: {type: csv}")))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple("endpoints.rows.request.single", "false: only JSON can be a single record"));
        assertThat(errors(read("request: {path: /a}\nformat: {type: json, single: true}")))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple("endpoints.rows.format.single", "false: the key single of the request says it"));
        assertThat(errors(read("request: {path: /a}\nformat: {type: csv}\nrecords: a")))
                .extracting(FieldError::field)
                .containsExactly("endpoints.rows.records");
        assertThat(errors(read("request: {path: /a}\nformat: {type: xml}")))
                .extracting(FieldError::field)
                .containsExactly("endpoints.rows.records");
        assertThat(errors(read(
                        "{type: bucket, bucket: lake, key: rows}",
                        "request: {path: /a}\nformat: {type: csv, header: false}")))
                .extracting(FieldError::field)
                .containsExactly("endpoints.rows.format.columns");
    }

    @Test
    void haveAUrlAndNoFile() {
        String columns = "schema: [{name: id, type: INTEGER}, {name: at, type: STRING, metadata: %s}]";
        String table = "{table: shop.rows, write: replace}";
        assertThat(read(table, "request: {path: /a}\n" + columns.formatted("url")))
                .isInstanceOf(PipelineReader.Result.Valid.class);
        assertThat(errors(read(table, "request: {path: /a}\n" + columns.formatted("file"))))
                .extracting(FieldError::field, FieldError::found, FieldError::expected)
                .containsExactly(tuple(
                        "endpoints.rows.schema[1].metadata",
                        "file",
                        "another one: files have a file and lines, answers of an API a url"));
    }

    @Test
    void haveHalvesOfCharactersThatAnEndpointReplaces() {
        assertThat(endpoint("request: {path: /a}\ntexts: {surrogates: replace}")
                        .shaping()
                        .surrogates())
                .isEqualTo(TextRules.Surrogates.REPLACE);
        assertThat(endpoint("request: {path: /a}").shaping().surrogates()).isEqualTo(TextRules.Surrogates.REJECT);
        assertThat(errors(read(
                        "{table: shop.rows, write: replace}",
                        "request: {path: /a}\nschema: [{name: id, type: STRING, texts: {surrogates: replace}}]")))
                .extracting(FieldError::field, FieldError::expected)
                .containsExactly(tuple(
                        "endpoints.rows.schema[0].texts.surrogates",
                        "nothing: a record is read as a whole, so it belongs into the texts of the endpoint"));
    }
}
