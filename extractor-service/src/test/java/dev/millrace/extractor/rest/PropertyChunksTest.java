package dev.millrace.extractor.rest;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.rest.PropertyChunks;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Reject;
import dev.millrace.task.Work;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Properties that are asked for by name, some with each request, and joined record by record. */
class PropertyChunksTest {
    private static final String CONTACTS = """
            request: {path: /contacts}
            records: results
            properties: {names: [email, city, age], maxNames: 2}
            """;
    private static final String NEXT = "pagination: {type: cursor, cursor: next, parameter: after, maxPages: 100}\n";

    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        // little memory, so that answers wait in files
        extractor = new ExtractorUnderTest(folder, Map.of("millrace.extractor.page-bytes", 4096));
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    private static Work.ExtractEach work(FakeApi api, String... keys) {
        return new Work.ExtractEach(api.endpoint(String.join("\n", keys)));
    }

    private static String asked(HttpExchange exchange) {
        return FakeApi.query(exchange).getOrDefault("properties", "");
    }

    /** A contact as the API sends it when these properties are asked for. */
    private static String contact(int id, String properties) {
        return Stream.of(properties.split(",", -1))
                .map(name -> ",\"" + name + "\":\"" + name + " of " + id + "\"")
                .collect(joining("", "{\"id\":" + id + ",\"properties\":{\"at\":1.50", "}}"));
    }

    /** @param answers by the names that are asked for; what it makes of nothing is not there */
    private static FakeApi answering(Map<String, String> answers) throws IOException {
        return new FakeApi((exchange, _) -> FakeApi.json(exchange, answers.getOrDefault(asked(exchange), "")));
    }

    private static String failure(FakeApi api, String... keys) throws Exception {
        return extractor.extract(work(api, keys)).failure(ErrorCode.SOURCE_INCONSISTENT);
    }

    @Test
    void makeOneRecordOfItsPartsAndKeepWhatWasSent() throws Exception {
        try (FakeApi api = answering(
                Map.of(
                        "email,city",
                        "{\"results\":[{\"id\": 7,\"properties\":{ \"email\":\"a\\u00e9\",\"at\":1.50, \"city\" : null},\"tags\":[1, 2]}]}",
                        "age",
                        "{\"results\":[{\"properties\":{\"at\":1.50,\"age\":12345678901234567890.10},\"tags\":[1, 2],\"id\":7}]}"))) {
            ExtractorUnderTest.Result result = extractor.extract(work(api, CONTACTS));

            assertThat(extractor.records(result))
                    .containsExactly("{\"id\":7,\"properties\":{\"email\":\"a\\u00e9\",\"at\":1.50,\"city\":null,"
                            + "\"age\":12345678901234567890.10},\"tags\":[1, 2]}");
            assertThat(api.requests())
                    .containsExactly("GET /contacts?properties=email%2Ccity", "GET /contacts?properties=age");
            assertThat(result.log())
                    .contains("INFO each page is asked for in 2 parts, which are joined by id")
                    .anyMatch(line -> line.startsWith("INFO the answer: 1 records, 187 bytes, "));
            Manifest manifest = extractor.manifest(result);
            assertThat(manifest.parts().getFirst().origins())
                    .containsExactly(new Origin(1, api.url() + "/contacts", 1, null));
            assertThat(manifest.counts().records()).isEqualTo(1);
        }
    }

    /** Three pages of a thousand, each larger than what is held in memory. */
    private static FakeApi pages(UnaryOperator<String> next) throws IOException {
        return new FakeApi((exchange, _) -> {
            int page = Integer.parseInt(FakeApi.query(exchange).getOrDefault("after", "0"));
            String records = IntStream.range(1000 * page, 1000 * page + 1000)
                    .mapToObj(id -> contact(id, asked(exchange)))
                    .collect(joining(","));
            FakeApi.json(
                    exchange,
                    "{\"results\":[" + records + "],\"next\":"
                            + (page == 2 ? "null" : next.apply((page + 1) + "," + asked(exchange))) + "}");
        });
    }

    private static void assertThreePages(ExtractorUnderTest.Result result) throws Exception {
        List<String> records = extractor.records(result);
        assertThat(records).hasSize(3000);
        for (int id = 0; id < 3000; id++) {
            assertThat(records.get(id)).isEqualTo(contact(id, "email,city,age"));
        }
    }

