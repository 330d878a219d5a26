package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 8288: https://www.rfc-editor.org/rfc/rfc8288#section-3 */
class LinkHeaderTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "</2>; rel=\"next\"",
                "</2>;rel=next",
                "</2> ; REL = \"Next\"",
                "</2>; title=\"a, b; rel=prev \\\" <x>\"; rel=\"next\"",
                "</2>; rel=\"http://example.com/x next\"",
                "</2>; rel=next; rel=prev",
                "</1>; rel=prev, </2>; rel=next, </3>; rel=next",
                "</1>; rel=\"next\"; anchor=\"#part\", </2>; crossorigin; rel=\"next\"",
                "</a,b;rel=next>; rel=prev,,</2>;rel=next"
            })
    void findsTheNextPage(String header) {
        assertThat(LinkHeader.next(List.of("</0>; rel=first", header))).isEqualTo("/2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "</2>",
                "</2>; rel=prev; rel=next",
                "</2>; rel=\"nextish\"",
                "</2>; rev=next",
                "</2>; title=\"; rel=next\"",
                "/2; rel=next"
            })
    void findsNoneWhereNoneIs(String header) {
        assertThat(LinkHeader.next(List.of(header))).isNull();
    }

    @Test
    void readsALongHeader() {
        String title = "x\\\"".repeat(50_000);

        assertThat(LinkHeader.next(List.of("</2>; title=\"" + title + "\"; rel=next")))
                .isEqualTo("/2");
    }
}
