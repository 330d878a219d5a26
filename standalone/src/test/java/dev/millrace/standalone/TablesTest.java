package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** R4.5: what pipelines load is read by filters, in order, page by page or as a whole. */
@Timeout(60)
class TablesTest {
    private static final int COUNT = 25_000;

    @TempDir
    private static Path folder;

    private static MillraceUnderTest millrace;
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static String run = "";

    @BeforeAll
    static void start() throws Exception {
        millrace = new MillraceUnderTest(folder);
        StringBuilder file = new StringBuilder("id,name,price,big,ok,day\n");
        for (int i = 1; i <= COUNT; i++) {
            file.append(i)
                    .append(i % 3 == 0 ? "," : ",\"n, \"\"" + i % 7 + "\"\"\"")
                    .append(",0.10,")
                    .append(i == 1 ? "9007199254740993" : "5")
                    .append(",true,2026-01-31\n");
        }
        Files.createDirectories(folder.resolve("pipelines/data"));
        Files.writeString(folder.resolve("pipelines/data/things.csv"), file);
        millrace.pipeline("things", """
                version: 1
                name: things
                source: {type: files, folder: data}
                endpoints:
                  things:
                    files: {pattern: things.csv, format: {type: csv}}
                    destination: {table: read.things, write: replace}
                    staleAfter: 26h
                    schedule: "0 0 1 1 *"
                    timezone: UTC
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: name, type: STRING}
                      - {name: price, type: NUMERIC}
                      - {name: big, type: INTEGER}
                      - {name: ok, type: BOOLEAN}
                      - {name: day, type: DATE}
                  later:
                    files: {pattern: later.csv, format: {type: csv}}
                    destination: {table: read.later, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """);
        run = millrace.runs("things", "things").getFirst().id();
    }

    @AfterAll
    static void stop() {
        millrace.close();
        HTTP.close();
    }

