package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R1.8: a range of days, as who calls the command line sees it. */
class BackfillTest {
    @TempDir
    private Path folder;

    private MillraceUnderTest millrace;
    private ScriptedApi api;

    @BeforeEach
    void start() throws IOException {
        millrace = new MillraceUnderTest(folder);
        api = new ScriptedApi();
        api.on("/events", exchange -> {
            String day = exchange.getRequestURI().getQuery().replaceAll(".*day=(\\d+-\\d+-\\d+).*", "$1");
            ScriptedApi.json("[{\"id\": 1, \"day\": \"" + day + "\"}, {\"id\": 2, \"day\": \"" + day + "\"}]")
                    .to(exchange);
        });
        millrace.pipeline("logs", """
                version: 1
                name: logs
                source: {type: rest, baseUrl: "%s", retry: {attempts: 1}}
                endpoints:
                  events:
                    request: {path: /events, query: {day: "${day}"}}
                    day: {column: day, timezone: Europe/Berlin, settle: 2h}
                    destination: {table: logs.events, write: replace}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: day, type: DATE, mode: REQUIRED}
                models:
                  totals:
                    after: [events]
                    destination: {table: logs.totals, write: replace}
                    sql: SELECT count(*) AS n FROM logs.events
                """.formatted(api.url()));
    }

    @AfterEach
    void close() {
        millrace.close();
        api.close();
    }

    private MillraceUnderTest.Called run(String... more) throws InterruptedException {
        List<String> words = new ArrayList<>(List.of("run", "logs", "--from", "2026-03-28", "--to", "2026-03-30"));
        words.addAll(List.of(more));
        return millrace.call(words.toArray(String[]::new));
    }

    @Test
    void daysAreLoadedOnceEachAndThePlanSaysWhatWouldBeDone() throws Exception {
        MillraceUnderTest.Called plan = run("--dry-run");
        assertThat(plan.exitCode()).as(plan.err()).isZero();
        assertThat(plan.out().lines().map(line -> line.replaceAll("\\s+", " ").strip()))
                .containsExactly(
                        "DAY ENDPOINT WHAT WOULD BE DONE",
                        "2026-03-28 events load",
                        "2026-03-29 events load",
                        "2026-03-30 events load");
        assertThat(api.requests("/events")).isEmpty();

        MillraceUnderTest.Called first = run("--parallelism", "2");
        assertThat(first.exitCode()).as(first.err()).isZero();
        assertThat(first.out())
                .contains(
                        "logs/events 2026-03-29 succeeded, 2 rows",
                        "3 of 3 done",
                        "3 days: 3 succeeded",
                        "logs/totals succeeded");
        assertThat(millrace.query("SELECT day, count(*) FROM logs.events GROUP BY day ORDER BY day")
                        .toString())
                .isEqualTo("[[2026-03-28, 2], [2026-03-29, 2], [2026-03-30, 2]]");
        assertThat(millrace.query("SELECT n FROM logs.totals").toString()).isEqualTo("[[6]]");

        MillraceUnderTest.Called again = run();
        assertThat(again.exitCode()).isZero();
        assertThat(again.out()).contains("3 days: 3 skipped");
        assertThat(run("--dry-run").out()).contains("skip: loaded by run ");
        assertThat(api.requests("/events")).hasSize(3);
    }

    @Test
    void aDayThatFailsIsNamedAndTheSameCallGoesOnWithIt() throws Exception {
        ScriptedApi.Answer good = exchange -> ScriptedApi.json("[{\"id\": 1, \"day\": \""
                        + exchange.getRequestURI().getQuery().replaceAll(".*day=([0-9-]+).*", "$1") + "\"}]")
                .to(exchange);
        api.on("/events", exchange -> {
            if (exchange.getRequestURI().getQuery().contains("2026-03-29")) {
                ScriptedApi.error(403, "text/plain", "not for you").to(exchange);
            } else {
                good.to(exchange);
            }
        });
        MillraceUnderTest.Called failed = run();
        assertThat(failed.exitCode()).isEqualTo(1);
        assertThat(failed.out()).contains("logs/events 2026-03-29 failed", "3 days: 2 succeeded, 1 failed");
        assertThat(failed.err())
                .contains("logs/events 2026-03-29: SOURCE_", "./millrace log ", "The same call goes on with the days");

        api.on("/events", good);
        MillraceUnderTest.Called second = run("--json");
        assertThat(second.exitCode()).as(second.err()).isZero();
        assertThat(second.out()).contains("\"state\":\"SUCCEEDED\"", "\"skipped\":2", "\"succeeded\":1");
        assertThat(millrace.query("SELECT count(*) FROM logs.events").toString())
                .isEqualTo("[[3]]");
    }

    @Test
    void optionsThatDoNotBelongTogetherAreRefused() throws Exception {
        assertThat(millrace.call("run", "logs", "--from", "2026-03-28").err())
                .contains("--from and --to belong together");
        assertThat(run("--day", "2026-03-28").err()).contains("stand beside none of --day");
        assertThat(millrace.call("run", "logs", "--force").err()).contains("are for a backfill");
        assertThat(run("--parallelism", "100").err()).contains("parallelism: '100' (expected: 1 to 64)");
    }

    @Test
    void anHourThatTheClocksLeaveOutIsNoneAndAnHourReplacesItselfAlone() throws Exception {
        api.on("/hours", exchange -> {
            String begin = exchange.getRequestURI().getQuery().replaceAll(".*at=([^&]+).*", "$1");
            ScriptedApi.json("[{\"at\": \"" + begin + "\"}]").to(exchange);
        });
        millrace.pipeline("hours", """
                version: 1
                name: hours
                source: {type: rest, baseUrl: "%s"}
                endpoints:
                  events:
                    request:
                      path: /hours
                      query:
                        at: "${day}"
                        from: "${day@Europe/Berlin:%%FT%%T%%Ez}"
                        to: "${day.end@Europe/Berlin:%%s}"
                    day: {column: at, window: hour, timezone: Europe/Berlin}
                    destination: {table: hours.events, write: replace}
                    schema: [{name: at, type: DATETIME}]
                """.formatted(api.url()));
        String[] range = {"run", "hours", "--from=2026-03-29T00", "--to=2026-03-29T04"};
        MillraceUnderTest.Called called = millrace.call(range);
        assertThat(called.exitCode()).as(called.err()).isZero();
        assertThat(called.out()).contains("hours/events 2026-03-29T03 succeeded, 1 row", "4 hours: 4 succeeded");
        assertThat(millrace.query("SELECT \"at\" FROM hours.events ORDER BY 1"))
                .hasToString("[[2026-03-29T00:00:00], [2026-03-29T01:00:00], [2026-03-29T03:00:00],"
                        + " [2026-03-29T04:00:00]]");
        assertThat(millrace.call("run", "hours", "--day=2026-03-29T03").exitCode())
                .isZero();
        assertThat(millrace.count("hours.events")).isEqualTo(4);
        assertThat(millrace.call(range).out()).contains("4 hours: 4 skipped");
        assertThat(millrace.call("run", "hours", "--day=2026-03-29T02").err())
                .contains("day: '2026-03-29T02' (expected: one that the clocks of Europe/Berlin don't leave out)");
    }
}
