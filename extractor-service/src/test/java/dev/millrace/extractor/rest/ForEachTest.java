package dev.millrace.extractor.rest;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Receipt;
import dev.millrace.staging.Reject;
import dev.millrace.task.CommittedCursor;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are sent for each record of a list, or for each of some values. */
class ForEachTest {
    private static final String LINES = "request: {path: \"/orders/${order.id}/lines\"}";
    private static final String ORDERS = "forEach: {list: {request: {path: /orders}}, as: order";

    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        // little memory, so that lists wait in files
        extractor = new ExtractorUnderTest(folder, Map.of("millrace.extractor.page-bytes", 4096));
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    /** An API of orders, and what it answers for each. */
    private interface Answer {
        void to(HttpExchange exchange, String path) throws IOException;
    }

    private static FakeApi shop(String orders, Answer answer) throws IOException {
        return new FakeApi((exchange, _) -> {
            String path = exchange.getRequestURI().getRawPath();
            if (path.equals("/orders")) {
                FakeApi.json(exchange, orders);
            } else {
                answer.to(exchange, path);
            }
        });
    }

    private static String ids(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(id -> "{\"id\":" + id + "}")
                .collect(joining(",", "[", "]"));
    }

    private static Answer oneLineEach() {
        return (exchange, path) -> FakeApi.json(exchange, "[{\"of\":" + path.split("/", -1)[2] + "}]");
    }

    private static Work.ExtractEach each(FakeApi api, String... keys) {
        return new Work.ExtractEach(api.endpoint(String.join("\n", keys)));
    }

    private static Receipt.Each receipt(ExtractorUnderTest.Result result) throws IOException {
        Receipt receipt = extractor.manifest(result).receipt();
        assertThat(receipt).isNotNull();
        Receipt.Each each = receipt.each();
        assertThat(each).isNotNull();
        return each;
    }

    @Test
    void getWhatTheyAreSentForInFrontOfEachRecord() throws Exception {
        try (FakeApi api = shop(
                "[{\"id\":1,\"customer\":{\"name\":\"Ann\\n\",\"tags\":[1]},\"x\":0}, {\"id\":2.50,\"note\":null}]",
                (exchange, path) ->
                        FakeApi.json(exchange, path.contains("/1/") ? "[{\"a\":1}, {  }, { \"b\" : 2}, 7]" : "[]"))) {
            ExtractorUnderTest.Result result =
                    extractor.extract(each(api, ORDERS + ", fields: [customer.name, note]}", LINES));

            String order = "{\"order\":{\"customer\":{\"name\":\"Ann\\n\"},\"id\":1}";
            assertThat(extractor.records(result))
                    .containsExactly(order + ",\"a\":1}", order + "}", order + ",\"b\" : 2}", "7");
            assertThat(api.requests()).containsExactly("GET /orders", "GET /orders/1/lines", "GET /orders/2.50/lines");
            assertThat(receipt(result)).isEqualTo(new Receipt.Each(1, 2, 0, 0, 0));
            Manifest manifest = extractor.manifest(result);
            assertThat(manifest.parts().getFirst().origins())
                    .containsExactly(new Origin(1, api.url() + "/orders/1/lines", 1, null));
        }
    }

