package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a report must not say. */
class ReportRulesTest {
    private static final String POLL = "poll: {path: '/r/${report.id}', done: [ok]}";
    private static final String REQUEST = "request: {path: '/r/${report.id}/rows'}";

    private static String file(String report, String request) {
        return """
                version: 1
                name: shop
                source: {type: rest, baseUrl: "https://shop.example"}
                endpoints:
                  orders:
                    %s
                    report: {%s}
                    destination: {table: shop.orders, write: merge, keys: [id]}
                    schema: [{name: id, type: INTEGER, mode: REQUIRED}]
                """.formatted(request, report);
    }

    private static String error(String file) {
        assertThat(PipelineReader.read("shop.yaml", file)).as(file).isInstanceOf(PipelineReader.Result.Invalid.class);
        List<Problem.FieldError> errors =
                ((PipelineReader.Result.Invalid) PipelineReader.read("shop.yaml", file)).errors();
        assertThat(errors).as(errors + file).hasSize(1);
        Problem.FieldError error = errors.getFirst();
        return error.field().replace("endpoints.orders.", "") + ": " + error.found() + " (expected: " + error.expected()
                + ")";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "submit: {path: '/r/${report.id}'}, POLL | report.submit.path: ${report.id} (expected: ${secret:NAME}, ${day} or ${cursor}: there is no report yet)",
                "submit: {path: r}, POLL | report.submit.path: r (expected: a path that starts with /)",
                "submit: {path: /r, method: get, body: '{}'}, POLL | report.submit.body: a body of a request with get",
                "submit: {path: /r, body: '['}, POLL | report.submit.body:",
                "submit: {path: /r}, id: 'a[', POLL | report.id:",
                "submit: {path: /r}, poll: {path: '/${order.id}', done: [ok]} | report.poll.path: ${order.id} (expected: ${secret:NAME}, ${day}, ${cursor}, ${report.id} or ${report.PATH})",
                "submit: {path: /r}, poll: {path: '/${report}', done: [ok]} | report.poll.path: ${report} (expected",
                "submit: {path: /r}, poll: {path: '/r', done: []} | report.poll.done: no states (expected",
                "submit: {path: /r}, poll: {path: '/r', done: [ok], failed: [ok]} | report.poll.done: ok twice (expected",
                "submit: {path: /r}, poll: {path: '/r', done: [ok], every: 2m} | report.poll.maxEvery: PT1M (expected: at least every",
                "submit: {path: /r}, poll: {path: '/r', done: [ok], atMost: 5s} | report.poll.atMost: PT5S (expected: more than every",
                "submit: {path: /r}, poll: {path: '/r', done: [ok], atMost: 0s} | report.poll.atMost: PT0S (expected: more than zero)",
                "submit: {path: '/r?since=${cursor}'}, POLL | request: ${cursor} (expected: a request without ${cursor}",
            })
    void saysWhatIsWrongWithAReport(String report, String expected) {
        assertThat(error(file(report.replace("POLL", POLL), REQUEST))).startsWith(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "request: {path: /rows} | request: a request that says nothing of the report (expected: ${report.id}",
                "request: {path: '${report.url}', query: {a: b}} | request: more than the URL that an answer holds",
                "request: {path: '${report.url}/rows'} | request.path: ${report.url}/rows (expected: a path that starts with /)",
                "request: {path: '${order.url}'} | request.path: ${order.url} (expected: a path that starts with /)",
                "request: {path: '/rows/${order.id}', query: {a: '${report.id}'}} | request.path: ${order.id} (expected",
            })
    void saysWhatIsWrongWithARequestForItsRecords(String request, String expected) {
        assertThat(error(file("submit: {path: /r}, " + POLL, request))).startsWith(expected);
    }

    @Test
    void aUrlThatAnAnswerHoldsNeedsAReport() {
        assertThat(error(file("", "request: {path: '${report.url}'}").replace("    report: {}\n", "")))
                .startsWith("request.path: ${report.url} (expected: ");
    }

    @Test
    void excludesForEach() {
        String each = "forEach: {as: order, values: [1, 2]}\n    " + REQUEST;
        assertThat(error(file("submit: {path: /r}, " + POLL, each))).startsWith("report: a report beside forEach");
    }
}
