package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.ErrorCode;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.sample.SampleStatistics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is shown before the first run. */
@Timeout(60)
class PreviewTest {
    private static final String TOKEN = "swordfish-of-the-shop";

    @TempDir
    private static Path folder;

    private static MillraceUnderTest millrace;
    private static ScriptedApi api;

    @BeforeAll
    static void start() throws IOException {
        api = new ScriptedApi();
        millrace = new MillraceUnderTest(folder);
        millrace.secret("shop_token", TOKEN);
        api.on("/orders", exchange -> {
            boolean known =
                    ("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"));
            ScriptedApi.send(
                    exchange,
                    known ? 200 : 401,
                    "application/json",
                    known
                            ? "[{\"id\":1,\"total\":\"9.50\",\"at\":\"2026-01-31T06:00:00Z\"},{\"id\":\"two\"},{\"id\":3,\"extra\":true}]"
                            : "{}");
        });
        millrace.pipeline("shop", """
                version: 1
                name: shop
                source:
                  type: rest
                  baseUrl: %s
                  auth: {type: bearer, token: "${secret:shop_token}"}
                  limits: {parallel: 1, requestsPerSecond: 100}
                endpoints:
                  orders:
                    request: {path: /orders}
                    destination: {table: shop.orders, write: replace}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: total, type: NUMERIC}
                      - {name: at, type: TIMESTAMP}
                  missing:
                    request: {path: /missing}
                    destination: {table: shop.missing, write: replace}
                    schema: [{name: id, type: INTEGER}]
                  raw:
                    request: {path: /orders}
                    destination: {type: bucket, bucket: shop-orders, key: raw}
                  daily:
                    request: {path: /orders, query: {day: "${day}"}}
                    day: {column: at}
                    destination: {table: shop.daily, write: replace}
                    schema: [{name: id, type: INTEGER}, {name: at, type: TIMESTAMP}]
                    furtherTables:
                      amounts:
                        day: {column: at}
                        destination: {table: shop.amounts, write: replace}
                        schema: [{name: at, type: TIMESTAMP}, {name: total, type: NUMERIC}]
                models:
                  totals:
                    after: [orders]
                    destination: {table: shop.totals, write: replace}
                    sql: SELECT sum(total) AS total FROM shop.orders
                """.formatted(api.url()));
    }

    @AfterAll
    static void nothingWasLeft() throws Exception {
        assertThat(millrace.query("SELECT table_name FROM information_schema.tables WHERE table_schema = 'shop'"))
                .isEmpty();
        assertThat(millrace.call("runs", "--pipeline", "shop").out()).doesNotContain("shop/");
        for (String left : List.of("staging", "pages", "scratch")) {
            Path kept = millrace.home().root().resolve(left);
            if (Files.exists(kept)) {
                try (Stream<Path> files = Files.walk(kept)) {
                    assertThat(files.filter(file -> file.toString().contains("sample-")
                                    || file.toString().contains("task-")))
                            .isEmpty();
                }
            }
        }
        millrace.close();
        api.close();
        assertThat(millrace.placesOf(TOKEN)).isEmpty();
    }

    @Test
    void showsRowsAndRejectsAsTheyWouldBeLoaded() {
        MillraceUnderTest.Called call = millrace.call("preview", "shop", "orders");

        assertThat(call.exitCode()).as(call.err()).isZero();
        assertThat(call.out().lines().map(String::stripTrailing))
                .containsExactly(
                        "id  total  at",
                        " 1    9.5  2026-01-31T06:00:00Z",
                        " 3   NULL  NULL",
                        "",
                        "3 records read, all that there are: 2 rows for shop.orders, 1 rejected. Nothing was loaded.",
                        "fields that no column reads: extra in 1 of 3",
                        "",
                        api.url() + "/orders, row 2",
                        "  id: id is not a whole number, found 'two'",
                        "  {\"id\":\"two\"}");
    }

    @Test
    void showsAsManyAsAreWanted() throws Exception {
        MillraceUnderTest.Called call = millrace.call("preview", "shop", "orders", "--records", "1", "--json");

        Answers.Preview preview = millrace.gateway().read(call.out(), Answers.Preview.class);
        assertThat(preview.rows()).containsExactly(List.of("1", "9.5", "2026-01-31T06:00:00Z"));
        assertThat(preview.complete()).isFalse();
        assertThat(preview.table()).isEqualTo("shop.orders");
        assertThat(preview.columns())
                .extracting(Answers.PreviewColumn::name, Answers.PreviewColumn::type)
                .contains(org.assertj.core.groups.Tuple.tuple("at", "TIMESTAMP"));
    }

    @Test
    void warnsOfRowsOfAnotherDayAndMissesNoColumnForWhatAFurtherTableReads() {
        assertThat(millrace.call("preview", "shop", "daily", "--day", "2026-01-31")
                        .out())
                .contains("1 row has another day in at than 2026-01-31, such as NULL: a run of the day fails for it")
                .contains("fields that no column reads: extra in 1 of 3");
        assertThat(millrace.call("preview", "shop", "daily", "--day", "2026-02-01")
                        .out())
                .contains("2 rows have another day in at than 2026-02-01, such as 2026-01-31T06:00:00Z");
        assertThat(millrace.call("preview", "shop", "amounts", "--day", "2026-01-31")
                        .out())
                .contains("fields that no column reads: extra in 1 of 3");
    }

    @Test
    void showsRecordsForABucketAsTheyAre() {
        MillraceUnderTest.Called call = millrace.call("preview", "shop", "raw");

        assertThat(call.exitCode()).as(call.err()).isZero();
        assertThat(call.out()).contains("{\"id\":\"two\"}").contains("3 rows for shop-orders/raw");
    }

    @Test
    void failsWithTheReason() {
        refused(1, "SOURCE_REFUSED: ", "missing", "preview", "shop", "missing");
        refused(
                2,
                ErrorCode.ENDPOINT_UNKNOWN.name(),
                "it has: orders, missing, raw, daily, amounts",
                "preview",
                "shop",
                "order");
        refused(2, ErrorCode.ENDPOINT_UNKNOWN.name(), "reads no source", "preview", "shop", "totals");
        refused(2, ErrorCode.PIPELINE_UNKNOWN.name(), "none", "preview", "none", "orders");
        refused(2, ErrorCode.REQUEST_INVALID.name(), "1 to 1000", "preview", "shop", "orders", "--records", "1001");
        refused(2, ErrorCode.REQUEST_INVALID.name(), "1 to 1000", "preview", "shop", "orders", "--records", "0");
        refused(2, ErrorCode.REQUEST_INVALID.name(), "day", "preview", "shop", "orders", "--day", "2026-01-31");
    }

    private static void refused(int exitCode, String code, String detail, String... call) {
        MillraceUnderTest.Called called = millrace.call(call);
        assertThat(called.exitCode()).as(called.err()).isEqualTo(exitCode);
        assertThat(called.err()).contains(code).contains(detail);
        assertThat(called.out()).isEmpty();
    }

    @Test
    void checksStepByStep() {
        MillraceUnderTest.Called good = millrace.call("check", "shop", "orders");
        assertThat(good.exitCode()).as(good.out() + good.err()).isZero();
        assertThat(good.out().lines().map(line -> line.replaceAll("  +.*", ""))).containsOnly("ok");
        assertThat(good.out())
                .contains("orders reads")
                .contains("DuckDB answers")
                .contains("a table was made and taken back");

        MillraceUnderTest.Called all = millrace.call("check", "shop");
        assertThat(all.exitCode()).isEqualTo(1);
        assertThat(all.out().lines().filter(line -> line.startsWith("FAILED")))
                .singleElement()
                .asString()
                .contains("missing reads")
                .contains("404");
        assertThat(millrace.call("check", "shop", "--json").out()).startsWith("{\"passed\":false,\"steps\":[");
        refused(2, ErrorCode.ENDPOINT_UNKNOWN.name(), "order", "check", "shop", "order");
        refused(2, ErrorCode.PIPELINE_UNKNOWN.name(), "none", "check", "none");
    }

    @Test
    void proposesTheWholeFormatOfAWorkbook() throws Exception {
        try (SampleStatistics page = new SampleStatistics()) {
            millrace.pipeline("books", """
                    version: 1
                    name: books
                    source: {type: files, web: {pages: ["%s"], limits: {requestsPerSecond: 1000}}}
                    endpoints:
                      deaths:
                        files: {pattern: "**/publishedweek232020.xlsx", format: {type: excel}}
                        destination: {table: books.deaths, write: replace}
                    """.formatted(page.url()));

            List<String> lines =
                    millrace.call("discover", "books", "deaths").out().lines().toList();
            assertThat(lines)
                    .contains("# " + page.url().replaceFirst("/deaths$", "")
                            + "/file?uri=/deaths/2020/publishedweek232020.xlsx: sheet 'Weekly figures 2020': the header is"
                            + " A5:Y6; rows are named in A:B; values are in C:Y");
            assertThat(lines.subList(lines.indexOf("format:"), lines.size()))
                    .containsExactly(
                            "format:",
                            "  type: excel",
                            "  sheet: 'Weekly figures *'",
                            "  header: {contains: ['Week number', 'Week ended'], rows: 2}",
                            "  end: Footnotes",
                            "  leaveOut: ['Note:*']",
                            "  unpivot:",
                            "    ids: [{name: code, matches: '[A-Z][0-9]{8}'}, {name: label}]",
                            "    names: [week_number, week_ended]",
                            "    value: value",
                            "    heading: heading",
                            "schema:",
                            "  - {name: heading, type: STRING}  # NULL in 23 of 1000; such as Persons 4 / Deaths by age group",
                            "  - {name: code, type: STRING}  # NULL in 1000 of 1000; no value has come, so the type is a guess",
                            "  - {name: label, type: STRING}  # such as Total deaths, all ages",
                            "  - {name: week_number, type: INTEGER}  # such as 1",
                            "  - {name: week_ended, type: DATE}  # such as 2020-01-03",
                            "  - {name: value, type: INTEGER}  # such as 25250");
            Looking.checkProposals(millrace, "books");
        }
    }

    @Test
    void proposesASchemaForAnEndpointThatHasNone() throws Exception {
        millrace.pipeline("fresh", """
                version: 1
                name: fresh
                source: {type: rest, baseUrl: %s}
                endpoints:
                  things:
                    request: {path: /things}
                    destination: {table: fresh.things, write: merge, keys: [id]}
                """.formatted(api.url()));
        api.on("/things", ScriptedApi.json("""
                [{"id": 1, "total": 9.50, "at": "2026-01-31T06:00:00Z", "local": "2026-01-31 06:00", "day": "2026-01-31",
                  "code": "007", "n o": 1, "a.b": true, "lines": [{"sku": "x", "qty": 1}], "who": {"name": "Ann"},
                  "tags": ["a"], "mixed": [1, {}], "nothing": null, "big": 12345678901234567890123456789012},
                 {"id": 2, "total": 10, "day": "2026-02-01", "code": 8, "lines": [], "N O": 2, "select": null}]
                """));

        assertThat(millrace.call("discover", "fresh", "things").out().lines())
                .containsExactly(
                        "# by the first 2 records, all that there are",
                        "schema:",
                        "  - {name: id, type: INTEGER, mode: REQUIRED}  # such as 1",
                        "  - {name: total, type: NUMERIC}  # such as 9.50",
                        "  - {name: at, type: TIMESTAMP}  # NULL in 1 of 2; such as 2026-01-31T06:00:00Z",
                        "  - {name: local, type: DATETIME}  # NULL in 1 of 2; such as 2026-01-31 06:00",
                        "  - {name: day, type: DATE}  # such as 2026-01-31",
                        "  - {name: code, type: STRING}  # such as 007",
                        "  - {name: n_o, type: INTEGER, from: '\"n o\"'}  # NULL in 1 of 2; such as 1",
                        "  - {name: a_b, type: BOOLEAN, from: '\"a.b\"'}  # NULL in 1 of 2; such as true",
                        "  - name: lines",
                        "    type: RECORD",
                        "    mode: REPEATED",
                        "    fields:",
                        "      - {name: sku, type: STRING}  # such as x",
                        "      - {name: qty, type: INTEGER}  # such as 1",
                        "  - name: who",
                        "    type: RECORD",
                        "    fields:  # NULL in 1 of 2",
                        "      - {name: name, type: STRING}  # such as Ann",
                        "  - {name: tags, type: STRING, mode: REPEATED}  # NULL in 1 of 2",
                        "  - {name: mixed, type: JSON}  # NULL in 1 of 2",
                        "  - {name: nothing, type: STRING}  # NULL in 2 of 2; no value has come, so the type is a guess",
                        "  - {name: big, type: BIGNUMERIC}  # NULL in 1 of 2; such as 12345678901234567890123456789012",
                        "  - {name: N_O_2, type: INTEGER, from: '\"N O\"'}  # NULL in 1 of 2; such as 2",
                        "  - {name: select, type: STRING}  # NULL in 2 of 2; no value has come, so the type is a guess");
        Looking.checkProposals(millrace, "fresh");
        refused(2, ErrorCode.PIPELINE_INVALID.name(), "schema", "run", "fresh");
        refused(2, ErrorCode.REQUEST_INVALID.name(), "a bucket gets records as they are", "discover", "shop", "raw");
        refused(2, ErrorCode.ENDPOINT_UNKNOWN.name(), "thing", "discover", "fresh", "thing");
        refused(2, ErrorCode.PIPELINE_UNKNOWN.name(), "none", "discover", "none", "things");
        refused(1, "SOURCE_REFUSED", "404", "discover", "shop", "missing");
    }

    @Test
    void showsWhatAnExampleLoadsThen() throws Exception {
        millrace.example("hiring");
        Map<String, Answers.Preview> previews = Looking.previews(millrace, "hiring");
        assertThat(previews)
                .hasEntrySatisfying(
                        "hired_employees",
                        preview -> assertThat(preview.complete()).isFalse());
        for (Run run : millrace.runs("hiring")) {
            assertThat(run.state()).isEqualTo(Run.State.SUCCEEDED);
            Looking.checkLoaded(millrace, run, previews.get(run.endpoint()));
        }
        Looking.checkProposals(millrace, "hiring");
    }
}