    private static HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(millrace.url() + "/api/v1/tables" + path))
                .header("Authorization", "Bearer " + millrace.home().token());
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> answer) throws IOException {
        return Objects.requireNonNull(ObjectMapper.getDefault().readValue(answer.body(), Argument.of(JsonNode.class)));
    }

    private static String detail(String path) throws Exception {
        return Objects.requireNonNull(json(get(path)).get("detail")).getStringValue();
    }

    @Test
    void tablesAreListedWithWhatIsKnownOfThem() throws Exception {
        HttpResponse<String> list = get("");
        assertThat(list.statusCode()).isEqualTo(200);
        assertThat(list.body()).contains("\"table\":\"read.later\"", "\"table\":\"read.things\"");
        assertThat(get("/read.things").body())
                .contains(
                        "\"pipeline\":\"things\",\"endpoint\":\"things\"",
                        "{\"name\":\"id\",\"type\":\"INTEGER\",\"nullable\":false}",
                        "\"rows\":" + COUNT + ",",
                        "\"lastLoad\":{\"run\":\"" + run + "\"",
                        "\"staleAfter\":93600,\"stale\":false,\"due\":\"")
                .endsWith("-01-01T00:00:00Z\"}");
        assertThat(get("/read.later").body()).contains("\"columns\":[],\"rows\":null", "\"due\":null");
        assertThat(detail("/read.none")).startsWith("no pipeline loads a table 'read.none' (expected: one of [");
    }

    @Test
    void pagesFollowEachOtherByCursor() throws Exception {
        List<String> ids = new ArrayList<>();
        String query = "?fields=id,name&sort=name,-id&filter=id:le:2500&limit=1000";
        String after = "";
        do {
            JsonNode page = json(get("/read.things/rows" + query + after));
            for (JsonNode row : Objects.requireNonNull(page.get("rows")).values()) {
                ids.add(Objects.requireNonNull(row.get("id")).getNumberValue().toString());
            }
            JsonNode next = Objects.requireNonNull(page.get("next"));
            after = next.isNull() ? "" : "&after=" + next.getStringValue();
        } while (!after.isEmpty());

        assertThat(ids)
                .isEqualTo(
                        millrace
                                .query("SELECT id FROM read.things WHERE id <= 2500 ORDER BY name NULLS LAST, id DESC")
                                .stream()
                                .map(row -> row.getFirst())
                                .toList());
        String next = Objects.requireNonNull(
                        json(get("/read.things/rows?limit=1")).get("next"))
                .getStringValue();
        assertThat(detail("/read.things/rows?limit=1&sort=id&after=" + next))
                .startsWith("after: no cursor of this question");
        assertThat(detail("/read.things/rows?after=x")).startsWith("after: no cursor of this question");
    }

    @Test
    void numbersThatReadersWouldRoundAreTexts() throws Exception {
        assertThat(get("/read.things/rows?limit=1&sort=id").body())
                .contains(
                        "{\"id\":1,\"name\":\"n, \\\"1\\\"\",\"price\":\"0.1\",\"big\":\"9007199254740993\",\"ok\":true,\"day\":\"2026-01-31\"}");
    }

    @Test
    void allRowsAreStreamedAsLines() throws Exception {
        HttpResponse<String> lines = get("/read.things/rows?fields=id,name", "Accept", "application/x-ndjson");
        assertThat(lines.headers().firstValue("Content-Type")).contains("application/x-ndjson");
        assertThat(lines.body().lines()).hasSize(COUNT).startsWith("{\"id\":1,\"name\":\"n, \\\"1\\\"\"}");
        assertThat(lines.body()).endsWith("{\"id\":" + COUNT + ",\"name\":\"n, \\\"3\\\"\"}\n");

        HttpResponse<String> csv = get("/read.things/rows?fields=id,name", "Accept", "text/csv");
        assertThat(csv.body().split("\r\n"))
                .hasSize(COUNT + 1)
                .startsWith("id,name", "1,\"n, \"\"1\"\"\"", "2,\"n, \"\"2\"\"\"", "3,");
        HttpResponse<String> some = get("/read.things/rows?limit=2", "Accept", "text/csv");
        assertThat(some.body().lines()).hasSize(3);
        assertThat(some.headers().firstValue("Millrace-Next")).isPresent();
    }

    @Test
    void allRowsAreSentAsParquet() throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create(millrace.url() + "/api/v1/tables/read.things/rows?fields=id&filter=id:le:3"))
                .header("Authorization", "Bearer " + millrace.home().token())
                .header("Accept", "application/vnd.apache.parquet")
                .build();
        HttpResponse<byte[]> parquet = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());

        assertThat(parquet.headers().firstValue("Content-Type")).contains("application/vnd.apache.parquet");
        assertThat(new String(parquet.body(), 0, 4, StandardCharsets.US_ASCII)).isEqualTo("PAR1");
        assertThat(new String(parquet.body(), parquet.body().length - 4, 4, StandardCharsets.US_ASCII))
                .isEqualTo("PAR1");
        assertThat(get("/read.things/rows?limit=5", "Accept", "application/vnd.apache.parquet")
                        .body())
                .contains("limit: 5 (expected: none with application/vnd.apache.parquet, which is of all rows)");
    }

    @Test
    void whatHasNotChangedIsNotSentAgain() throws Exception {
        String all = get("/read.things/rows", "Accept", "text/csv")
                .headers()
                .firstValue("ETag")
                .orElseThrow();
        assertThat(get("/read.things/rows", "Accept", "text/csv", "If-None-Match", all)
                        .statusCode())
                .isEqualTo(304);
        assertThat(get("/read.things/rows", "Accept", "application/x-ndjson", "If-None-Match", all)
                        .statusCode())
                .isEqualTo(200);
        String tag =
                get("/read.things/rows?limit=3").headers().firstValue("ETag").orElseThrow();
        HttpResponse<String> again = get("/read.things/rows?limit=3", "If-None-Match", tag);
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(get("/read.things/rows?limit=4", "If-None-Match", tag).statusCode())
                .isEqualTo(200);
    }

    @Test
    void whatMakesNoSenseIsRefusedByOneClearError() throws Exception {
        for (Map.Entry<String, String> wrong : Map.of(
                        "?id=5", "unknown parameter 'id' (expected: one of [after, fields, filter, limit, sort]",
                        "?filter=id", "filter: 'id' (expected: COLUMN:OPERATOR:VALUE, with one of [",
                        "?filter=id:is:5", "filter: 'id:is:5' (expected: COLUMN:OPERATOR:VALUE",
                        "?filter=id:null:5", "filter: 'id:null:5' (expected: no value after null)",
                        "?filter=size:eq:5",
                                "filter: no column 'size' (expected: one of id, name, price, big, ok, day)",
                        "?filter=day:eq:2026-02-30",
                                "filter: day is DATE, not '2026-02-30' (expected: a value such as 2026-01-31)",
                        "?filter=id:in:%5B1,2", "filter: '[1,2' (expected: values with commas",
                        "?sort=id,-id", "sort: 'id,-id' (expected: each column once)",
                        "?fields=none", "fields: no column 'none'",
                        "?limit=1001", "limit: 1001 (expected: 1 to 1000)")
                .entrySet()) {
            HttpResponse<String> answer = get("/read.things/rows" + wrong.getKey());
            assertThat(answer.statusCode()).as(wrong.getKey()).isEqualTo(400);
            assertThat(Objects.requireNonNull(json(answer).get("detail")).getStringValue())
                    .startsWith(wrong.getValue());
        }
        assertThat(get("/read.later/rows").statusCode()).isEqualTo(404);
        assertThat(get("/read.later/rows", "Accept", "text/csv").statusCode()).isEqualTo(404);
        assertThat(get("/read.things/rows?filter=size:eq:5", "Accept", "text/csv")
                        .body())
                .contains("filter: no column 'size' (expected: one of id, name, price, big, ok, day)");
        assertThat(get("/read.things/rows", "Accept", "image/png").statusCode()).isEqualTo(406);
    }
}
