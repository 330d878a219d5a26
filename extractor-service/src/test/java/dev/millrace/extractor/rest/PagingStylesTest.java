package dev.millrace.extractor.rest;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Receipt;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages by offset, cursor and link, from servers that do what the documentation of a public API says. */
class PagingStylesTest {
    private static final Auth NO_AUTH = new Auth.None();

    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of());
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

    private static List<String> all(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(id -> "{\"id\":" + id + "}")
                .toList();
    }

    private static Work.Extract work(FakeApi api, Map<String, String> query, String records, Pagination pagination) {
        return new Work.Extract(
                api.source(NO_AUTH),
                new RestRead(FakeApi.request("/api/rows", query, null), records, pagination),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private static Pagination.Cursor bodyCursor(String path, String parameter, @Nullable String hasMore) {
        return FakeApi.cursor(Pagination.Cursor.From.BODY, path, Pagination.Cursor.In.QUERY, parameter, hasMore);
    }

    private static Pagination.Cursor stripe() {
        return FakeApi.cursor(
                Pagination.Cursor.From.RECORD, "id", Pagination.Cursor.In.QUERY, "starting_after", "has_more");
    }

    private static String failure(FakeApi api, @Nullable String records, Pagination pagination, ErrorCode code)
            throws Exception {
        return extractor
                .extract(FakeApi.work(api.source(NO_AUTH), records, pagination))
                .failure(code);
    }

    /** SCIM counts from 1 and may return fewer than asked for: https://www.rfc-editor.org/rfc/rfc7644#section-3.4.2.4 */
    @Test
    void readsByOffsetWhatAServerReturnsInShorterPagesThanAskedFor() throws Exception {
        AtomicLong bytes = new AtomicLong();
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int start = Integer.parseInt(FakeApi.query(exchange).get("startIndex"));
            String body = "{\"totalResults\":25,\"startIndex\":" + start + ",\"Resources\":["
                    + rows(start, Math.min(25, start + 9)) + "]}";
            bytes.addAndGet(body.length());
            FakeApi.json(exchange, body);
        })) {
            Pagination scim = FakeApi.offsets("startIndex", "count", 20, 1, "totalResults");
            ExtractorUnderTest.Result result = extractor.extract(work(api, Map.of(), "Resources", scim));

            assertThat(extractor.records(result)).isEqualTo(all(25));
            assertThat(api.requests())
                    .containsExactly(
                            "GET /api/rows?startIndex=1&count=20",
                            "GET /api/rows?startIndex=11&count=20",
                            "GET /api/rows?startIndex=21&count=20");
            assertThat(result.report().last().total()).isEqualTo(25);
            Receipt receipt = extractor.manifest(result).receipt();
            assertThat(receipt).isEqualTo(new Receipt(3, 25, bytes.get(), 25L, null, null));
            assertThat(result.log())
                    .contains("INFO receipt: 3 pages, 25 records, " + bytes.get() + " bytes, 25 records declared");
        }
    }

    @Test
    void readsByOffsetUntilAPageIsEmptyWhenThereIsNoTotal() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int offset = Integer.parseInt(FakeApi.query(exchange).get("offset"));
            FakeApi.json(exchange, "[" + rows(offset + 1, Math.min(12, offset + 5)) + "]");
        })) {
            Pagination offset = FakeApi.offsets("offset", "limit", 5, 0, null);

            assertThat(extractor.records(FakeApi.work(api.source(NO_AUTH), null, offset)))
                    .isEqualTo(all(12));
            assertThat(api.requests())
                    .hasSize(5)
                    .endsWith("GET /api/rows?offset=12&limit=5", "GET /api/rows?offset=17&limit=5");
        }
    }

    @Test
    void failsWhenOffsetsAreIgnoredOrTheirTotalIsNotReached() throws Exception {
        Pagination offset = FakeApi.offsets("offset", "limit", 5, 0, "total");
        try (FakeApi api =
                new FakeApi((exchange, _) -> FakeApi.json(exchange, "{\"total\":20,\"rows\":[" + rows(1, 5) + "]}"))) {
            assertThat(failure(api, "rows", offset, ErrorCode.SOURCE_INCONSISTENT))
                    .isEqualTo(
                            "offset 5 repeats offset 0: the API ignores the parameter 'offset'; if an API answers so beyond"
                                    + " its last page, repeats: end says so");
        }
        try (FakeApi api = new FakeApi((exchange, number) ->
                FakeApi.json(exchange, "{\"total\":20,\"rows\":[" + (number == 1 ? rows(1, 5) : "") + "]}"))) {
            assertThat(failure(api, "rows", offset, ErrorCode.SOURCE_INCONSISTENT))
                    .isEqualTo("the API declares 20 records in 'total', but its pages hold 5");
        }
    }

    /**
     * The API of Kubernetes hands out a token in {@code metadata.continue}, which is empty or missing on the last page:
     * https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
     */
    @Test
    void readsKubernetesListsInChunks() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            Map<String, String> query = FakeApi.query(exchange);
            String metadata = switch (query.getOrDefault("continue", "")) {
                case "" -> "{\"resourceVersion\":\"10245\",\"continue\":\"ENCODED+1/=\",\"remainingItemCount\":9}";
                case "ENCODED+1/=" -> "{\"resourceVersion\":\"10245\",\"continue\":\"ENCODED_2\"}";
                default -> "{\"resourceVersion\":\"10245\",\"continue\":\"\"}";
            };
            String items = switch (query.getOrDefault("continue", "")) {
                case "" -> rows(1, 5);
                case "ENCODED+1/=" -> rows(6, 10);
                default -> rows(11, 14);
            };
            FakeApi.json(exchange, "{\"kind\":\"PodList\",\"metadata\":" + metadata + ",\"items\":[" + items + "]}");
        })) {
            Work.Extract work =
                    work(api, Map.of("limit", "5"), "items", bodyCursor("metadata.continue", "continue", null));

            assertThat(extractor.records(work)).isEqualTo(all(14));
            assertThat(api.requests())
                    .containsExactly(
                            "GET /api/rows?limit=5",
                            "GET /api/rows?limit=5&continue=ENCODED%2B1%2F%3D",
                            "GET /api/rows?limit=5&continue=ENCODED_2");
        }
    }

    /**
     * Cloud Storage leaves {@code nextPageToken} out of the last page; pages before it may be empty:
     * https://cloud.google.com/storage/docs/json_api/v1/objects/list
     */
    @Test
    void readsCloudStorageListingsWhoseTokensMayComeWithEmptyPages() throws Exception {
        List<String> pages = List.of(rows(1, 3), "", "", rows(4, 4));
        try (FakeApi api = new FakeApi((exchange, number) -> FakeApi.json(
                exchange,
                "{\"kind\":\"storage#objects\"," + (number == 4 ? "" : "\"nextPageToken\":\"token" + number + "\",")
                        + "\"items\":[" + pages.get(number - 1) + "]}"))) {
            Work.Extract work =
                    work(api, Map.of("maxResults", "3"), "items", bodyCursor("nextPageToken", "pageToken", null));

            assertThat(extractor.records(work)).isEqualTo(all(4));
            assertThat(api.requests()).hasSize(4).last().isEqualTo("GET /api/rows?maxResults=3&pageToken=token3");
        }
    }

    /**
     * Stripe takes the id of the last object as {@code starting_after}, and says {@code has_more}:
     * https://docs.stripe.com/api/pagination
     */
    @Test
    void readsStripeListsAfterTheLastObjectOfEachPage() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int after = Integer.parseInt(FakeApi.query(exchange).getOrDefault("starting_after", "0"));
            FakeApi.json(
                    exchange,
                    "{\"object\":\"list\",\"url\":\"/v1/customers\",\"has_more\":" + (after < 20) + ",\"data\":["
                            + rows(after + 1, after + 10) + "]}");
        })) {
            assertThat(extractor.records(work(api, Map.of("limit", "10"), "data", stripe())))
                    .isEqualTo(all(30));
            assertThat(api.requests())
                    .containsExactly(
                            "GET /api/rows?limit=10",
                            "GET /api/rows?limit=10&starting_after=10",
                            "GET /api/rows?limit=10&starting_after=20");
        }
    }

    @Test
    void failsWhenTheLastRecordHasNoCursor() throws Exception {
        for (String last : List.of("{\"key\":2}", "{\"id\":null}")) {
            try (FakeApi api = new FakeApi((exchange, _) ->
                    FakeApi.json(exchange, "{\"has_more\":true,\"data\":[{\"id\":1}," + last + "]}"))) {
                assertThat(failure(api, "data", stripe(), ErrorCode.SOURCE_MALFORMED))
                        .isEqualTo("the last record of page 1 has no 'id', which the request of the next page needs");
            }
        }
    }

    @Test
    void failsWhenThereIsMoreButNoCursor() throws Exception {
        try (FakeApi api =
                new FakeApi((exchange, _) -> FakeApi.json(exchange, "{\"has_more\":true,\"data\":[{\"id\":1}]}"))) {
            Pagination cursor = bodyCursor("meta.next", "cursor", "has_more");
            assertThat(failure(api, "data", cursor, ErrorCode.SOURCE_INCONSISTENT))
                    .isEqualTo(
                            "page 1 says in 'has_more' that there is more, but has no cursor at 'meta.next'; hasMore is"
                                    + " false on the last page, isLast is the key for a field that is true there");
        }
    }

    @Test
    void failsWhenAnAnswerDoesNotSayWhetherThereIsMore() throws Exception {
        for (String more : List.of("", ",\"has_more\":null", ",\"has_more\":\"perhaps\"")) {
            try (FakeApi api =
                    new FakeApi((exchange, _) -> FakeApi.json(exchange, "{\"data\":[{\"id\":1}]" + more + "}"))) {
                assertThat(failure(api, "data", stripe(), ErrorCode.SOURCE_MALFORMED))
                        .startsWith("page 1: 'has_more' is ")
                        .endsWith("(expected: true or false)");
            }
        }
    }

    /** An API that takes and gives its cursor in headers. */
    @Test
    void readsCursorsFromHeadersAndSendsThemInHeaders() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            String cursor = exchange.getRequestHeaders().getFirst("x-cursor");
            int page = cursor == null ? 1 : Integer.parseInt(cursor.substring(1));
            if (page < 3) {
                exchange.getResponseHeaders().set("X-Next-Cursor", "p" + (page + 1));
            }
            FakeApi.json(exchange, "[" + rows(page, page) + "]");
        })) {
            Pagination cursor = FakeApi.cursor(
                    Pagination.Cursor.From.HEADER, "x-next-cursor", Pagination.Cursor.In.HEADER, "x-cursor", null);

            assertThat(extractor.records(FakeApi.work(api.source(NO_AUTH), null, cursor)))
                    .isEqualTo(all(3));
            assertThat(api.requests()).hasSize(3).containsOnly("GET /api/rows");
        }
    }

    @Test
    void failsWhenACursorComesAgainEvenAfterOthersAndOnEmptyPages() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> FakeApi.json(
                exchange, "{\"next\":\"c" + number % 3 + "\",\"rows\":[" + (number == 1 ? rows(1, 1) : "") + "]}"))) {
            assertThat(failure(api, "rows", bodyCursor("next", "cursor", null), ErrorCode.SOURCE_INCONSISTENT))
                    .isEqualTo("page 4 hands out the cursor 'c1', as a page before it did: it would never end");
            assertThat(api.requests()).hasSize(4);
        }
    }

    @Test
    void failsWhenTheCursorIsIgnored() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) ->
                FakeApi.json(exchange, "{\"next\":" + number + ",\"rows\":[" + rows(1, 3) + "]}"))) {
            assertThat(failure(api, "rows", bodyCursor("next", "cursor", null), ErrorCode.SOURCE_INCONSISTENT))
                    .isEqualTo(
                            "page 2 repeats page 1: the API ignores the cursor in 'cursor'; if an API answers so beyond its"
                                    + " last page, repeats: end says so");
        }
    }

    @Test
    void neverResolvesASecretThatACursorNames() throws Exception {
        extractor.secret("other", "marker-other");
        try (FakeApi api = new FakeApi((exchange, number) -> FakeApi.json(
                exchange,
                number == 1 ? "{\"next\":\"${secret:other}\",\"rows\":[{\"id\":1}]}" : "{\"rows\":[{\"id\":2}]}"))) {
            assertThat(extractor.records(FakeApi.work(api.source(NO_AUTH), "rows", bodyCursor("next", "cursor", null))))
                    .isEqualTo(all(2));
            assertThat(api.requests()).last().isEqualTo("GET /api/rows?cursor=%24%7Bsecret%3Aother%7D");
        }
    }

    @Test
    void givesAReceiptWithTheFirstAndLastCursorAndNoSecretInThem() throws Exception {
        extractor.secret("key", "marker-key");
        for (String key : List.of("next", "url")) {
            try (FakeApi api = new FakeApi((exchange, number) -> FakeApi.json(
                    exchange,
                    number == 4
                            ? "{\"rows\":[]}"
                            : "{\"" + key + "\":\"?marker-key" + number + "\",\"rows\":[" + rows(number, number)
                                    + "]}"))) {
                RestSource source = api.source(new Auth.Bearer("${secret:key}"));
                Pagination pagination = key.equals("next")
                        ? bodyCursor("next", "cursor", null)
                        : new Pagination.NextUrl("url", FakeApi.ENDS);
                ExtractorUnderTest.Result result = extractor.extract(FakeApi.work(source, "rows", pagination));

                String start = key.equals("next") ? "" : api.url() + "/api/rows";
                Receipt receipt = requireNonNull(extractor.manifest(result).receipt());
                assertThat(receipt)
                        .isEqualTo(new Receipt(4, 3, receipt.bytes(), null, start + "?***1", start + "?***3"));
                assertThat(result.log())
                        .contains("INFO receipt: 4 pages, 3 records, " + receipt.bytes()
                                + " bytes, no total declared, first cursor " + start + "?***1, last cursor " + start
                                + "?***3");
            }
        }
    }

    /**
     * GitHub's Link header, with the next page under another path:
     * https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
     */
    @Test
    void followsTheLinkHeadersOfGitHub() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int page = FakeApi.page(exchange);
            String url =
                    "http://" + exchange.getRequestHeaders().getFirst("Host") + "/repositories/1300192/issues?page=";
            exchange.getResponseHeaders()
                    .set(
                            "Link",
                            (page == 1 ? "" : "<" + url + (page - 1) + ">; rel=\"prev\", ")
                                    + (page == 3
                                            ? ""
                                            : "<" + url + (page + 1) + ">; rel=\"next\", <" + url
                                                    + "3>; rel=\"last\", ")
                                    + "<" + url + "1>; rel=\"first\"");
            FakeApi.json(exchange, "[" + rows(page, page) + "]");
        })) {
            assertThat(extractor.records(FakeApi.work(api.source(NO_AUTH), null, new Pagination.Link(FakeApi.ENDS))))
                    .isEqualTo(all(3));
            assertThat(api.requests())
                    .containsExactly(
                            "GET /api/rows",
                            "GET /repositories/1300192/issues?page=2",
                            "GET /repositories/1300192/issues?page=3");
        }
    }

    /** Django REST framework, LimitOffsetPagination: https://www.django-rest-framework.org/api-guide/pagination/ */
    @Test
    void followsTheNextUrlInTheBodyAbsoluteOrRelative() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            String next = switch (number) {
                case 1 ->
                    "\"http:\\/\\/" + exchange.getRequestHeaders().getFirst("Host") + "/api/rows?limit=1&offset=1\"";
                case 2 -> "\"?limit=1&page[cursor]=a b|é\"";
                case 3 -> "\"/api/more#top\"";
                default -> "null";
            };
            FakeApi.json(exchange, "{\"count\":4,\"next\":" + next + ",\"results\":[" + rows(number, number) + "]}");
        })) {
            assertThat(extractor.records(
                            FakeApi.work(api.source(NO_AUTH), "results", new Pagination.NextUrl("next", FakeApi.ENDS))))
                    .isEqualTo(all(4));
            assertThat(api.requests())
                    .containsExactly(
                            "GET /api/rows",
                            "GET /api/rows?limit=1&offset=1",
                            "GET /api/rows?limit=1&page[cursor]=a%20b%7C%C3%A9",
                            "GET /api/more");
        }
    }

    @Test
    void neverSendsCredentialsToTheOriginOfALinkThatLeadsElsewhere() throws Exception {
        extractor.secret("key", "marker-key");
        try (FakeApi elsewhere = new FakeApi((exchange, _) -> FakeApi.json(exchange, "[]"))) {
            String port = elsewhere.url().substring("http://127.0.0.1".length());
            for (String link : List.of(
                    elsewhere.url() + "/api/rows?page=2",
                    "//127.0.0.1" + port + "/",
                    "https://example.com/",
                    "file:/x")) {
                try (FakeApi api = new FakeApi((exchange, _) -> {
                    exchange.getResponseHeaders().set("Link", "<" + link + ">; rel=next");
                    FakeApi.json(exchange, "{\"next\":\"" + link + "\",\"rows\":[{\"id\":1}]}");
                })) {
                    for (Pagination pagination :
                            List.of(new Pagination.Link(FakeApi.ENDS), new Pagination.NextUrl("next", FakeApi.ENDS))) {
                        RestSource source = api.source(new Auth.Bearer("${secret:key}"));
                        assertThat(extractor
                                        .extract(FakeApi.work(source, "rows", pagination))
                                        .failure(ErrorCode.SOURCE_REFUSED))
                                .startsWith("page 1: the link to the next page leads to ")
                                .endsWith("; credentials are sent to the base URL's origin only");
                    }
                }
            }
            assertThat(elsewhere.requests()).isEmpty();
        }
    }

    @Test
    void refusesALinkWithAUserInIt() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(
                exchange,
                "{\"next\":\"http://user@" + exchange.getRequestHeaders().getFirst("Host") + "/\",\"rows\":[1]}"))) {
            assertThat(failure(api, "rows", new Pagination.NextUrl("next", FakeApi.ENDS), ErrorCode.SOURCE_REFUSED))
                    .startsWith("page 1: the link to the next page leads to ");
        }
    }

    @Test
    void failsWhenLinksLeadInACircleOrNowhere() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            String next = number % 2 == 0 ? "/api/rows" : "/api/other";
            FakeApi.json(exchange, "{\"next\":\"" + next + "\",\"rows\":[" + rows(number, number) + "]}");
        })) {
            assertThat(failure(
                            api, "rows", new Pagination.NextUrl("next", FakeApi.ENDS), ErrorCode.SOURCE_INCONSISTENT))
                    .isEqualTo("page 2 leads to " + api.url()
                            + "/api/rows, which has been read already: it would never end");
        }
        try (FakeApi api =
                new FakeApi((exchange, _) -> FakeApi.json(exchange, "{\"next\":\"http://[\",\"rows\":[{\"id\":1}]}"))) {
            assertThat(failure(api, "rows", new Pagination.NextUrl("next", FakeApi.ENDS), ErrorCode.SOURCE_MALFORMED))
                    .isEqualTo("page 1: the link to the next page is 'http://[', which is no URL");
        }
    }

    @Test
    void refusesACursorThatIsNoSingleValue() throws Exception {
        for (String cursor : List.of("{\"id\":1}", "[1]", "nil")) {
            try (FakeApi api =
                    new FakeApi((exchange, _) -> FakeApi.json(exchange, "{\"next\":" + cursor + ",\"rows\":[]}"))) {
                assertThat(failure(api, "rows", bodyCursor("next", "cursor", null), ErrorCode.SOURCE_MALFORMED))
                        .contains("a number, text, true, false or null");
            }
        }
    }

    @Test
    void readsAPageAgainWhoseConnectionBrokeAndKeepsItsOwnCursor() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            if (number == 2) {
                broken(exchange, "{\"next\":\"wrong\",\"rows\":[{\"id\":2}");
                return;
            }
            FakeApi.json(
                    exchange,
                    number == 1
                            ? "{\"next\":\"a\",\"rows\":[{\"id\":1}]}"
                            : number == 3
                                    ? "{\"rows\":[{\"id\":2}],\"next\":\"b\"}"
                                    : "{\"next\":null,\"rows\":[{\"id\":3}]}");
        })) {
            assertThat(extractor.records(FakeApi.work(api.source(NO_AUTH), "rows", bodyCursor("next", "cursor", null))))
                    .isEqualTo(all(3));
            assertThat(api.requests())
                    .containsExactly(
                            "GET /api/rows",
                            "GET /api/rows?cursor=a",
                            "GET /api/rows?cursor=a",
                            "GET /api/rows?cursor=b");
        }
    }

    /** Sends a body that ends before the announced length. */
    private static void broken(HttpExchange exchange, String start) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, 10_000);
        exchange.getResponseBody().write(start.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        exchange.getResponseBody().flush();
    }

    @Test
    void failsAfterTooManyEmptyPagesWithEverNewCursors() throws Exception {
        Pagination next = new Pagination.NextUrl("next", FakeApi.ENDS);
        for (Pagination pagination : List.of(bodyCursor("next", "cursor", null), next)) {
            try (FakeApi api = new FakeApi(
                    (exchange, number) -> FakeApi.json(exchange, "{\"rows\":[],\"next\":\"c" + number + "\"}"))) {
                assertThat(failure(api, "rows", pagination, ErrorCode.SOURCE_INCONSISTENT))
                        .isEqualTo("page 1001 is the last of 1001 pages in a row that hold no record, and each leads"
                                + " to another one: it would never end");
                assertThat(api.requests()).hasSize(1001);
            }
        }
    }
}
