package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** R2.7: named queries of files are answered as JSON, right, to whoever may read their tables. */
@Timeout(60)
class InsightsTest {
    private static final Path OURS = Terminal.ROOT.resolve("pipelines/hiring/data");
    /** Where somebody else's files of the same shape may be, beside the checkout. */
    private static final Path OTHERS = Terminal.ROOT.resolve("../shared/data/hiring");

    @TempDir
    private static Path folder;

    private static MillraceUnderTest millrace;
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws Exception {
        millrace = new MillraceUnderTest(folder);
        millrace.example("insights");
        // unlike the example's, hires without a department or job are loaded
        millrace.pipeline(
                "hiring",
                Files.readString(Terminal.ROOT.resolve("pipelines/hiring/pipeline.yaml"))
                        .replace(
                                "name: department_id, type: INTEGER, mode: REQUIRED",
                                "name: department_id, type: INTEGER")
                        .replace("name: job_id, type: INTEGER, mode: REQUIRED", "name: job_id, type: INTEGER")
                        .replace("name: name, type: STRING, mode: REQUIRED", "name: name, type: STRING"));
        insight("echo", """
                -- title: What was said
                -- parameters:
                --   text: {type: STRING}
                --   day: {type: DATE, default: 2026-01-31}
                SELECT @text AS said, '@text' AS plain, @day AS day, @text || @text AS twice -- @nothing
                """);
        insight("slow", """
                -- title: Takes its time
                -- timeout: 100ms
                SELECT count(*) AS n FROM range(100000000000)
                """);
        insight("dialect", "-- title: Of this warehouse\nSELECT nothing");
        insight("dialect.duckdb", "SELECT 'DuckDB' AS warehouse");
        insight("broken", "-- titel: x\nSELECT 1");
        load(OURS);
    }

    @AfterAll
    static void stop() {
        millrace.close();
        HTTP.close();
    }

    private static void insight(String name, String text) throws IOException {
        Files.writeString(folder.resolve("pipelines/insights").resolve(name + ".sql"), text);
    }

    private static void load(Path data) throws Exception {
        Path to = Files.createDirectories(folder.resolve("pipelines/data"));
        for (String file : List.of("departments.csv", "jobs.csv", "hired_employees.csv")) {
            Files.copy(data.resolve(file), to.resolve(file), StandardCopyOption.REPLACE_EXISTING);
        }
        assertThat(millrace.runs("hiring")).allMatch(run -> run.rowsLoaded() != null);
    }

    private static HttpResponse<String> get(String query, String... headers) throws Exception {
        return as(millrace.home().token(), query, headers);
    }

    private static HttpResponse<String> as(String token, String query, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(millrace.url() + "/insights" + query))
                .header("Authorization", "Bearer " + token);
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonNode json(HttpResponse<String> answer) throws IOException {
        return Objects.requireNonNull(ObjectMapper.getDefault().readValue(answer.body(), Argument.of(JsonNode.class)));
    }

    /** Values as texts. */
    private static List<List<@Nullable String>> rows(HttpResponse<String> answer) throws IOException {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        List<List<@Nullable String>> rows = new ArrayList<>();
        for (JsonNode row : Objects.requireNonNull(json(answer).get("rows")).values()) {
            List<@Nullable String> values = new ArrayList<>();
            row.values().forEach(value -> values.add(value.isNull() ? null : value.coerceStringValue()));
            rows.add(values);
        }
        return rows;
    }

    private static String detail(HttpResponse<String> answer) throws IOException {
        return answer.statusCode() + " "
                + Objects.requireNonNull(json(answer).get("detail")).getStringValue();
    }

    private static String token(String name, String tables) {
        MillraceUnderTest.Called made =
                millrace.call("tokens", "create", name, "--role", "viewer", "--tables", tables, "--json");
        assertThat(made.exitCode()).as(made.err()).isZero();
        return made.out().replaceAll("(?s).*\"token\" ?: ?\"([^\"]+)\".*", "$1");
    }

    @Test
    void bothSeedInsightsSayWhatTheFilesSay() throws Exception {
        for (Path data : Stream.of(OTHERS, OURS).filter(Files::isDirectory).toList()) {
            load(data);
            Hires hires = Hires.of(data, false);
            for (int year : List.of(2021, 2022)) {
                List<List<@Nullable String>> groups =
                        rows(get("/?table=HIRES_DEPARTMENT_JOB&limit=10000&year=" + year));
                assertThat(groups).as(data + " " + year).isNotEmpty().isEqualTo(hires.byQuarter(year));
                assertThat(rows(get("/?table=DEPARTMENTS_HIRED_ABOVE_MEAN&year=" + year)))
                        .as(data + " " + year)
                        .isNotEmpty()
                        .isEqualTo(hires.aboveMean(year));
            }
            assertThat(rows(get("?table=HIRES_DEPARTMENT_JOB&limit=10000")).getLast())
                    .as("hires without a department and a job, last")
                    .element(0)
                    .isNull();
        }
        assertThat(get("/?table=HIRES_DEPARTMENT_JOB&limit=4").body())
                .startsWith(
                        "{\"insight\":\"HIRES_DEPARTMENT_JOB\",\"title\":\"Hires by department and job\",\"columns\":["
                                + "{\"name\":\"department\",\"type\":\"STRING\"},{\"name\":\"job\",\"type\":\"STRING\"},"
                                + "{\"name\":\"q1\",\"type\":\"INTEGER\"},")
                .contains("\"q4\":")
                .endsWith("\"truncated\":true}");
        assertThat(rows(get("/?table=HIRES_DEPARTMENT_JOB&limit=4")))
                .isEqualTo(Hires.of(OURS, false).byQuarter(2021).subList(0, 4));
    }

