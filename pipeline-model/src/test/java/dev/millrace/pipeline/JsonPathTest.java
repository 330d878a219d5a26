package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonPathTest {
    /** Each step in angle brackets; positions with a hash. */
    private static String steps(String path) {
        return JsonPath.of(path).steps().stream()
                .map(step -> switch (step) {
                    case JsonPath.Step.Name(String name, boolean _) -> "<" + name + ">";
                    case JsonPath.Step.Element(int position) -> "<#" + position + ">";
                })
                .collect(Collectors.joining());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "id                        | <id>",
                "admission.date            | <admission><date>",
                "@odata.nextLink           | <@odata><nextLink>",
                "\"@odata.nextLink\"       | <@odata.nextLink>",
                "['@odata.nextLink']       | <@odata.nextLink>",
                "[\"a.b\"].c               | <a.b><c>",
                "d.\"a.b\".c               | <d><a.b><c>",
                "d['a.b'][0].c             | <d><a.b><#0><c>",
                "tags[0]                   | <tags><#0>",
                "rows[12][3]               | <rows><#12><#3>",
                "[1].id                    | <#1><id>",
                "\"say \\\"hi\\\" \\\\\"      | <say \"hi\" \\>",
                "'it''s'                   | ",
                "$ref                      | <$ref>",
                "\"$\".id                  | <$><id>",
                "\"\"                      | <>",
                "a b.ü                     | <a b><ü>",
            })
    void hasTheStepsThatItsTextSays(String path, String steps) {
        if (steps == null) {
            assertThatThrownBy(() -> JsonPath.of(path)).isInstanceOf(InvalidValue.class);
        } else {
            assertThat(steps(path)).isEqualTo(steps);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "$.data.rows   | data.rows, without the $; or \"$\" in quotes for a field of that name",
                "$['a.b']      | ['a.b'], without the $; or \"$\" in quotes for a field of that name",
                "$             | no path at all, which is the document itself; or \"$\" in quotes for a field of that name",
                "a..b          | names with a point between them, such as admission.date or tags[0]",
                "a.            | names with a point between them, such as admission.date or tags[0]",
                "a.*           | one value: an element such as [0], or \"*\" in quotes for a field of that name",
                "a[*]          | the position of one element in brackets, from [0] on, or a name in quotes, such as \"a[*]\"",
                "a[-1]         | the position of one element in brackets, from [0] on, or a name in quotes, such as \"a[-1]\"",
                "a[]           | the position of one element in brackets, from [0] on, or a name in quotes, such as \"a[]\"",
                "a[?(@.b)]     | the position of one element in brackets, from [0] on, or a name in quotes, such as \"a[?(@.b)]\"",
                "Price [EUR]   | the position of one element in brackets, from [0] on, or a name in quotes, such as \"Price [EUR]\"",
                "a]b           | a name with a ] in quotes, such as \"a]b\"",
                "\"a.b         | a \" at the end of the name",
                "\"a\"b        | a point or [ after the quote in column 3 of the path",
                "['a'b]        | a ] after the quote in column 4 of the path",
                "'a\\b'        | a quote or another backslash after a backslash",
            })
    void isRefusedWithTheRightForm(String path, String expected) {
        assertThatThrownBy(() -> JsonPath.of(path))
                .isInstanceOfSatisfying(
                        InvalidValue.class,
                        e -> assertThat(e.violations())
                                .containsExactly(new InvalidValue.Violation("", path, expected)));
    }

    @Test
    void leadsToAFieldByOneStepOrByANameWithThePointsInItUnlessItIsQuoted() {
        JsonPath plain = JsonPath.of("a.b.c");
        assertThat(plain.stepsOf("a", 0)).isEqualTo(1);
        assertThat(plain.stepsOf("a.b", 0)).isEqualTo(2);
        assertThat(plain.stepsOf("a.b.c", 0)).isEqualTo(3);
        assertThat(plain.stepsOf("b.c", 1)).isEqualTo(2);
        assertThat(plain.stepsOf("a.", 0)).isZero();
        assertThat(plain.stepsOf("a.b.c.d", 0)).isZero();
        assertThat(plain.stepsOf("b", 0)).isZero();

        assertThat(JsonPath.of("\"a\".b").stepsOf("a.b", 0)).isZero();
        assertThat(JsonPath.of("a.\"b\"").stepsOf("a.b", 0)).isZero();
        assertThat(JsonPath.of("\"a.b\"").stepsOf("a.b", 0)).isEqualTo(1);
        assertThat(JsonPath.of("a[0].b").stepsOf("a", 0)).isEqualTo(1);
        assertThat(JsonPath.of("a[0].b").stepsOf("b", 1)).isZero();
    }
}