    @Test
    void referToItInPathQueryHeadersAndBody() throws Exception {
        StringBuilder seen = new StringBuilder();
        try (FakeApi api = shop("[{\"id\":7,\"name\":\"a/b? \\\"é\\\"\"}]", (exchange, _) -> {
            seen.append(exchange.getRequestURI())
                    .append('|')
                    .append(exchange.getRequestHeaders().getFirst("x-order"))
                    .append('|')
                    .append(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            FakeApi.json(exchange, "[{}]");
        })) {
            extractor.secret("shop", "s3cret");
            assertThat(extractor.records(each(
                            api,
                            ORDERS + "}",
                            "request:",
                            "  path: \"/${order.name}/x\"",
                            "  query: {q: \"n=${order.name}\"}",
                            "  headers: {x-order: \"${secret:shop}-${order.id}\", x-other: y}",
                            "  body: '{\"id\": ${order.id}, \"name\": \"<${order.name}>\"}'")))
                    .hasSize(1);
            assertThat(seen)
                    .hasToString("/a%2Fb%3F%20%22%C3%A9%22/x?q=n%3Da%2Fb%3F%20%22%C3%A9%22|s3cret-7|"
                            + "{\"id\":7,\"name\":\"<a/b? \\\"é\\\">\"}");
        }
    }

    @Test
    void areSentForValuesAndRanges() throws Exception {
        try (FakeApi api = shop("", (exchange, path) -> FakeApi.json(exchange, "[{\"path\":\"" + path + "\"}]"))) {
            assertThat(extractor.records(each(
                            api,
                            "forEach: {values: [north, \"so\\\"uth\", 007], as: region}",
                            "request: {path: \"/${region}\"}")))
                    .containsExactly(
                            "{\"region\":\"north\",\"path\":\"/north\"}",
                            "{\"region\":\"so\\\"uth\",\"path\":\"/so%22uth\"}",
                            "{\"region\":\"007\",\"path\":\"/007\"}");
            assertThat(extractor.records(each(
                            api,
                            "forEach: {range: {from: -1, to: 4, step: 2}, as: at}",
                            "request: {path: \"/${at}\"}")))
                    .containsExactly(
                            "{\"at\":-1,\"path\":\"/-1\"}", "{\"at\":1,\"path\":\"/1\"}", "{\"at\":3,\"path\":\"/3\"}");
            assertThat(extractor.records(each(
                            api,
                            "forEach: {range: {from: 2024-02-28, to: 2024-03-01}, as: on}",
                            "request: {path: \"/${on}\"}")))
                    .extracting(line -> line.substring(0, 18))
                    .containsExactly("{\"on\":\"2024-02-28\"", "{\"on\":\"2024-02-29\"", "{\"on\":\"2024-03-01\"");
        }
    }

    @Test
    void areSentForTheRecordsOfAFile(@TempDir Path folder) throws Exception {
        Path csv = Files.writeString(folder.resolve("stores.csv"), "id,name,x\n1,\"A, B\",\n\n2,C\n,D,\n1,E,\n");
        Path ndjson = Files.writeString(folder.resolve("stores.ndjson"), "{\"id\":{\"n\":1}}\n\n{\"id\":7}\n");
        try (FakeApi api = shop("", (exchange, path) -> FakeApi.json(exchange, "[{\"path\":\"" + path + "\"}]"))) {
            ExtractorUnderTest.Result result = extractor.extract(each(
                    api,
                    "forEach: {file: " + csv + ", as: store, fields: [name]}",
                    "request: {path: \"/${store.id}\"}"));
            assertThat(extractor.records(result))
                    .containsExactly("{\"store\":{\"id\":\"1\",\"name\":\"A, B\"},\"path\":\"/1\"}");
            assertThat(extractor.rejects(result))
                    .extracting(Reject::part, Reject::row, Reject::line)
                    .containsExactly(tuple(csv.toString(), 2L, 4L), tuple(csv.toString(), 3L, 5L));
            assertThat(receipt(result)).isEqualTo(new Receipt.Each(0, 1, 1, 2, 0));

            assertThat(extractor.records(each(
                            api, "forEach: {file: " + ndjson + ", as: store}", "request: {path: \"/${store.id.n}\"}")))
                    .containsExactly("{\"store\":{\"id\":{\"n\":1}},\"path\":\"/1\"}");
            assertThat(extractor
                            .extract(each(
                                    api,
                                    "forEach: {file: " + csv + ", as: store}",
                                    "request: {path: \"/${store.number}\"}"))
                            .failure(ErrorCode.SOURCE_UNREADABLE))
                    .startsWith("forEach: " + csv + ": ")
                    .contains("number");
            Files.delete(csv);
            assertThat(extractor
                            .extract(each(
                                    api,
                                    "forEach: {file: " + csv + ", as: store}",
                                    "request: {path: \"/${store.id}\"}"))
                            .failure(ErrorCode.SOURCE_UNAVAILABLE))
                    .isEqualTo("forEach: there is no file " + csv);
        }
    }

    @Test
    void readAllPagesOfEachListAndStageThemInTheirOrder() throws Exception {
        CountDownLatch others = new CountDownLatch(9);
        try (FakeApi api = shop(ids(10), (exchange, path) -> {
            int order = Integer.parseInt(path.split("/", -1)[2]);
            int page = FakeApi.page(exchange);
            if (order == 1 && page == 1) {
                await(others); // it is the last one that is read, and the first that is staged
            }
            int from = (page - 1) * 2 + 1;
            String rows = IntStream.rangeClosed(from, Math.min(from + 1, order))
                    .mapToObj(row -> "{\"row\":" + row + ",\"text\":\"" + "x".repeat(3000) + "\"}")
                    .collect(joining(","));
            FakeApi.json(exchange, "{\"total\":" + order + ",\"rows\":[" + rows + "]}");
            if (from + 1 >= order) {
                others.countDown();
            }
        })) {
            ExtractorUnderTest.Result result = extractor.extract(each(
                    api,
                    ORDERS + ", parallel: 10}",
                    LINES,
                    "records: rows",
                    "pagination: {type: page, batch: 2, total: total}"));

            assertThat(extractor.records(result).stream().map(line -> line.replaceAll(",\"text.*", "")))
                    .containsExactlyElementsOf(IntStream.rangeClosed(1, 10)
                            .boxed()
                            .flatMap(order -> IntStream.rangeClosed(1, order)
                                    .mapToObj(row -> "{\"order\":{\"id\":" + order + "},\"row\":" + row))
                            .toList());
            assertThat(extractor.manifest(result).parts().getFirst().origins())
                    .contains(new Origin(6, api.url() + "/orders/3/lines?page=2&pageSize=2", 1, null));
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void areUnderWayAtOnceButNeverMoreThanAskedFor() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CyclicBarrier four = new CyclicBarrier(4);
        try (FakeApi api = shop(ids(40), (exchange, path) -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            try {
                four.await(20, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new IOException(e);
            }
            now.decrementAndGet();
            oneLineEach().to(exchange, path);
        })) {
            assertThat(extractor.records(each(api, ORDERS + ", parallel: 4}", LINES)))
                    .hasSize(40);
            assertThat(most).hasValueLessThanOrEqualTo(4);
        }
    }

    @Test
    void areSentOnceForWhatIsThereTwice() throws Exception {
        try (FakeApi api = shop("[{\"id\":1,\"n\":1},{\"id\":2},{\"id\":1,\"n\":2},{\"id\":1}]", oneLineEach())) {
            ExtractorUnderTest.Result result = extractor.extract(each(api, ORDERS + ", fields: [n]}", LINES));

            assertThat(extractor.records(result))
                    .containsExactly("{\"order\":{\"id\":1,\"n\":1},\"of\":1}", "{\"order\":{\"id\":2},\"of\":2}");
            assertThat(receipt(result)).isEqualTo(new Receipt.Each(1, 2, 2, 0, 0));
            assertThat(result.log())
                    .filteredOn(line -> line.startsWith("WARN"))
                    .containsExactly("WARN 2 of what the requests are sent for are there more than once, by what the"
                            + " requests say of it; they are sent once for each");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"x\":1} | there is no 'id', which the request is to be sent with",
                "{\"id\":null} | 'id' is null, and no value that the request can be sent with",
                "{\"id\":{}} | 'id' is an object, and no value that the request can be sent with",
                "{\"id\":[1]} | 'id' is an array, and no value that the request can be sent with",
                "{\"id\":\"\"} | 'id' is a text that no request can be sent with (expected: 1 to 1000 characters",
                "{\"id\":\"a\\nb\"} | 'id' is a text that no request can be sent with",
                "{\"id\":\"${secret:shop}\"} | 'id' is a text that no request can be sent with",
                "{\"id\":\"..\"} | 'id' is '..', which leads elsewhere in a path",
                "7 | there is no 'id'",
                "{\"id\":1,\"id\":2} | what the request is to be sent for can't be read: 'id' is there twice",
            })
    void areSentForNothingThatLacksWhatTheySayOfIt(String order, String reason) throws Exception {
        try (FakeApi api = shop("[{\"id\":\"a\"}," + order + "]", (exchange, _) -> FakeApi.json(exchange, "[{}]"))) {
            ExtractorUnderTest.Result result = extractor.extract(each(api, ORDERS + "}", LINES));

            assertThat(extractor.records(result)).containsExactly("{\"order\":{\"id\":\"a\"}}");
            assertThat(extractor.rejects(result))
                    .extracting(Reject::part, Reject::row, Reject::record)
                    .containsExactly(tuple(api.url() + "/orders", 2L, order));
            assertThat(extractor.rejects(result).getFirst().reason()).startsWith(reason);
            assertThat(receipt(result)).isEqualTo(new Receipt.Each(1, 1, 0, 1, 0));
            assertThat(api.requests()).hasSize(2);
        }
    }

    @Test
    void keepNothingOfARecordThatIsNotUtf8() throws Exception {
        byte[] orders = "[{\"id\":1,\"name\":\"\u00e9\"},{\"id\":2}]".getBytes(StandardCharsets.ISO_8859_1);
        try (FakeApi api = new FakeApi((exchange, _) -> {
            if (exchange.getRequestURI().getPath().equals("/orders")) {
                FakeApi.send(exchange, 200, "application/json", orders);
            } else {
                FakeApi.json(exchange, "[{}]");
            }
        })) {
            ExtractorUnderTest.Result result = extractor.extract(each(api, ORDERS + ", fields: [name]}", LINES));
            assertThat(extractor.records(result)).containsExactly("{\"order\":{\"id\":2}}");
            assertThat(extractor.rejects(result))
                    .extracting(Reject::reason)
                    .containsExactly("what the request is to be sent for is not UTF-8");
        }
    }

    @Test
    void putNoTextWhereABodyHasANumber() throws Exception {
        try (FakeApi api = shop(
                "[{\"id\":\"1,\\\"admin\\\":true\"},{\"id\":\"2\"}]",
                (exchange, _) -> FakeApi.json(exchange, "[{}]"))) {
            ExtractorUnderTest.Result result =
                    extractor.extract(each(api, ORDERS + "}", "request: {path: /lines, body: '{\"id\":${order.id}}'}"));

            assertThat(extractor.records(result)).containsExactly("{\"order\":{\"id\":\"2\"}}");
            assertThat(extractor.rejects(result).getFirst().reason())
                    .isEqualTo("'id' is a text, which needs quotes around ${order.id} in the body");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"a\":1,\"order\":2}", "{\"\\u006frder\":{}}"})
    void rejectARecordThatHasAFieldOfTheNameAlready(String record) throws Exception {
        try (FakeApi api = shop(
                "[{\"id\":1}]",
                (exchange, _) -> FakeApi.json(
                        exchange, "[" + record + ",{\"x\":{\"order\":1}},{\"b\":\"order\"},{\"c\":\"\\\"\"}]"))) {
            ExtractorUnderTest.Result result = extractor.extract(each(api, ORDERS + "}", LINES));

            assertThat(extractor.records(result)).hasSize(3);
            assertThat(extractor.rejects(result))
                    .extracting(Reject::reason, Reject::record, Reject::part)
                    .containsExactly(tuple(
                            "the record has a field 'order' itself, which is what forEach calls that which the request is"
                                    + " sent for (expected: another name there, behind as)",
                            record,
                            api.url() + "/orders/1/lines"));
        }
    }

    @ParameterizedTest
    @CsvSource({"404,SOURCE_REFUSED", "403,SOURCE_UNAUTHORIZED", "500,SOURCE_UNAVAILABLE", "503,SOURCE_UNAVAILABLE"})
    void failTheRunWithTheOneThatFailsAndWhatItIsFor(int status, ErrorCode code) throws Exception {
        try (FakeApi api = shop(ids(100), (exchange, path) -> {
            if (path.equals("/orders/50/lines")) {
                FakeApi.error(exchange, status, "not this one");
            } else {
                oneLineEach().to(exchange, path);
            }
        })) {
            assertThat(extractor
                            .extract(each(api, ORDERS + ", parallel: 8}", LINES))
                            .failure(code))
                    .startsWith("GET " + api.url() + "/orders/50/lines: " + status + ": not this one")
                    .endsWith("; sent for order {\"id\":50}");
        }
    }

    @Test
    void failTheRunWhenThereIsNoAnswer() throws Exception {
        try (FakeApi api = shop(ids(3), (exchange, path) -> {
            if (path.contains("/2/")) {
                exchange.close();
            } else {
                oneLineEach().to(exchange, path);
            }
        })) {
            assertThat(extractor.extract(each(api, ORDERS + "}", LINES)).failure(ErrorCode.SOURCE_UNAVAILABLE))
                    .contains("/orders/2/lines: the connection was lost")
                    .contains("attempt 3 of 3; sent for order {\"id\":2}");
        }
    }

    @Test
    void leaveOutWhatTheFileSaysWithFewWordsAndACount() throws Exception {
        try (FakeApi api = shop(ids(60), (exchange, path) -> {
            if (Integer.parseInt(path.split("/", -1)[2]) % 3 == 0) {
                FakeApi.error(exchange, 404, "gone");
            } else {
                oneLineEach().to(exchange, path);
            }
        })) {
            ExtractorUnderTest.Result result = extractor.extract(each(
                    api,
                    ORDERS + ", parallel: 4}",
                    "request: {path: \"/orders/${order.id}/lines\", skipIf: [{status: [404]}]}"));

            assertThat(extractor.records(result)).hasSize(40);
            assertThat(receipt(result)).isEqualTo(new Receipt.Each(1, 60, 0, 0, 20));
            assertThat(result.log()).filteredOn(line -> line.startsWith("WARN")).hasSize(7);
            assertThat(result.log()).contains("WARN 20 such warnings in all, of which the first 5 are above");
            assertThat(result.log()).hasSizeLessThan(15);
            assertThat(result.log())
                    .anySatisfy(line -> assertThat(line).contains("sent for 60 of a list of 1 pages, 20 left out"));
        }
    }

    @Test
    void areNoMoreThanTheFileAllows() throws Exception {
        try (FakeApi api = shop(ids(11), oneLineEach())) {
            assertThat(extractor
                            .extract(each(api, ORDERS + ", maxRequests: 10}", LINES))
                            .failure(ErrorCode.SOURCE_INCONSISTENT))
                    .isEqualTo("there are more than 10 to send requests for, which is the most that forEach.maxRequests"
                            + " allows");
            assertThat(api.requests()).containsExactly("GET /orders");
        }
    }

    @Test
    void areNoneWhenThereIsNothingToSendThemFor() throws Exception {
        try (FakeApi api = shop("[]", oneLineEach())) {
            ExtractorUnderTest.Result result = extractor.extract(each(api, ORDERS + "}", LINES));
            assertThat(extractor.records(result)).isEmpty();
            assertThat(receipt(result)).isEqualTo(new Receipt.Each(1, 0, 0, 0, 0));
        }
    }

    /** The next attempt of a task that failed. */
    private static Task again(ExtractorUnderTest service, Task task) {
        return service.gateway().task(task.run(), task.attempt() + 1, task.day(), task.work());
    }

    @Test
    void areNotSentAgainByAnAttemptAfterOneThatEnded() throws Exception {
        AtomicInteger until = new AtomicInteger(2500);
        AtomicInteger lists = new AtomicInteger();
        try (FakeApi api = new FakeApi((exchange, _) -> {
            String path = exchange.getRequestURI().getRawPath();
            if (path.equals("/orders")) {
                // another list each time: the one of the first attempt counts
                FakeApi.json(
                        exchange,
                        lists.incrementAndGet() == 1
                                ? "[{\"x\":1},"
                                        + ids(3000).substring(1, ids(3000).length() - 1) + ",{\"id\":7}]"
                                : "[]");
            } else if (Integer.parseInt(path.split("/", -1)[2]) > until.get()) {
                FakeApi.error(exchange, 404, "not yet");
            } else {
                oneLineEach().to(exchange, path);
            }
        })) {
            Task first = extractor.task(each(api, ORDERS + ", parallel: 16}", LINES), null);
            String failure = extractor.extract(first).failure(ErrorCode.SOURCE_REFUSED);
            assertThat(failure).contains("/orders/2501/lines: 404");
            int sent = api.requests().size();
            until.set(2700);
            Task second = again(extractor, first);
            String next = extractor.extract(second).failure(ErrorCode.SOURCE_REFUSED);
            assertThat(next).contains("/orders/2701/lines: 404");
            until.set(3000);
            ExtractorUnderTest.Result result = extractor.extract(again(extractor, second));

            assertThat(extractor.records(result))
                    .containsExactlyElementsOf(IntStream.rangeClosed(1, 3000)
                            .mapToObj(id -> "{\"order\":{\"id\":" + id + "},\"of\":" + id + "}")
                            .toList());
            assertThat(extractor.rejects(result)).hasSize(1);
            assertThat(api.requests().subList(sent, api.requests().size()))
                    .noneSatisfy(request -> assertThat(Integer.parseInt(request.split("/", -1)[2]))
                            .isLessThanOrEqualTo(2500));
            assertThat(receipt(result)).isEqualTo(new Receipt.Each(1, 3000, 1, 1, 0));
            assertThat(extractor.manifest(result).counts().records()).isEqualTo(3001);
            assertThat(result.log())
                    .contains("INFO an earlier attempt has read 2700 of 3000 lists, which are not asked for again");
        }
    }

    @Test
    void askEachListForWhatIsNew() throws Exception {
        String keys = String.join(
                "\n",
                ORDERS + ", parallel: 2}",
                "request: {path: \"/orders/${order.id}/lines\", query: {since: \"${cursor}\"}}",
                "cursor: {path: at}");
        try (FakeApi api = shop(
                ids(3),
                (exchange, path) ->
                        FakeApi.json(exchange, "[{\"at\":" + (30 - Integer.parseInt(path.split("/", -1)[2])) + "}]"))) {
            ExtractorUnderTest.Result result = extractor.extract(api.increment(keys, false, "20"));
            assertThat(api.requests()).contains("GET /orders/3/lines?since=20");
            assertThat(extractor.manifest(result).nextCursor()).isEqualTo("29");
        }
    }

    @Test
    void areSentForWhatIsNewInTheList() throws Exception {
        String keys = String.join(
                "\n",
                "forEach: {list: {request: {path: /orders, query: {since: \"${cursor}\"}}, cursor: {path: at}}, as: order}",
                LINES);
        try (FakeApi api = shop("[{\"id\":1,\"at\":25},{\"id\":2,\"at\":21}]", oneLineEach())) {
            ExtractorUnderTest.Result result = extractor.extract(api.increment(keys, false, "20"));
            assertThat(api.requests())
                    .containsExactly("GET /orders?since=20", "GET /orders/1/lines", "GET /orders/2/lines");
            assertThat(extractor.records(result)).first().isEqualTo("{\"order\":{\"id\":1},\"of\":1}");
            assertThat(extractor.manifest(result).nextCursor()).isEqualTo("25");
            assertThat(extractor.manifest(result).startCursor()).isEqualTo("20");
        }
    }

    @Test
    void areSentAnewWhenTheCursorHasMoved() throws Exception {
        String keys = String.join(
                "\n",
                "forEach: {list: {request: {path: /orders, query: {since: \"${cursor}\"}}, cursor: {path: at}}, as: order}",
                LINES);
        AtomicInteger until = new AtomicInteger(1);
        try (FakeApi api = shop("[{\"id\":1,\"at\":25},{\"id\":2,\"at\":21}]", (exchange, path) -> {
            if (Integer.parseInt(path.split("/", -1)[2]) > until.get()) {
                FakeApi.error(exchange, 404, "not yet");
            } else {
                oneLineEach().to(exchange, path);
            }
        })) {
            Work.ExtractIncrement work = api.increment(keys, false, "20");
            Task first = extractor.task(work, null);
            extractor.extract(first).failure(ErrorCode.SOURCE_REFUSED);
            until.set(2);
            ExtractorUnderTest.Result moved =
                    extractor.extract(again(extractor, first).with(work.from(new CommittedCursor("22"))));
            assertThat(api.requests()).containsOnlyOnce("GET /orders?since=22");
            assertThat(extractor.records(moved)).hasSize(2);
            ExtractorUnderTest.Result same = extractor.extract(
                    again(extractor, again(extractor, first)).with(work.from(new CommittedCursor("22"))));
            assertThat(extractor.records(same)).isEqualTo(extractor.records(moved));
            assertThat(extractor.manifest(same).nextCursor()).isEqualTo("25");
            assertThat(api.requests()).containsOnlyOnce("GET /orders?since=22");
        }
    }

    @Test
    void goOnFromTheLatestAttemptAndNotFromWhatAnEarlierOneStillAdds(@TempDir Path folder) throws Exception {
        try (FakeApi api = shop(ids(5), (exchange, path) -> {
                    if (path.contains("/4/")) {
                        FakeApi.error(exchange, 404, "no");
                    } else {
                        oneLineEach().to(exchange, path);
                    }
                });
                ExtractorUnderTest one = new ExtractorUnderTest(folder, Map.of())) {
            Task first = one.task(each(api, ORDERS + "}", LINES), null);
            one.extract(first).failure(ErrorCode.SOURCE_REFUSED);
            one.extract(again(one, first)).failure(ErrorCode.SOURCE_REFUSED);
            String added = first.folder() + "/checkpoint-000002.json";
            assertThat(one.service().staging().exists(first.folder() + "/checkpoint-000001.json"))
                    .isTrue();
            assertThat(one.service().staging().createIfAbsent(added, "{}".getBytes(StandardCharsets.UTF_8)))
                    .isTrue();
            ExtractorUnderTest.Result third = one.extract(again(one, again(one, first)));
            assertThat(third.failure(ErrorCode.SOURCE_REFUSED)).contains("/orders/4/lines");
            assertThat(third.log())
                    .contains("INFO an earlier attempt has read 3 of 5 lists, which are not asked for again");
            assertThat(api.requests().stream().filter("GET /orders/3/lines"::equals))
                    .hasSize(1);
        }
    }

    @Test
    void areSentAnewWhenWhatAnEarlierAttemptHasLeftIsDamaged(@TempDir Path folder) throws Exception {
        try (FakeApi api = shop(ids(5), oneLineEach());
                ExtractorUnderTest one = new ExtractorUnderTest(folder, Map.of())) {
            Task first = one.task(each(api, ORDERS + "}", LINES), null);
            assertThat(one.service()
                            .staging()
                            .createIfAbsent(
                                    first.folder() + "/checkpoint-000000.json",
                                    "{\"list\":[],\"crc32c\":\"00000000\"}".getBytes(StandardCharsets.UTF_8)))
                    .isTrue();
            ExtractorUnderTest.Result result = one.extract(again(one, first));
            assertThat(one.records(result)).hasSize(5);
            assertThat(result.log())
                    .anySatisfy(line -> assertThat(line)
                            .startsWith(
                                    "WARN what an earlier attempt has left can't be used, so everything is read anew"));
        }
    }
}