    @Test
    void goWithCursors() throws Exception {
        try (FakeApi api = pages(next -> next.substring(0, 1))) {
            assertThreePages(extractor.extract(work(api, CONTACTS + NEXT)));
            assertThat(api.requests())
                    .containsExactly(
                            "GET /contacts?properties=email%2Ccity",
                            "GET /contacts?properties=age",
                            "GET /contacts?after=1&properties=email%2Ccity",
                            "GET /contacts?after=1&properties=age",
                            "GET /contacts?after=2&properties=email%2Ccity",
                            "GET /contacts?after=2&properties=age");
        }
    }

    @Test
    void goWithUrlsOfTheNextPageThoughThoseHaveTheNamesInThem() throws Exception {
        BinaryOperator<String> url = (page, names) -> "\"/contacts?properties=" + names + "&after=" + page + "\"";
        try (FakeApi api = pages(next -> url.apply(next.substring(0, 1), next.substring(2)))) {
            assertThreePages(
                    extractor.extract(work(api, CONTACTS + "pagination: {type: next-url, url: next, maxPages: 100}")));
            assertThat(api.requests())
                    .hasSize(6)
                    .endsWith("GET /contacts?after=2&properties=email%2Ccity", "GET /contacts?after=2&properties=age");
        }
    }

    @Test
    void goWithPagesThatAreReadAtOnceAndWithListsOfForEach() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            String list = exchange.getRequestURI().getPath().split("/", -1)[1];
            int page = FakeApi.page(exchange);
            FakeApi.json(
                    exchange,
                    IntStream.rangeClosed(1, page > 5 ? 0 : 10)
                            .mapToObj(id -> contact(10 * page + id, asked(exchange)))
                            .collect(joining(",", "{\"total\":50,\"results\":[", "],\"list\":\"" + list + "\"}")));
        })) {
            String paged = "pagination: {type: page, batch: 10, total: total";
            List<String> all = IntStream.rangeClosed(11, 60)
                    .mapToObj(id -> contact(id, "email,city,age"))
                    .toList();

            assertThat(extractor.records(work(api, CONTACTS + paged + ", parallel: 4}")))
                    .containsExactlyElementsOf(all);
            assertThat(extractor.records(work(
                            api,
                            CONTACTS.replace("/contacts", "\"/${of}/contacts\"") + paged + "}",
                            "forEach: {values: [a, b], as: of, parallel: 2}")))
                    .containsExactlyElementsOf(Stream.of("a", "b")
                            .flatMap(of -> all.stream().map(record -> "{\"of\":\"" + of + "\"," + record.substring(1)))
                            .toList());
        }
    }

    @Test
    void areAskedForByTheColumnsAndInOneRequestWithoutALimit() throws Exception {
        try (FakeApi api = new FakeApi(
                (exchange, _) -> FakeApi.json(exchange, "{\"results\":[" + contact(1, asked(exchange)) + "]}"))) {
            Work.Extract extract = api.endpoint(CONTACTS);
            RestRead read = (RestRead) extract.read();
            RestRead ofColumns = new RestRead(
                            read.request(),
                            read.records(),
                            read.pagination(),
                            null,
                            null,
                            read.format(),
                            null,
                            new PropertyChunks("properties", List.of(), "properties", null, null, "id"))
                    .named(List.of("id", "properties.email", "at", "properties.\"a b\".c", "properties.email"));
            Work.Extract named = new Work.Extract(extract.source(), ofColumns, List.of(), extract.parts());

            assertThat(extractor.records(new Work.ExtractEach(named))).containsExactly(contact(1, "email,a b"));
            assertThat(api.requests()).containsExactly("GET /contacts?properties=email%2Ca%20b");
        }
    }

    @Test
    void recordsThatAreNoneInAnAnswerOrHaveNoKeyAreRejectedOnce() throws Exception {
        try (FakeApi api = answering(Map.of(
                "email,city",
                "{\"results\":[7,{\"id\":2,\"a\":1},{\"a\":1},{\"id\":4,\"a\":\"x\ny\"},{\"id\":5,\"a\":1,\"a\":2},"
                        + "{\"id\":\"\"},{\"id\":9,\"a\":{\"b\":{\"c\":1}}}]}",
                "age",
                "{\"results\":[7,{\"id\":2,\"b\":\"x\ny\"},{\"b\":1},{\"id\":4,\"b\":\"x\ny\"},{\"id\":5},"
                        + "{\"id\":null},{\"id\":9,\"a\":{\"b\":{\"d\":2}}}]}"))) {
            ExtractorUnderTest.Result result = extractor.extract(work(api, CONTACTS));

            assertThat(extractor.records(result)).containsExactly("{\"id\":9,\"a\":{\"b\":{\"c\":1,\"d\":2}}}");
            assertThat(extractor.rejects(result))
                    .extracting(Reject::row, Reject::reason)
                    .containsExactly(
                            tuple(
                                    1L,
                                    "the record can't be joined of its parts: the path 'id' leads through the document,"
                                            + " which is a number in line 1, column 1"),
                            tuple(2L, "a line break inside of a text, which JSON does not allow"),
                            tuple(3L, "the record has no id, by which its parts are joined"),
                            tuple(4L, "a line break inside of a text, which JSON does not allow"),
                            tuple(5L, "the record can't be joined of its parts: the name 'a' twice"),
                            tuple(6L, "the record has no id, by which its parts are joined"));
            assertThat(extractor.rejects(result)).extracting(Reject::part).containsOnly(api.url() + "/contacts");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            [{"id":1},{"id":2}] | [{"id":1}] | null | one has 2 records, and one 1
            [{"id":1},{"id":2}] | [{"id":2},{"id":1}] | null | record 1 has the id '1' in one, and '2' in another
            [{"id":1},{"id":2}] | [{"id":1},{}] | null | record 2 has the id '2' in one, and of none in another
            [{"id":1},{"id":1}] | [{"id":1},{"id":1}] | null | record 2 has the id of one before it, '1'
            [{"id":1,"a":{"t":1}}] | [{"id":1,"a":{"t":2}}] | null | the record '1' has '1' at a.t in one, and '2' in another
            [{"id":1,"a":{"t":1}}] | [{"id":1,"a":null}] | null | the record '1' has '{"t":1}' at a in one, and 'null' in another
            [{"id":1,"a":1.0}] | [{"id":1,"a":1.00}] | null | the record '1' has '1.0' at a in one, and '1.00' in another
            [{"id":1}] | [{"id":1}] | "7" | 'next' is not there in one, and '7' in another
            """)
    void answersThatDontFitTogetherAreAskedForThreeTimesAndFailTheRun(
            String first, String second, String next, String why) throws Exception {
        try (FakeApi api = answering(Map.of(
                "email,city",
                "{\"results\":" + first + ",\"next\":null}",
                "age",
                "{\"results\":" + second + ",\"next\":" + next + "}"))) {
            assertThat(failure(api, CONTACTS + NEXT))
                    .isEqualTo("page 1 of " + api.url() + "/contacts: the 2 answers with its parts don't fit together: "
                            + why
                            + ", also when they are asked for again (expected: the same records in the same order,"
                            + " whatever properties are asked for, each with its key, and one value for what is in"
                            + " several answers)");
            assertThat(api.requests()).hasSize(6);
        }
    }

    @Test
    void aRecordThatChangesBetweenTheAnswersIsReadAsItIsAfterwards() throws Exception {
        AtomicInteger version = new AtomicInteger();
        try (FakeApi api = new FakeApi((exchange, number) -> FakeApi.json(
                exchange,
                "{\"results\":[{\"id\":1,\"at\":" + (number == 1 ? version.getAndIncrement() : version.get()) + ",\""
                        + asked(exchange).replace(',', '-') + "\":1}]}"))) {
            ExtractorUnderTest.Result result = extractor.extract(work(api, CONTACTS));

            assertThat(extractor.records(result)).containsExactly("{\"id\":1,\"at\":1,\"email-city\":1,\"age\":1}");
            assertThat(result.log())
                    .contains("INFO the answer of " + api.url()
                            + "/contacts: the 2 answers with its parts don't fit together:"
                            + " the record '1' has '0' at at in one, and '1' in another; they are asked for again");
        }
    }

    @Test
    void aRefusalSaysWhatWasAskedFor() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            if (asked(exchange).equals("age")) {
                FakeApi.error(exchange, 400, "no such property");
            } else {
                FakeApi.json(exchange, "{\"results\":[]}");
            }
        })) {
            assertThat(extractor.extract(work(api, CONTACTS)).failure(ErrorCode.SOURCE_REFUSED))
                    .isEqualTo("GET " + api.url() + "/contacts: 400: no such property; asked for properties=age");
        }
    }

    @Test
    void anAnswerThatIsLeftOutIsAskedForOnce() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.error(exchange, 404, "gone"))) {
            String skip = "request: {path: /contacts, skipIf: [{status: [404]}]}";
            assertThat(extractor.records(work(api, CONTACTS.replace("request: {path: /contacts}", skip))))
                    .isEmpty();
            assertThat(api.requests()).hasSize(1);
        }
    }
}
