package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.pipeline.rest.Request;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Work;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests with a JSON body, and what else of them the day goes into. */
class PostTest {
    private static ExtractorUnderTest extractor;

    private final List<String> bodies = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    private void keep(HttpExchange exchange) throws IOException {
        bodies.add(exchange.getRequestHeaders().getFirst("Content-Type") + " "
                + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
    }

    private static Work.Extract post(FakeApi api, String body, Pagination pagination) {
        return new Work.Extract(
                api.source(new Auth.None()),
                new RestRead(FakeApi.request("/events", Map.of(), body), "rows", pagination),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private static Pagination.Cursor cursorAt(String path) {
        return FakeApi.cursor(Pagination.Cursor.From.BODY, "next", Pagination.Cursor.In.BODY, path, null);
    }

    @Test
    void sendsTheBodyWithDayAndSecretsInItsTextsAndNumbersAsTheyAre() throws Exception {
        extractor.secret("tenant", "marker-\"x\\");
        try (FakeApi api = new FakeApi((exchange, _) -> {
            keep(exchange);
            FakeApi.json(exchange, "{\"rows\":[{\"id\":1}]}");
        })) {
            Work.Extract work = post(api, """
                    {"type": ["charge", "é"], "from": "${day}T00:00:00Z", "tenant": "${secret:tenant}",
                     "limit": 1.50e3, "big": 12345678901234567890.10, "all": true, "none": null, "deep": {"a": []}}
                    """, new Pagination.None());
            ExtractorUnderTest.Result result = extractor.extract(extractor.task(work, RunWindow.parse("2026-01-31")));

            assertThat(extractor.records(result)).containsExactly("{\"id\":1}");
            assertThat(api.requests()).containsExactly("POST /events");
            assertThat(bodies)
                    .containsExactly("application/json {\"type\":[\"charge\",\"é\"],\"from\":\"2026-01-31T00:00:00Z\","
                            + "\"tenant\":\"marker-\\\"x\\\\\",\"limit\":1.50e3,\"big\":12345678901234567890.10,"
                            + "\"all\":true,\"none\":null,\"deep\":{\"a\":[]}}");
            assertThat(result.log()).noneMatch(line -> line.contains("marker-"));
            assertThat(extractor.extract(work).failure(ErrorCode.PIPELINE_INVALID))
                    .isEqualTo("the request's body uses ${day}, but the run is not of a day");
        }
    }

    @Test
    void sendsTheDayAsANumberAndTheBatchBesideTheCursor() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            keep(exchange);
            FakeApi.json(exchange, "{\"rows\":[{\"id\":" + number + "}]" + (number == 1 ? ",\"next\":7" : "") + "}");
        })) {
            Pagination pagination = new Pagination.Cursor(
                    Pagination.Cursor.From.BODY,
                    "next",
                    Pagination.Cursor.In.BODY,
                    "page.after",
                    "page.limit",
                    50,
                    10,
                    100,
                    FakeApi.ENDS);
            Work.Extract work = post(api, "{\"from\": ${day:%s}, \"until\": \"${day+1:%d.%m.%Y}\"}", pagination);
            assertThat(extractor.records(extractor.extract(extractor.task(work, RunWindow.parse("2026-01-31")))))
                    .hasSize(2);
            assertThat(bodies)
                    .containsExactly(
                            "application/json {\"from\":1769817600,\"until\":\"01.02.2026\",\"page\":{\"limit\":50}}",
                            "application/json {\"from\":1769817600,\"until\":\"01.02.2026\","
                                    + "\"page\":{\"after\":\"7\",\"limit\":50}}");
        }
    }

    @Test
    void countsPagesAndRecordsInTheBody() throws Exception {
        String request = "request: {path: /events, body: '{\"q\":\"a\",\"paging\":{\"page\":\"x\"}}'}\nrecords: rows\n";
        for (String pagination : List.of(
                "pagination: {type: page, in: body, page: paging.page, size: size, batch: 1, total: total}",
                "pagination: {type: offset, in: body, offset: paging.page, size: size, batch: 1, first: 1, total: total}")) {
            bodies.clear();
            try (FakeApi api = new FakeApi((exchange, number) -> {
                keep(exchange);
                FakeApi.json(
                        exchange, "{\"total\":2,\"rows\":[" + (number > 2 ? "" : "{\"id\":" + number + "}") + "]}");
            })) {
                assertThat(extractor.records(api.endpoint(request + pagination)))
                        .containsExactly("{\"id\":1}", "{\"id\":2}");
                assertThat(bodies)
                        .startsWith(
                                "application/json {\"q\":\"a\",\"paging\":{\"page\":1},\"size\":1}",
                                "application/json {\"q\":\"a\",\"paging\":{\"page\":2},\"size\":1}");
                assertThat(api.requests()).allMatch("POST /events"::equals);
            }
        }
    }

    @Test
    void putsTheCursorIntoTheBodyAsATextOrWhereANumberStandsAsANumber() throws Exception {
        for (String template : List.of("{\"limit\":2}", "{\"page\":{\"cursor\":0},\"limit\":2}")) {
            bodies.clear();
            try (FakeApi api = new FakeApi((exchange, number) -> {
                keep(exchange);
                FakeApi.json(
                        exchange,
                        "{\"rows\":[{\"id\":" + number + "}],\"next\":" + (number == 3 ? "null" : "" + number * 10)
                                + "}");
            })) {
                assertThat(extractor.records(post(api, template, cursorAt("page.cursor"))))
                        .hasSize(3);
                boolean text = template.startsWith("{\"limit");
                assertThat(bodies)
                        .containsExactly(
                                "application/json " + template,
                                "application/json "
                                        + (text
                                                ? "{\"limit\":2,\"page\":{\"cursor\":\"10\"}}"
                                                : "{\"page\":{\"cursor\":10},\"limit\":2}"),
                                "application/json "
                                        + (text
                                                ? "{\"limit\":2,\"page\":{\"cursor\":\"20\"}}"
                                                : "{\"page\":{\"cursor\":20},\"limit\":2}"));
            }
        }
    }

    @Test
    void neverResolvesASecretThatACursorNamesAndKeepsItAText() throws Exception {
        extractor.secret("other", "marker-other");
        try (FakeApi api = new FakeApi((exchange, number) -> {
            keep(exchange);
            FakeApi.json(exchange, number == 1 ? "{\"rows\":[1],\"next\":\"${secret:other}\\\"}\"}" : "{\"rows\":[2]}");
        })) {
            assertThat(extractor.records(post(api, "{\"cursor\":0}", cursorAt("cursor"))))
                    .hasSize(2);
            assertThat(bodies)
                    .containsExactly(
                            "application/json {\"cursor\":0}",
                            "application/json {\"cursor\":\"${secret:other}\\\"}\"}");
        }
    }

    @Test
    void sendsTheBodyAgainToTheNextUrlAfterA503AndAfterARedirectThatKeepsIt() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            keep(exchange);
            switch (number) {
                case 1 -> FakeApi.json(exchange, "{\"rows\":[1],\"next\":\"/events?page=2\"}");
                case 2 -> FakeApi.error(exchange, 503, "busy");
                case 3 -> {
                    exchange.getResponseHeaders().set("Location", "/moved");
                    FakeApi.error(exchange, 308, "");
                }
                default -> FakeApi.json(exchange, "{\"rows\":[2]}");
            }
        })) {
            assertThat(extractor.records(post(api, "{\"a\":1}", new Pagination.NextUrl("next", FakeApi.ENDS))))
                    .hasSize(2);
            assertThat(api.requests())
                    .containsExactly("POST /events", "POST /events?page=2", "POST /events?page=2", "POST /moved");
            assertThat(bodies).hasSize(4).containsOnly("application/json {\"a\":1}");
        }
    }

    @Test
    void putsTheDayIntoHeaders() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            bodies.add(exchange.getRequestHeaders().getFirst("x-from"));
            FakeApi.json(exchange, "[]");
        })) {
            Work.Extract work = new Work.Extract(
                    api.source(new Auth.None()),
                    new RestRead(
                            new Request(
                                    "/events",
                                    Map.of(),
                                    Map.of("x-from", "day ${day}"),
                                    null,
                                    false,
                                    Missing.FAIL,
                                    Request.Errors.FAIL,
                                    List.of(),
                                    List.of(),
                                    List.of(),
                                    List.of()),
                            null,
                            new Pagination.None()),
                    List.of(),
                    Work.Parts.TO_TRANSFORM);
            extractor.records(extractor.extract(extractor.task(work, RunWindow.parse("2026-01-31"))));

            assertThat(bodies).containsExactly("day 2026-01-31");
            assertThat(extractor.extract(work).failure(ErrorCode.PIPELINE_INVALID))
                    .isEqualTo("the request's header 'x-from' uses ${day}, but the run is not of a day");
        }
    }

    @Test
    void refusesARedirectThatWouldDropTheBody() throws Exception {
        for (int status : List.of(301, 302, 303)) {
            try (FakeApi api = new FakeApi((exchange, _) -> {
                exchange.getResponseHeaders().set("Location", "/moved");
                FakeApi.error(exchange, status, "");
            })) {
                assertThat(extractor
                                .extract(post(api, "{}", new Pagination.None()))
                                .failure(ErrorCode.SOURCE_REFUSED))
                        .isEqualTo("POST " + api.url() + "/events: " + status
                                + " redirects to a page that is to be read without the body");
                assertThat(api.requests()).hasSize(1);
            }
        }
    }
}
