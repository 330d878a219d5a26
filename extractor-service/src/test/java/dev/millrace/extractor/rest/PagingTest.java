package dev.millrace.extractor.rest;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PagingTest {
    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        // small parts, so that several are needed
        extractor = new ExtractorUnderTest(folder, Map.of("millrace.extractor.part-bytes", 10_000));
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    /** Rows {@code from} to {@code to}, both included. */
    private static String rows(int from, int to) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(id -> "{\"id\":" + id + "}")
                .collect(joining(","));
    }

    private static String capped(HttpExchange exchange, int cap, int all) {
        int first = (FakeApi.page(exchange) - 1) * cap + 1;
        return rows(first, Math.min(all, first + cap - 1));
    }

    @Test
    void readsAllRowsOfAServerThatCapsItsPages() throws Exception {
        try (FakeApi api = new FakeApi(
                (exchange, _) -> FakeApi.json(exchange, "{\"students\":[" + capped(exchange, 100, 5000) + "]}"))) {
            ExtractorUnderTest.Result result = extractor.extract(api.paged("students", null));

            assertThat(extractor.records(result))
                    .isEqualTo(IntStream.rangeClosed(1, 5000)
                            .mapToObj(id -> "{\"id\":" + id + "}")
                            .toList());
            assertThat(extractor.manifest(result).parts()).hasSizeGreaterThan(3);
            assertThat(api.requests()).hasSize(52).contains("GET /api/rows?page=51&pageSize=1000");
            assertThat(result.report().last().records()).isEqualTo(5000);
            assertThat(result.log()).anyMatch(line -> line.startsWith("INFO page 10: 100 records, "));
            assertThat(result.log()).as("others are counted").anyMatch(line -> line.contains(" to page "));
            List<String> batches = extractor.batches(result);
            assertThat(batches).allMatch(line -> line.startsWith("DEBUG page "));
            long said = result.log().stream()
                    .filter(line -> line.matches("INFO page [0-9]+: .*"))
                    .count();
            assertThat(batches.size() + said)
                    .as("each page has a line in one of both")
                    .isEqualTo(51);
        }
    }

    /** Whatever part a record comes to stand in, and whatever was rejected before it. */
    @Test
    void knowsOfEachRecordWhichOneOfWhichPageItWas() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int page = FakeApi.page(exchange);
            String rows = page > 60
                    ? ""
                    : IntStream.rangeClosed(1, 100)
                            .mapToObj(row -> "{\"page\":" + page + ",\"row\":" + row
                                    + (page % 7 == 3 && row % 40 == 11 ? ",\"bad\":\"\n\"}" : "}"))
                            .collect(joining(","));
            FakeApi.json(exchange, "{\"rows\":[" + rows + "]}");
        })) {
            ExtractorUnderTest.Result result = extractor.extract(api.paged("rows", null));

            List<Part> parts = extractor.manifest(result).parts();
            assertThat(parts).hasSizeGreaterThan(5);
            List<String> places = parts.stream()
                    .flatMap(part -> LongStream.rangeClosed(1, part.rows()).mapToObj(part::origin))
                    .map(Objects::requireNonNull)
                    .map(origin -> origin.place() + " " + origin.row() + " " + origin.line())
                    .toList();
            assertThat(places)
                    .isEqualTo(extractor.records(result).stream()
                            .map(record -> record.split("[^0-9]+"))
                            .map(of -> api.url() + "/api/rows?page=" + of[1] + "&pageSize=1000 " + of[2] + " null")
                            .toList());
            assertThat(extractor.rejects(result)).hasSize(27).allSatisfy(reject -> {
                String[] of = reject.record().split("[^0-9]+", 4);
                assertThat(reject.part()).isEqualTo(api.url() + "/api/rows?page=" + of[1] + "&pageSize=1000");
                assertThat(reject.row()).isEqualTo(Long.parseLong(of[2]));
            });
        }
    }

    @Test
    void pagesThatAreAskedForByABodyAreNamedByTheirNumber() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) ->
                FakeApi.json(exchange, "{\"rows\":[1],\"next\":" + (number == 1 ? "\"b\"" : "null") + "}"))) {
            ExtractorUnderTest.Result result = extractor.extract(api.endpoint("""
                    request: {path: /api/rows, body: '{"a": 1}'}
                    records: rows
                    pagination: {type: cursor, cursor: next, in: body, parameter: cursor, repeats: allow}
                    """));

            assertThat(extractor.manifest(result).parts().getFirst().origins())
                    .extracting(Origin::place)
                    .containsExactly("page 1 of " + api.url() + "/api/rows", "page 2 of " + api.url() + "/api/rows");
        }
    }

    @Test
    void endsAtTheDeclaredTotalWithoutAskingForAnEmptyPage() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) ->
                FakeApi.json(exchange, "{\"rows\":[" + capped(exchange, 7, 20) + "],\"meta\":{\"total\":20}}"))) {
            ExtractorUnderTest.Result result = extractor.extract(api.paged("rows", "meta.total"));

            assertThat(extractor.records(result)).hasSize(20);
            assertThat(api.requests()).hasSize(3);
            assertThat(result.report().last().total()).isEqualTo(20);
        }
    }

    @Test
    void failsWhenThePagesHoldFewerRecordsThanDeclared() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) ->
                FakeApi.json(exchange, "{\"total\":21,\"rows\":[" + capped(exchange, 10, 20) + "]}"))) {
            assertThat(extractor.extract(api.paged("rows", "total")).failure(ErrorCode.SOURCE_INCONSISTENT))
                    .isEqualTo("the API declares 21 records in 'total', but its pages hold 20");
        }
    }

    @Test
    void failsWhenThePagesHoldMoreRecordsThanDeclared() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) ->
                FakeApi.json(exchange, "{\"total\":15,\"rows\":[" + capped(exchange, 10, 20) + "]}"))) {
            assertThat(extractor.extract(api.paged("rows", "total")).failure(ErrorCode.SOURCE_INCONSISTENT))
                    .contains("declares 15 records")
                    .contains("hold 20 or more");
        }
    }

    @Test
    void failsWhenTheDeclaredTotalChangesOnTheWay() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> FakeApi.json(
                exchange, "{\"total\":" + (100 + number) + ",\"rows\":[" + capped(exchange, 10, 200) + "]}"))) {
            assertThat(extractor.extract(api.paged("rows", "total")).failure(ErrorCode.SOURCE_INCONSISTENT))
                    .isEqualTo("page 2 declares 102 records in 'total', the page before it 101:"
                            + " the data changed while it was read");
        }
    }

    @Test
    void failsWhenAnAnswerLacksTheDeclaredTotal() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "{\"rows\":[{\"id\":1}]}"))) {
            assertThat(extractor.extract(api.paged("rows", "total")).failure(ErrorCode.SOURCE_MALFORMED))
                    .isEqualTo("page 1 declares no total at 'total'");
        }
    }

    @Test
    void failsWhenAPageRepeatsTheOneBefore() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "[" + rows(1, 3) + "]"))) {
            assertThat(extractor.extract(api.paged(null, null)).failure(ErrorCode.SOURCE_INCONSISTENT))
                    .isEqualTo(
                            "page 2 repeats page 1: the API ignores the parameter 'page'; if an API answers so beyond its"
                                    + " last page, repeats: end says so");
        }
    }

    @Test
    void stagesAnEmptyManifestWhenThereIsNothing() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "{\"a\":{\"rows\":[]}}"))) {
            assertThat(extractor.records(api.paged("a.rows", null))).isEqualTo(List.of());
        }
    }

    @Test
    void readsThePagesThatFollowAnOccasional502() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            if (number % 3 == 0) {
                FakeApi.error(exchange, 502, "bad gateway");
            } else {
                FakeApi.json(exchange, "[" + capped(exchange, 10, 100) + "]");
            }
        })) {
            ExtractorUnderTest.Result result = extractor.extract(api.paged(null, null));

            assertThat(extractor.records(result)).hasSize(100).doesNotHaveDuplicates();
            assertThat(result.log()).anyMatch(line -> line.startsWith("WARN GET " + api.url()) && line.contains("502"));
        }
    }
}
