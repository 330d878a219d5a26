package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Reject;
import dev.millrace.task.Work;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Answers that are no JSON, through the extractor. */
class FormattedAnswersTest {
    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    private static Work.Extract work(FakeApi api, String keys) {
        Work.Extract work = api.endpoint(keys);
        return new Work.Extract(work.source(), work.read(), List.of("id"), work.parts());
    }

    private static FakeApi answering(String type, byte[] body) throws IOException {
        return new FakeApi((exchange, _) -> FakeApi.send(exchange, 200, type, body));
    }

    private static List<String> records(String keys, String type, byte[] body) throws Exception {
        try (FakeApi api = answering(type, body)) {
            return extractor.records(work(api, "request: {path: /rows}\n" + keys));
        }
    }

    private static String failure(String keys, byte[] body) throws Exception {
        try (FakeApi api = answering("text/plain", body)) {
            return extractor
                    .extract(work(api, "request: {path: /rows}\n" + keys))
                    .failure(ErrorCode.SOURCE_MALFORMED)
                    .replace(api.url(), "");
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    private static byte[] zip(String... texts) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(packed)) {
            for (String text : texts) {
                zip.putNextEntry(new ZipEntry("rows-" + text.length() + ".txt"));
                zip.write(bytes(text));
            }
        }
        return packed.toByteArray();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{type: csv, delimiter: ';', skip: 1} | made today~id;name~1;é~2;~",
                "{type: fixed-width, columns: [{name: id, width: 1}, {name: name, width: 4}]} | 1   é~2~",
                "{type: ndjson} | {\"id\":\"1\",\"name\":\"é\"}~{\"id\":\"2\",\"name\":null}~",
            })
    void readsLinesAsFilesAreWhateverTheContentTypeSays(String format, String text) throws Exception {
        for (String type : List.of("text/csv", "application/json; charset=utf-16", "text/html")) {
            for (byte[] body : List.of(bytes(text.replace('~', '\n')), gzip(bytes(text.replace('~', '\n'))))) {
                assertThat(records("format: " + format, type, body))
                        .containsExactly("{\"id\":\"1\",\"name\":\"é\"}", "{\"id\":\"2\",\"name\":null}");
            }
        }
    }

    @Test
    void readsXml() throws Exception {
        byte[] xml = bytes("<feed><row><id>1</id><tag>a</tag></row></feed>");
        for (byte[] body : List.of(xml, gzip(xml), zip(new String(xml, StandardCharsets.UTF_8)))) {
            assertThat(records("format: {type: xml, arrays: [tag]}\nrecords: feed.row", "text/xml", body))
                    .containsExactly("{\"id\":\"1\",\"tag\":[\"a\"]}");
        }
    }

    @Test
    void asksForTheFormatUnlessTheFileSaysOtherwise() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.send(
                exchange,
                200,
                "text/csv",
                bytes("id\n\"" + exchange.getRequestHeaders().getFirst("Accept") + "\"\n")))) {
            assertThat(extractor.records(work(api, "request: {path: /rows}\nformat: {type: csv}")))
                    .containsExactly("{\"id\":\"text/csv, */*;q=0.5\"}");
            assertThat(extractor.records(
                            work(api, "request: {path: /rows, headers: {accept: text/plain}}\nformat: {type: csv}")))
                    .containsExactly("{\"id\":\"text/plain\"}");
        }
    }

    @Test
    void unpacksAZipWithOneFileAlsoWithJsonInIt() throws Exception {
        assertThat(records("format: {type: csv}", "application/zip", zip("id\n1\n")))
                .containsExactly("{\"id\":\"1\"}");
        assertThat(records("", "application/zip", zip("[{\"id\":1}]"))).containsExactly("{\"id\":1}");
        assertThat(records("", "application/gzip", gzip(bytes("[{\"id\":1}]")))).containsExactly("{\"id\":1}");
        assertThat(failure("format: {type: csv}", zip("id\n1\n", "id\n12\n")))
                .isEqualTo("GET /rows: the answer is a zip archive with several files, among them 'rows-5.txt' and"
                        + " 'rows-6.txt' (expected: one)");
        assertThat(failure("format: {type: csv}", zip()))
                .isEqualTo("GET /rows: the answer is a zip archive without a file (expected: one)");
    }

    @Test
    void triesWhatIsCutOffAgain() throws Exception {
        byte[] whole = gzip(bytes("id\n1\n"));
        byte[] zipped = zip("id\n1\n");
        byte[] xml = bytes("<feed><row><id>1</id></row></feed>");
        Map<byte[], String> all = Map.of(
                whole,
                "format: {type: csv}",
                zipped,
                "format: {type: csv}",
                xml,
                "format: {type: xml}\nrecords: feed.row");
        for (Map.Entry<byte[], String> one : all.entrySet()) {
            byte[] body = one.getKey();
            try (FakeApi api = new FakeApi((exchange, number) -> FakeApi.send(
                    exchange, 200, "text/plain", number == 1 ? Arrays.copyOf(body, body.length - 8) : body))) {
                assertThat(extractor.records(work(api, "request: {path: /rows}\n" + one.getValue())))
                        .containsExactly("{\"id\":\"1\"}");
                assertThat(api.requests()).hasSize(2);
            }
        }
    }

    @Test
    void rejectsNameTheUrlAndTheLine() throws Exception {
        try (FakeApi api = answering("text/csv", bytes("id,name\n1,a\n\n2,b,c\n"))) {
            ExtractorUnderTest.Result result =
                    extractor.extract(work(api, "request: {path: /rows}\nformat: {type: csv}"));
            assertThat(extractor.rejects(result))
                    .extracting(Reject::part, Reject::row, Reject::line, Reject::reason)
                    .containsExactly(tuple(api.url() + "/rows", 2L, 4L, "3 fields where the header has 2"));
            assertThat(extractor.manifest(result).texts()).isTrue();
        }
    }

    @Test
    void saysWhatCameInsteadOfTheFormat() throws Exception {
        String html = "\n<!DOCTYPE html>\n<html><title>Log in</title></html>";
        assertThat(failure("format: {type: csv}", bytes(html)))
                .isEqualTo("GET /rows: HTML or XML instead of CSV: <!DOCTYPE html> <html><title>Log in</title></html>");
        assertThat(failure("format: {type: xml}\nrecords: feed.row", bytes(html)))
                .startsWith("GET /rows: HTML or XML instead of the records' XML: ");
        assertThat(failure("format: {type: ndjson}", bytes("<error>no</error>")))
                .isEqualTo("GET /rows: HTML or XML instead of lines of JSON: <error>no</error>");
        assertThat(failure("format: {type: csv}", bytes("<error>no</error>")))
                .isEqualTo(
                        "GET /rows: line 1: the header has no column 'id'; it has '<error>no</error>' (expected: all columns"
                                + " of the schema that aren't optional: true); the answer starts with: <error>no</error>");
        assertThat(failure("format: {type: csv}", bytes("{\"error\": \"no\"}")))
                .startsWith("GET /rows: line 1: the header has no column 'id'; it has '{\"error\": \"no\"}'");
        assertThat(failure("format: {type: csv}", new byte[0]))
                .isEqualTo("GET /rows: the file is empty (expected: a header line); the answer starts with: ");
        assertThat(failure("format: {type: csv}", bytes("id\n\"1\n")))
                .startsWith("GET /rows: line 2: the quote before field 1 isn't closed");
        assertThat(failure("format: {type: csv}", new byte[] {'i', 'd', '\n', (byte) 0xe9, '\n'}))
                .isEqualTo("GET /rows: line 2: a byte sequence that is not UTF-8");
        assertThat(failure("format: {type: xml}\nrecords: feed.row", bytes("<rss/>")))
                .startsWith("GET /rows: no element 'feed.row': the document has rss; with missing: allow");
        assertThat(failure("format: {type: csv}", new byte[] {'7', 'z', (byte) 0xbc, (byte) 0xaf, 0x27, 0x1c, 0, 4}))
                .startsWith("GET /rows: the answer is a 7z archive, which is not unpacked");
    }

    @Test
    void anAnswerWithoutAnythingIsAPageWithoutRecordsWhereThatIsAllowed() throws Exception {
        for (String format : List.of("{type: csv}", "{type: ndjson}", "{type: xml}\nrecords: feed.row")) {
            String keys = "request: {path: /rows, missing: allow}\nformat: " + format;
            try (FakeApi none = new FakeApi((exchange, _) -> FakeApi.send(exchange, 204, "text/csv", new byte[0]));
                    FakeApi empty = answering("text/csv", new byte[0])) {
                assertThat(extractor.records(work(none, keys))).isEmpty();
                assertThat(extractor.records(work(empty, keys))).isEmpty();
            }
        }
    }

    private static void page(HttpExchange exchange, int pages) throws IOException {
        int page = FakeApi.page(exchange);
        if (page < pages) {
            exchange.getResponseHeaders().add("X-Next", String.valueOf(page + 1));
            exchange.getResponseHeaders().add("Link", "</rows?page=" + (page + 1) + ">; rel=\"next\"");
        }
        exchange.getResponseHeaders().add("X-Total", String.valueOf(pages));
        FakeApi.send(exchange, 200, "text/csv", bytes(page > pages ? "id\n" : "id\n" + page + "\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{type: link}",
                "{type: page, totalHeader: x-total, batch: 1, minBatch: 1}",
                "{type: page}",
                "{type: cursor, from: header, cursor: x-next, parameter: page}",
            })
    void followsPagesByHeadersAndNumbers(String pagination) throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> page(exchange, 3))) {
            assertThat(extractor.records(
                            work(api, "request: {path: /rows}\nformat: {type: csv}\npagination: " + pagination)))
                    .containsExactly("{\"id\":\"1\"}", "{\"id\":\"2\"}", "{\"id\":\"3\"}");
        }
    }

    @Test
    void conditionsWithAPathHoldForErrorsAlone() throws Exception {
        try (FakeApi api = new FakeApi((exchange, number) -> {
            if (number == 1) {
                FakeApi.send(exchange, 404, "application/json", bytes("{\"code\": \"NOT_YET\"}"));
            } else {
                FakeApi.send(exchange, 200, "text/csv", bytes("id\n1\n"));
            }
        })) {
            String keys =
                    "request: {path: /rows, retryIf: [{status: [404], path: code, is: [NOT_YET]}]}\nformat: {type: csv}";
            Work.Extract work = api.endpoint("failIf: [{path: ok, not: [true]}]", keys);
            assertThat(extractor.records(work)).containsExactly("{\"id\":\"1\"}");
            assertThat(api.requests()).hasSize(2);
        }
        try (FakeApi api = new FakeApi((exchange, _) -> {
            exchange.getResponseHeaders().add("X-Error", "quota");
            FakeApi.send(exchange, 200, "text/csv", bytes("id\n1\n"));
        })) {
            assertThat(extractor
                            .extract(work(
                                    api, "request: {path: /rows, failIf: [{header: x-error}]}\nformat: {type: csv}"))
                            .failure(ErrorCode.SOURCE_REFUSED))
                    .endsWith(
                            "200, but an error by the conditions of the file: the header x-error says something: quota");
        }
    }

    @Test
    void canBeAskedForOneByOne() throws Exception {
        try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.send(
                exchange,
                200,
                "text/csv",
                bytes(
                        exchange.getRequestURI().getPath().equals("/regions")
                                ? "name\nnorth\nsouth\n"
                                : "id\n\"" + exchange.getRequestURI().getPath() + "\"\n")))) {
            Work.Extract values = api.endpoint(
                    "request: {path: \"/of/${region}\"}\nformat: {type: csv}\nforEach: {values: [north, south], as: region}");
            assertThat(extractor.records(
                            new Work.Extract(values.source(), values.read(), List.of("id", "region"), values.parts())))
                    .containsExactly(
                            "{\"region\":\"north\",\"id\":\"/of/north\"}",
                            "{\"region\":\"south\",\"id\":\"/of/south\"}");
        }
    }
}
