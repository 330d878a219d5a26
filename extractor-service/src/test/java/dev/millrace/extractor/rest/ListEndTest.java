package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a list ends, by what the answers say, and what is made of a list that doesn't. */
class ListEndTest {
    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    /** A page of records by its number from 1, and what stands beside them; beyond the last one none is there. */
    private static FakeApi pages(String beside, String... records) throws IOException {
        return new FakeApi((exchange, _) -> {
            int page = page(exchange);
            String rows = page <= records.length ? records[page - 1] : "";
            FakeApi.json(exchange, "{\"rows\":[" + rows + "]" + beside(beside, page, records.length) + "}");
        });
    }

    /** N is the page's number, MORE whether others follow, LAST the opposite, NEXT a cursor or nothing. */
    private static String beside(String beside, int page, int pages) {
        return beside.replace("MORE", Boolean.toString(page < pages))
                .replace("LAST", Boolean.toString(page >= pages))
                .replace("NEXT", page < pages ? Integer.toString(page + 1) : "null")
                .replace("N", Integer.toString(page));
    }

    private static int page(HttpExchange exchange) {
        Map<String, String> query = FakeApi.query(exchange);
        return Integer.parseInt(query.getOrDefault("page", query.getOrDefault("cursor", "1")));
    }

    private static List<String> read(FakeApi api, String pagination) throws Exception {
        return extractor.records(work(api, pagination));
    }

    private static Work.Extract work(FakeApi api, String pagination) {
        return api.endpoint("""
                request: {path: /api/rows}
                records: rows
                pagination: {type: %s}
                """.formatted(pagination));
    }

