package dev.millrace.pipeline;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.rest.PropertyChunks;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What properties that are asked for by name need, and how they are parted. */
class PropertyChunksRulesTest {
    private static String file(String keys) {
        return """
                version: 1
                name: crm
                source: {type: rest, baseUrl: "https://crm.example.com"}
                endpoints:
                  contacts:
                    request: {path: "/contacts?archived=false", query: {limit: "100"}}
                    destination: {table: crm.contacts, write: replace}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: email, type: STRING, from: properties.email}
                %s
                """.formatted(keys.indent(4));
    }

    private static List<String> errors(String keys) {
        return switch (PipelineReader.read("crm.yaml", file(keys))) {
            case PipelineReader.Result.Valid _ -> List.of();
            case PipelineReader.Result.Invalid invalid ->
                invalid.errors().stream()
                        .map(error -> error.found() + " (expected: " + error.expected() + ")")
                        .toList();
        };
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            properties: {within: properties}                                |
            properties: {names: [email, city], maxNames: 1}                 |
            properties: {}                                                  |
            properties: {within: fields}                                    | none (expected: the names, or columns that read what is within 'fields')
            properties: {within: properties.email}                          | none (expected: the names, beside the column that reads all of 'properties.email': it doesn't say which of them)
            properties: {within: properties, names: [email]}                | properties (expected: nothing beside names: it says which columns read properties, whose names are asked for then)
            properties: {names: [a, b, a]}                                  | a (expected: each name once)
            properties: {names: ["a,b"]}                                    | a,b (expected: a name without a comma)
            properties: {names: [a], maxNames: 0}                           | 0 (expected: 1 or more)
            properties: {names: [a, longer], maxCharacters: 5}              | 5 (expected: as many as a single name has: longer)
            properties: {names: [a], parameter: limit}                      | 100 (expected: nothing: properties sets this parameter)
            properties: {names: [a], parameter: archived}                   | /contacts?archived=false (expected: nothing: properties sets this parameter)
            properties: {names: [a], key: "a..b"}                           | a..b (expected: names with a point between them, such as admission.date or tags[0])
            properties: {names: [a], parameter: p}, pagination: {page: p, type: page} | p (expected: another one than that of the pagination)
            properties: {names: [a], parameter: p}, pagination: {type: cursor, cursor: c, parameter: p} | p (expected: another one than that of the pagination)
            properties: {within: properties}, flatten: {depth: 1}           | none (expected: the names, beside flatten: columns don't say where they read them)
            properties: {names: [a]}, format: {type: csv}                   | properties of records that are no objects (expected: format: json without columns: only parts of objects can be joined)
            properties: {names: [a]}, format: {type: json, columns: [x]}    | properties of records that are no objects (expected: format: json without columns: only parts of objects can be joined)
            """)
    void saysWhatIsWrong(String keys, @Nullable String error) {
        assertThat(errors(keys.replace("}, ", "}\n"))).isEqualTo(error == null ? List.of() : List.of(error));
    }

    @Test
    void saysThatThereAreMoreRequestsForAPageThanAreSent() {
        String names = IntStream.rangeClosed(1, 101).mapToObj(i -> "p" + i).collect(joining(", "));
        assertThat(errors("properties: {maxNames: 1, names: [" + names + "]}"))
                .containsExactly(
                        "1 (expected: more: the 101 names make 101 requests for each page, and 100 are the most)");
    }

    @Test
    void namesArePartedByTheirNumberAndByTheirCharactersAsTheyAreSent() {
        List<String> names = List.of("aa", "bb", "cc", "é");
        assertThat(new PropertyChunks("p", names, null, null, null, "id").values())
                .containsExactly("aa,bb,cc,é");
        assertThat(new PropertyChunks("p", names, null, 3, null, "id").values()).containsExactly("aa,bb,cc", "é");
        assertThat(new PropertyChunks("p", names, null, null, 7, "id").values())
                .as("a comma is sent as three")
                .containsExactly("aa,bb", "cc", "é");
        assertThat(new PropertyChunks("p", names, null, 1, 100, "id").values()).hasSize(4);
        assertThat(new PropertyChunks("p", List.of(), null, 1, 100, "id").values())
                .isEmpty();
    }
}