    @Test
    void anAnswerIsTheSameUntilSomethingIsLoaded() throws Exception {
        HttpResponse<String> first = get("?table=DEPARTMENTS_HIRED_ABOVE_MEAN");
        String tag = first.headers().firstValue("ETag").orElseThrow();
        assertThat(get("?table=DEPARTMENTS_HIRED_ABOVE_MEAN", "If-None-Match", tag)
                        .statusCode())
                .isEqualTo(304);
        assertThat(get("?table=DEPARTMENTS_HIRED_ABOVE_MEAN&year=2022", "If-None-Match", tag)
                        .statusCode())
                .isEqualTo(200);

        millrace.runs("hiring", "jobs");
        HttpResponse<String> later = get("?table=DEPARTMENTS_HIRED_ABOVE_MEAN", "If-None-Match", tag);
        assertThat(later.statusCode()).isEqualTo(200);
        assertThat(later.body()).isEqualTo(first.body());
    }

    @Test
    void parametersAreBoundAndNeverPartOfTheSql() throws Exception {
        assertThat(rows(get("?table=echo&text=%27%20OR%201%3D1%20--")).toString())
                .isEqualTo("[[' OR 1=1 --, @text, 2026-01-31, ' OR 1=1 --' OR 1=1 --]]");
        assertThat(rows(get("?table=echo&text=&day=2024-02-29")).toString()).isEqualTo("[[, @text, 2024-02-29, ]]");
        assertThat(detail(get("?table=echo")))
                .isEqualTo("400 text: missing (expected: a value of type STRING such as a text)");
        assertThat(detail(get("?table=echo&text=x&day=2023-02-29")))
                .isEqualTo("400 day: '2023-02-29' (expected: a value of type DATE such as 2026-01-31)");
        assertThat(detail(get("?table=echo&text=x&texts=y")))
                .startsWith("400 unknown parameter 'texts' (expected: text, if that was meant");
        assertThat(detail(get("?table=echo&text=x&text=y"))).startsWith("400 text: [x, y] (expected: one value)");
        assertThat(detail(get("?table=echo&text=x&limit=0"))).startsWith("400 limit: 0 (expected: 1 to 10000)");
        assertThat(detail(get("?limit=4"))).startsWith("400 limit: there is no table (expected");
    }

    @Test
    void aQueryThatTakesLongerThanItMayIsCancelled() throws Exception {
        assertThat(detail(get("?table=slow"))).isEqualTo("422 the query took longer than 0.1 s");
    }

    @Test
    void aTextForTheWarehouseIsTakenInThePlaceOfTheOther() throws Exception {
        assertThat(rows(get("?table=dialect")).toString()).isEqualTo("[[DuckDB]]");
    }

    @Test
    void theListHasWhatMayBeAskedAndWhatIsWrong() throws Exception {
        String list = get("").body();
        assertThat(list)
                .contains(
                        "\"name\":\"HIRES_DEPARTMENT_JOB\",\"title\":\"Hires by department and job\"",
                        "\"parameters\":[{\"name\":\"year\",\"type\":\"INTEGER\",\"fallback\":\"2021\",\"description\":null}]",
                        "\"chart\":{\"type\":\"stacked-bar\",\"x\":\"department\",\"y\":[\"q1\",\"q2\",\"q3\",\"q4\"]}",
                        "broken.sql\",\"errors\":[{",
                        "\"line\":1,\"column\":4,\"field\":\"titel\",\"found\":\"the unknown key titel\"");
        assertThat(get("?table=broken").statusCode()).isEqualTo(422);
        assertThat(detail(get("?table=HIRES")))
                .startsWith(
                        "404 no insight 'HIRES' (there are: DEPARTMENTS_HIRED_ABOVE_MEAN, HIRES_DEPARTMENT_JOB, broken,");
        assertThat(detail(get("?table=..%2F..%2Fecho"))).startsWith("404 no insight");
    }

    @Test
    void aTokenForSomeTablesAsksWhatReadsThemOnly() throws Exception {
        String all = token("dashboard", "hiring.*");
        assertThat(as(all, "?table=HIRES_DEPARTMENT_JOB").statusCode()).isEqualTo(200);
        assertThat(as(all, "").body()).contains("HIRES_DEPARTMENT_JOB", "echo").doesNotContain("broken");

        String one = token("jobs", "hiring.jobs");
        assertThat(detail(as(one, "?table=HIRES_DEPARTMENT_JOB")))
                .isEqualTo("403 jobs is good for tables hiring.jobs, and the insight HIRES_DEPARTMENT_JOB reads"
                        + " hiring.departments, hiring.hired_employees");
        assertThat(as(one, "").body()).contains("echo").doesNotContain("HIRES_DEPARTMENT_JOB");
    }

    @Test
    void theCommandLineListsAndAsks() {
        assertThat(millrace.call("insights").out()).contains("HIRES_DEPARTMENT_JOB", "year INTEGER = 2021");
        MillraceUnderTest.Called asked =
                millrace.call("insights", "echo", "-p", "text=a b", "--parameter", "day=2026-02-01");
        assertThat(asked.out()).as(asked.err()).contains("said", "a b", "2026-02-01");
        MillraceUnderTest.Called wrong = millrace.call("insights", "echo", "-p", "text=x", "-p", "day=x");
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err()).contains("day: 'x'");
        assertThat(millrace.call("insights", "dialect", "--json").out())
                .contains("\"rows\":[{\"warehouse\":\"DuckDB\"}]");
    }
}