    private static String failure(FakeApi api, String pagination) throws Exception {
        return extractor.extract(work(api, pagination)).failure(ErrorCode.SOURCE_INCONSISTENT);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "page, batch: 2, hasMore: more            | ,\"more\":MORE            | 3",
                "page, batch: 2, isLast: last             | ,\"last\":LAST            | 3",
                "page, batch: 2, pages: pages             | ,\"pages\":3              | 3",
                "page, batch: 2, isLast: last, pages: 'a[0].pages' | ,\"last\":LAST,\"a\":[{\"pages\":3}] | 3",
                "page, batch: 2, total: total             | ,\"total\":5              | 3",
                "page, batch: 2                           | ,\"x\":1                  | 5",
                "cursor, parameter: cursor, cursor: next, isLast: last    | ,\"next\":N1,\"last\":LAST   | 3",
                "cursor, parameter: cursor, cursor: next, pages: pages    | ,\"next\":NEXT,\"pages\":3   | 3",
                "cursor, parameter: cursor, cursor: next, total: total    | ,\"next\":NEXT,\"total\":5   | 3",
                "`next-url, url: next, hasMore: more, total: total`       | ,\"next\":\"?cursor=NEXT\",\"more\":MORE,\"total\":5 | 3",
            })
    void endsWhereTheAnswersSaySo(String pagination, String beside, int requests) throws Exception {
        // a cursor that grows on each page, also on the last one
        String grown = beside.replace("N1", "NEXTPAGE");
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int page = page(exchange);
            String[] records = {"1,2", "3,4", "5"};
            FakeApi.json(
                    exchange,
                    "{\"rows\":[" + (page <= 3 ? records[page - 1] : "") + "]"
                            + beside(grown.replace("NEXTPAGE", Integer.toString(page + 1)), page, 3) + "}");
        })) {
            assertThat(read(api, pagination)).containsExactly("1", "2", "3", "4", "5");
            assertThat(api.requests()).hasSize(requests);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "page, batch: 2, totalHeader: X-WP-Total, pagesHeader: X-WP-TotalPages",
                "page, batch: 2, pagesHeader: x-wp-totalpages",
                "link, totalHeader: X-WP-Total",
                "link, pagesHeader: X-WP-TotalPages",
            })
    void totalAndNumberOfPagesMayStandInHeaders(String pagination) throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int page = page(exchange);
            exchange.getResponseHeaders().set("X-WP-Total", "4");
            exchange.getResponseHeaders().set("X-WP-TotalPages", "2");
            if (page == 1) {
                exchange.getResponseHeaders().set("Link", "</api/rows?page=2>; rel=\"next\"");
            }
            if (page > 2) {
                FakeApi.error(exchange, 400, "rest_post_invalid_page_number");
            } else {
                FakeApi.json(exchange, "{\"rows\":[" + (page == 1 ? "1,2" : "3,4") + "]}");
            }
        })) {
            assertThat(read(api, pagination)).containsExactly("1", "2", "3", "4");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`cursor, parameter: cursor, cursor: next, total: total` | ,\"next\":NEXT,\"total\":6",
                "`cursor, parameter: cursor, cursor: next, total: total` | ,\"next\":NEXT,\"total\":4",
                "`page, batch: 2, total: total, hasMore: more`           | ,\"more\":MORE,\"total\":6",
                "`page, batch: 2, pages: pages, total: total`            | ,\"pages\":3,\"total\":7",
            })
    void aTotalIsACheckForEveryPager(String pagination, String beside) throws Exception {
        try (FakeApi api = pages(beside, "1,2", "3,4", "5")) {
            assertThat(failure(api, pagination)).contains("records in 'total', but its pages hold 5");
        }
    }

    @Test
    void aTotalThatIsReachedByAFullPageIsDoubted() throws Exception {
        try (FakeApi api = pages(",\"total\":4", "1,2", "3,4", "5")) {
            assertThat(failure(api, "page, batch: 2, total: total"))
                    .isEqualTo("the API declares 4 records in 'total', but its pages hold 5 or more;"
                            + " if it counts no further than 4, totalCap says so");
            assertThat(api.requests()).hasSize(3);
        }
        try (FakeApi api = pages(",\"total\":4", "1,2", "3,4", "5")) {
            assertThat(read(api, "page, batch: 2, total: total, totalCap: 4")).containsExactly("1", "2", "3", "4", "5");
        }
        try (FakeApi api = pages(",\"total\":3", "1,2", "3")) {
            assertThat(read(api, "page, batch: 2, total: total, totalCap: 4")).containsExactly("1", "2", "3");
            assertThat(api.requests()).hasSize(2);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "page, batch: 2, pages: pages                             | page 2",
                "page, batch: 1, pages: pages                             | page 2",
                "page, batch: 2, pages: pages, hasMore: more              | page 2",
                "offset, batch: 2, step: batch, pages: pages              | offset 2",
            })
    void aNumberOfPagesThatIsReachedByAFullPageIsDoubted(String pagination, String page) throws Exception {
        String[] rows = {"1,2", "3,4", "5"};
        try (FakeApi api = new FakeApi((exchange, _) -> {
            Map<String, String> query = FakeApi.query(exchange);
            int number = query.containsKey("offset") ? Integer.parseInt(query.get("offset")) / 2 + 1 : page(exchange);
            FakeApi.json(
                    exchange,
                    "{\"rows\":[" + (number <= 3 ? rows[number - 1] : "") + "],\"pages\":2,\"more\":" + (number < 2)
                            + "}");
        })) {
            assertThat(failure(api, pagination))
                    .startsWith(page
                            + " is the last of 2 that the API declares, and full: the page after it holds 1 record");
        }
    }

    @ParameterizedTest
    @CsvSource({"400", "404", "416", "422", "200", "204"})
    void aDoubtedPageMayBeRefusedOrTheLastOneAgain(int status) throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int page = page(exchange);
            if (page > 2 && status == 204) {
                FakeApi.json(exchange, "{\"rows\":[],\"total\":4}");
            } else if (page > 2 && status != 200) {
                FakeApi.error(exchange, status, "beyond the end");
            } else {
                FakeApi.json(exchange, "{\"rows\":[" + (page == 1 ? "1,2" : "3,4") + "],\"total\":4}");
            }
        })) {
            assertThat(read(api, "page, batch: 2, total: total")).containsExactly("1", "2", "3", "4");
            assertThat(api.requests()).hasSize(3);
        }
    }

    @Test
    void aDoubtedPageThatIsForbiddenFailsTheRun() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            if (page(exchange) == 2) {
                FakeApi.error(exchange, 403, "no");
            } else {
                FakeApi.json(exchange, "{\"rows\":[1,2],\"total\":2}");
            }
        })) {
            assertThat(extractor
                            .extract(work(api, "page, batch: 2, total: total"))
                            .failure(ErrorCode.SOURCE_UNAUTHORIZED))
                    .contains("403");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "cursor, parameter: cursor, cursor: next, hasMore: end_of_stream | ,\"next\":NEXT,\"end_of_stream\":LAST | hasMore is false on the last page, isLast is the key",
                "cursor, parameter: cursor, cursor: next, isLast: has_more       | ,\"next\":NEXT,\"has_more\":MORE      | isLast is true on the last page, hasMore is the key",
                "page, batch: 2, hasMore: last                                   | ,\"last\":LAST                         | hasMore is false on the last page, isLast is the key",
                "page, batch: 2, isLast: more                                    | ,\"more\":MORE                         | isLast is true on the last page, hasMore is the key",
                "`next-url, url: next, hasMore: done`                            | ,\"next\":\"?cursor=NEXT\",\"done\":LAST | hasMore is false on the last page, isLast is the key",
            })
    void aFlagThatMeansTheOppositeIsFoundOut(String pagination, String beside, String problem) throws Exception {
        try (FakeApi api = pages(beside, "1,2", "3,4", "5")) {
            assertThat(failure(api, pagination)).contains(problem).contains("the page after it holds 2 records");
        }
    }

    @Test
    void aListOfOneFullPageThatSaysItIsTheLastIsRight() throws Exception {
        try (FakeApi api = pages(",\"more\":MORE", "1,2")) {
            assertThat(read(api, "page, batch: 2, hasMore: more")).containsExactly("1", "2");
            assertThat(api.requests()).hasSize(2);
        }
        try (FakeApi api = pages(",\"more\":MORE", "1")) {
            assertThat(read(api, "page, batch: 2, hasMore: more")).containsExactly("1");
            assertThat(api.requests()).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "page, batch: 2, hasMore: more",
                "page, batch: 2, isLast: last",
                "page, batch: 2, pages: pages",
                "offset, batch: 2, step: batch, hasMore: more",
            })
    void anEmptyPageEndsNothingWhereTheAnswersSayThatThereIsMore(String pagination) throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int page = FakeApi.query(exchange).containsKey("offset")
                    ? Integer.parseInt(FakeApi.query(exchange).get("offset")) / 2 + 1
                    : page(exchange);
            String[] rows = {"1,2", "", "3,4"};
            FakeApi.json(
                    exchange,
                    "{\"rows\":[" + (page <= 3 ? rows[page - 1] : "") + "]"
                            + beside(",\"more\":MORE,\"last\":LAST,\"pages\":3", page, 3) + "}");
        })) {
            assertThat(read(api, pagination)).containsExactly("1", "2", "3", "4");
            assertThat(api.requests())
                    .hasSize(pagination.contains("pages:") ? 4 : 3); // a number of pages may be capped
        }
    }

    /** Pages of two places each, of which some are empty; beyond them there are no records. */
    private static FakeApi withHoles(String... pages) throws IOException {
        return new FakeApi((exchange, _) -> {
            Map<String, String> query = FakeApi.query(exchange);
            int page = query.containsKey("offset") ? Integer.parseInt(query.get("offset")) / 2 + 1 : page(exchange);
            FakeApi.json(exchange, "{\"rows\":[" + (page <= pages.length ? pages[page - 1] : "") + "]}");
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "page, batch: 2                | 1,2; ;3,4     | page 2 is empty, but the page after it holds 2 records",
                "page, batch: 2                | 1,2;3;;4      | page 3 is empty, but the page after it holds 1 record;",
                "page, batch: 2                | ;1,2          | page 1 is empty, but the page after it holds 2 records",
                "page, batch: 2, first: 1, maxPages: 2 | 1,2;;3 | page 2 is empty, but the page after it holds 1 record;",
                "page, batch: 2, repeats: end  | 1,2;3,4;;5    | page 3 is empty, but the page after it holds 1 record;",
                "offset, batch: 2              | 1,2;;3,4      | offset 2 is empty, but the page after it holds 2 records",
                "offset, batch: 9              | 1,2;3,4;;5    | offset 4 is empty, but the page after it holds 1 record;",
                "offset, batch: 2              | ;1            | offset 0 is empty, but the page after it holds 1 record;",
                "offset, batch: 2, step: batch | 1;;2          | offset 2 is empty, but the page after it holds 1 record;",
            })
    void anEmptyPageIsNoEndIfThePageAfterItHoldsRecords(String pagination, String pages, String problem)
            throws Exception {
        try (FakeApi api = withHoles(pages.split(" *; *", -1))) {
            assertThat(failure(api, pagination))
                    .contains(problem)
                    .endsWith("; hasMore, isLast, pages or total say where such a list ends");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "page, batch: 2                | 1,2;3         | 4", // one behind the empty page
                "page, batch: 2                | ``            | 2",
                "offset, batch: 2              | 1,2;3,4       | 4",
                "offset, batch: 2, step: batch | 1,2;3         | 4",
                "offset, batch: 2              | ``            | 2",
                "page, batch: 2, total: total  | 1,2;3         | 2", // which says it all
            })
    void anEmptyPageBehindWhichThereIsNothingIsTheEnd(String pagination, String pages, int requests) throws Exception {
        String[] records = pages.isEmpty() ? new String[0] : pages.split(";");
        try (FakeApi api = new FakeApi((exchange, _) -> {
            Map<String, String> query = FakeApi.query(exchange);
            int page = query.containsKey("offset") ? Integer.parseInt(query.get("offset")) / 2 + 1 : page(exchange);
            FakeApi.json(
                    exchange, "{\"rows\":[" + (page <= records.length ? records[page - 1] : "") + "],\"total\":3}");
        })) {
            assertThat(String.join(",", read(api, pagination))).isEqualTo(String.join(",", records));
            assertThat(api.requests()).hasSize(requests);
        }
    }

    @ParameterizedTest
    @CsvSource({"400", "404", "416", "200"})
    void thePageBehindAnEmptyOneMayBeRefusedOrStartOver(int status) throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            int page = page(exchange);
            if (page > 3 && status != 200) {
                FakeApi.error(exchange, status, "beyond the end");
            } else {
                String[] rows = {"1,2", "3", "", "1,2"};
                FakeApi.json(exchange, "{\"rows\":[" + rows[page - 1] + "]}");
            }
        })) {
            assertThat(read(api, "page, batch: 2")).containsExactly("1", "2", "3");
            assertThat(api.requests()).hasSize(4);
        }
    }

    @Test
    void anEmptyPageOfAnOffsetThatCountsWhatCameLeadsNowhere() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) ->
                FakeApi.json(exchange, "{\"rows\":[" + (number == 1 ? "1" : "") + "],\"more\":true}"))) {
            assertThat(failure(api, "offset, batch: 2, hasMore: more"))
                    .contains("step: batch makes it grow by the batch");
        }
    }

    /** Zendesk's and Crossref's cursors never become null. */
    @Test
    void anEmptyPageWithTheCursorThatLedToItIsTheEnd() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> {
            String cursor = FakeApi.query(exchange).getOrDefault("cursor", "");
            FakeApi.json(
                    exchange,
                    switch (cursor) {
                        case "" -> "{\"rows\":[1],\"next\":\"b\"}";
                        case "b" -> "{\"rows\":[2],\"next\":\"c\"}";
                        default -> "{\"rows\":[],\"next\":\"c\"}";
                    });
        })) {
            assertThat(read(api, "cursor, parameter: cursor, cursor: next")).containsExactly("1", "2");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"page", "offset", "cursor, parameter: cursor, cursor: next", "next-url, url: url", "link"})
    void aListWithoutAnEndFailsAndTheKeyIsNamed(String pagination) throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            exchange.getResponseHeaders().set("Link", "<?n=" + number + ">; rel=\"next\"");
            FakeApi.json(
                    exchange,
                    "{\"rows\":[{\"id\":1,\"at\":" + number + "}],\"next\":" + number + ",\"url\":\"?n=" + number
                            + "\"}");
        })) {
            assertThat(failure(api, pagination + ", maxPages: 3"))
                    .startsWith((pagination.equals("offset") ? "offset 2" : "page 3")
                            + " is not the last, and the pagination's maxPages allows 3: if the list is longer, raise"
                            + " maxPages; if it isn't, ")
                    .contains(pagination.startsWith("page") ? "the API ignores the parameter 'page'" : "the ");
            assertThat(api.requests()).hasSize(3);
        }
    }

    @Test
    void aListByNumbersThatAnApiIgnoresFailsWithoutAnyKey() throws Exception {
        try (FakeApi api = new FakeApi(
                (exchange, number) -> FakeApi.json(exchange, "{\"rows\":[{\"id\":1,\"servedAt\":" + number + "}]}"))) {
            assertThat(failure(api, "page"))
                    .contains("page 2000 is not the last")
                    .contains("maxPages allows 2000");
        }
    }

    @Test
    void aListMayHaveExactlyMaxPagesAndMaxRecords() throws Exception {
        try (FakeApi api = pages(",\"more\":MORE", "1,2", "3")) {
            assertThat(read(api, "page, batch: 2, hasMore: more, maxPages: 2, maxRecords: 3"))
                    .containsExactly("1", "2", "3");
        }
        try (FakeApi api = pages(",\"more\":MORE", "1,2", "3")) {
            assertThat(failure(api, "page, batch: 2, hasMore: more, maxRecords: 2"))
                    .isEqualTo("with page 2 there are 3 records, more than the pagination's maxRecords of 2:"
                            + " is there an end? Raise maxRecords if so");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "1,2 ; 3,4 ; 3,4 | fail  | page 3 repeats page 2: the API ignores the parameter 'page'",
                "1,2 ; 3,4 ; 1,2 | fail  | page 3 repeats page 1: the API ignores the parameter 'page'",
                "1,2 ; 2,3       | fail  | page 2 begins with a record that page 1 held",
                "1,2,3 ; 2,3,4   | fail  | page 2 begins with a record that page 1 held",
                "1,2 ; 2,3       | end   | page 2 begins with a record that page 1 held",
                "1,2 ; 3,4 ; 3,4 | end   | ",
                "1,2 ; 3,4 ; 1,2 | end   | ",
                "1,2 ; 2,3       | allow | ",
                "1,1 ; 1,1 ; 1   | allow | ",
            })
    void pagesThatRepeatRecordsAreWhatTheFileSaysThatTheyAre(String pages, String repeats, @Nullable String problem)
            throws Exception {
        String[] records = pages.split(" *; *");
        try (FakeApi api = pages("", records)) {
            String pagination = "page, batch: 2, repeats: " + repeats;
            if (problem != null) {
                assertThat(failure(api, pagination)).contains(problem);
            } else if (repeats.equals("end")) {
                assertThat(read(api, pagination)).containsExactly("1", "2", "3", "4");
            } else {
                assertThat(String.join(",", read(api, pagination))).isEqualTo(String.join(",", records));
            }
        }
    }

    /** Of the records 0 to 10 the API hides 4 and 7, after it has applied limit; its total is of the others. */
    private static FakeApi hiding() throws IOException {
        return new FakeApi((exchange, _) -> {
            int offset = Integer.parseInt(FakeApi.query(exchange).get("offset"));
            StringBuilder rows = new StringBuilder();
            for (int id = offset; id < Math.min(11, offset + 3); id++) {
                rows.append(id == 4 || id == 7 ? "" : (rows.isEmpty() ? "" : ",") + "{\"id\":" + id + "}");
            }
            FakeApi.json(exchange, "{\"rows\":[" + rows + "],\"total\":9}");
        });
    }

    @ParameterizedTest
    @CsvSource({"1", "4"})
    void anOffsetThatCountsWhatCameFailsWhereTheApiHidesRecords(int parallel) throws Exception {
        try (FakeApi api = hiding()) {
            assertThat(failure(api, "offset, batch: 3, total: total, parallel: " + parallel))
                    .contains("begins with a record that offset 3 held")
                    .contains("step: batch");
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "4"})
    void anOffsetThatCountsTheBatchReadsAllWhereTheApiHidesRecords(int parallel) throws Exception {
        try (FakeApi api = hiding()) {
            assertThat(read(api, "offset, batch: 3, step: batch, total: total, parallel: " + parallel))
                    .containsExactly(List.of(0, 1, 2, 3, 5, 6, 8, 9, 10).stream()
                            .map(id -> "{\"id\":" + id + "}")
                            .toArray(String[]::new));
        }
    }

    @Test
    void flagsThatContradictEachOtherFailTheRun() throws Exception {
        try (FakeApi api = pages(",\"more\":MORE,\"last\":MORE", "1", "2")) {
            assertThat(failure(api, "page, hasMore: more, isLast: last"))
                    .isEqualTo("page 1: 'more' and 'last' are both true, but one says that there is more, and the other"
                            + " that there isn't");
        }
        try (FakeApi api = pages(",\"more\":true,\"pages\":1", "1", "2")) {
            assertThat(failure(api, "page, hasMore: more, pages: pages"))
                    .isEqualTo("page 1, of 1 by 'pages', says in 'more' that it is not the last");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "cursor, parameter: cursor, cursor: meta.next_cursor                 | no cursor at 'meta.next_cursor'",
                "cursor, parameter: cursor, cursor: x-next, from: header             | no cursor at 'x-next'",
                "next-url, url: links.nxt                                            | no URL at 'links.nxt'",
                "link                                                                | no link with rel=\"next\"",
            })
    void aWayOnThatNoPageHasShownIsAWarning(String pagination, String lacking) throws Exception {
        try (FakeApi api =
                new FakeApi((exchange, _) -> FakeApi.json(exchange, "{\"rows\":[1,2],\"meta\":{\"next\":\"b\"}}"))) {
            ExtractorUnderTest.Result result = extractor.extract(work(api, pagination));

            assertThat(extractor.records(result)).containsExactly("1", "2");
            assertThat(result.log())
                    .contains("WARN page 1 is the first and the last: it has " + lacking
                            + ", not even null, and nothing else says that the list ends here");
        }
    }

    @Test
    void aWayOnThatAFullPageLacksIsAnError() throws Exception {
        String pagination = "cursor, parameter: cursor, cursor: nxt, size: limit, batch: 2";
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "{\"rows\":[1,2],\"next\":\"b\"}"))) {
            assertThat(failure(api, pagination)).endsWith("though it is full with 2 records");
        }
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "{\"rows\":[1]}"))) {
            assertThat(read(api, pagination)).containsExactly("1");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "cursor, parameter: cursor, cursor: next              | {\"rows\":[1],\"next\":null}",
                "cursor, parameter: cursor, cursor: next              | {\"rows\":[]}",
                "cursor, parameter: cursor, cursor: nxt, hasMore: more | {\"rows\":[1],\"more\":false}",
                "cursor, parameter: cursor, cursor: nxt, total: total | {\"rows\":[1],\"total\":1}",
                "`next-url, url: next`                                | {\"rows\":[1],\"next\":\"\"}",
            })
    void aListOfOnePageThatSaysItsEndIsNoWarning(String pagination, String answer) throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, answer))) {
            ExtractorUnderTest.Result result = extractor.extract(work(api, pagination));

            assertThat(extractor.manifest(result).counts().rejected()).isZero();
            assertThat(result.log()).noneMatch(line -> line.startsWith("WARN"));
        }
    }
}
