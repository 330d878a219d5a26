package dev.millrace.extractor.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.extractor.SampleUnderTest;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.CommittedCursor;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.dhatim.fastexcel.Workbook;
import org.dhatim.fastexcel.Worksheet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R4.1: files that pages link to, over real HTTP. */
class WebFilesTest {
    private static ExtractorUnderTest extractor;

    /** What the server sends, by path and query. */
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();

    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> agents = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private String site = "";

    interface Answer {
        void send(HttpExchange exchange) throws IOException;
    }

    @BeforeAll
    static void start(@TempDir Path service) throws IOException {
        extractor = new ExtractorUnderTest(service, Map.of());
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                String asked = exchange.getRequestURI().toString();
                requests.add(asked);
                agents.add(exchange.getRequestHeaders().getFirst("User-Agent"));
                answers.getOrDefault(asked, other -> send(other, 404, "text/plain", "nothing here".getBytes(UTF_8)))
                        .send(exchange);
            }
        });
        server.start();
        site = "http://127.0.0.1:" + server.getAddress().getPort();
    }

    @AfterEach
    void stopServing() {
        server.stop(0);
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(body);
        }
    }

    private void page(String path, String html) {
        answers.put(path, exchange -> send(exchange, 200, "text/html; charset=utf-8", html.getBytes(UTF_8)));
    }

    private void file(String path, String text) {
        answers.put(path, exchange -> send(exchange, 200, "text/csv", text.getBytes(UTF_8)));
    }

    /** As a server does that knows conditional requests. */
    private void file(String path, String text, String etag) {
        answers.put(path, exchange -> {
            exchange.getResponseHeaders().set("ETag", etag);
            if (etag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
                exchange.sendResponseHeaders(304, -1);
            } else {
                send(exchange, 200, "text/csv", text.getBytes(UTF_8));
            }
        });
    }

    private Work.Extract work(String web, String files) {
        String text = """
                version: 1
                name: sample
                source:
                  type: files
                  web:
                    retry: {attempts: 2, delay: 1ms, maxDelay: 5s}
                    limits: {requestsPerSecond: 1000}
                %s
                endpoints:
                  rows:
                    files:
                %s
                    destination: {table: sample.rows, write: merge, keys: [id]}
                    schema: [{name: id, type: INTEGER, mode: REQUIRED}]
                """.formatted(
                web.replace("SITE", site).indent(4), files.replace("SITE", site).indent(6));
        Pipeline pipeline = switch (PipelineReader.read("sample", text)) {
            case PipelineReader.Result.Valid valid -> valid.pipeline();
            case PipelineReader.Result.Invalid invalid -> throw new AssertionError(invalid + text);
        };
        return new Work.Extract(
                pipeline.source(),
                requireNonNull(pipeline.endpoints().get("rows")).read(),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private Work.Extract work(String web) {
        return work(web, "pattern: \"**/*.csv\"\nformat: {type: csv}");
    }

    private static String id(int id) {
        return "{\"id\":\"" + id + "\"}";
    }

    @Test
    void readsTheFilesThatAPageLinksTo() throws Exception {
        page("/data/", """
                <html><head><base href="/files/"></head><body>
                <a href="b.csv">b</a> <a href="a.csv#sheet">a</a> <a href="a.csv">again</a>
                <a href="../file?uri=/years/2020/week%2023.csv">by a query</a> <a href="with blank ü.csv">c</a>
                <a href="mailto:someone@example.com">mail</a> <a href="about.html">about</a> <a href="http://[">broken</a>
                <p><a>no link</a></p></body></html>
                """);
        file("/files/a.csv", "id\n1\n");
        file("/files/b.csv", "id\n2\n");
        file("/file?uri=/years/2020/week%2023.csv", "id\n3\n");
        file("/files/with%20blank%20%C3%BC.csv", "id\n4\n");

        ExtractorUnderTest.Result result = extractor.extract(work("pages: [SITE/data/]"));

        assertThat(extractor.records(result)).containsExactly(id(3), id(1), id(2), id(4));
        assertThat(requests)
                .containsExactly(
                        "/robots.txt",
                        "/data/",
                        "/file?uri=/years/2020/week%2023.csv",
                        "/files/a.csv",
                        "/files/b.csv",
                        "/files/with%20blank%20%C3%BC.csv");
        assertThat(agents).containsOnly("millrace");
        assertThat(result.log())
                .contains("INFO " + site + "/data/: 4 of 5 links lead to files")
                .contains("WARN " + site + "/data/: the link 'http://[' leads nowhere, and is left out");
        assertThat(extractor
                        .manifest(result)
                        .parts()
                        .getFirst()
                        .origins()
                        .getFirst()
                        .place())
                .isEqualTo(site + "/file?uri=/years/2020/week%2023.csv");
    }

    @Test
    void followsPagesAsDeepAsItIsTold() throws Exception {
        page("/", "<a href='/years/2020'>2020</a><a href='/years/2021'>2021</a><a href='/other'>other</a>");
        page("/years/2020", "<a href='/'>up</a><a href='/years/2021'>next</a><a href='/2020.csv'>file</a>");
        page(
                "/years/2021",
                "<a href='/years/2020'>before</a><a href='/years/2021/more'>more</a><a href='2021.csv'>file</a>");
        page("/years/2021/more", "<a href='/years/2021/more/deep'>deep</a><a href='/more.csv'>file</a>");
        page("/years/2021/more/deep", "<a href='/deep.csv'>file</a>");
        file("/2020.csv", "id\n2020\n");
        file("/years/2021.csv", "id\n2021\n");
        file("/more.csv", "id\n1\n");
        file("/deep.csv", "id\n2\n");

        ExtractorUnderTest.Result shallow = extractor.extract(work("pages: [SITE/]\nfollow: SITE/years/**"));
        assertThat(extractor.records(shallow)).containsExactly(id(2020), id(2021));
        assertThat(shallow.log())
                .contains("INFO " + site + "/: depth 1 leaves out 1 page that follow matches: '" + site
                        + "/years/2021/more'");
        assertThat(extractor.records(work("pages: [SITE/]\nfollow: SITE/years/**\ndepth: 2")))
                .containsExactly(id(2020), id(1), id(2021));
        requests.clear();
        assertThat(extractor.records(
                        work("pages: [SITE/]\nfollow: SITE/**\ndepth: 10\nlinks: \"a:not([href=/other])\"")))
                .containsExactly(id(2020), id(2), id(1), id(2021));
        assertThat(requests).as("circular links are followed once").doesNotHaveDuplicates();
    }

    @Test
    void warnsOfAPageThatLeadsNowhere() throws Exception {
        page("/", "<a href='/years/2020'>2020</a><a href='/1.csv'>file</a>");
        page("/years/2020", "<p>soon</p>");
        file("/1.csv", "id\n1\n");
        assertThat(extractor
                        .extract(work("pages: [SITE/]\nfollow: SITE/years/*"))
                        .log())
                .contains(
                        "WARN " + site + "/years/2020, which is followed, leads to no file that matches '**/*.csv', and"
                                + " to no further page");
    }

    @Test
    void keepsToWhatASelectorFinds() throws Exception {
        page("/", "<ul class=files><li><a href=1.csv>1</a></ul><ul class=old><li><a href=2.csv>2</a></ul>");
        file("/1.csv", "id\n1\n");
        assertThat(extractor.records(work("pages: [SITE/]\nlinks: ul.files"))).containsExactly(id(1));
        assertThat(extractor.extract(work("pages: [SITE/]\nlinks: \"a[[\"")).failure(ErrorCode.PIPELINE_INVALID))
                .startsWith("source.web.links 'a[[': ")
                .endsWith("(expected: a CSS selector, such as a[href$=.xlsx])");
    }

    @Test
    void aPageWithoutAMatchFailsTheRun() throws Exception {
        page("/", "<a href='/a.xlsx'>a</a><a href='/b.xlsx'>b</a>");
        page("/scripted", "<script>links()</script>");
        page("/good", "<a href='/1.csv'>1</a>");
        file("/1.csv", "id\n1\n");
        assertThat(extractor.extract(work("pages: [SITE/good, SITE/]")).failure(ErrorCode.SOURCE_EMPTY))
                .isEqualTo("none of the links of " + site + "/ matches '**/*.csv'; they lead to '" + site
                        + "/a.xlsx', '" + site + "/b.xlsx'");
        assertThat(extractor.extract(work("pages: [SITE/scripted]")).failure(ErrorCode.SOURCE_EMPTY))
                .isEqualTo("none of the links of " + site + "/scripted matches '**/*.csv'; there are none that"
                        + " 'a[href]' finds; what a script makes of a page isn't seen");
        ExtractorUnderTest.Result allowed = extractor.extract(
                work("pages: [SITE/, SITE/good]", "pattern: \"**/*.csv\"\nmissing: allow\nformat: {type: csv}"));
        assertThat(extractor.records(allowed)).containsExactly(id(1));
        assertThat(allowed.log()).anyMatch(line -> line.startsWith("WARN none of the links of " + site + "/ matches"));
    }

    @Test
    void readsFilesAtAddresses() throws Exception {
        file("/1.csv", "id\n1\n");
        file("/2.csv?of=2020", "id\n2\n");
        assertThat(extractor.records(work(
                        "urls: [SITE/1.csv, \"SITE/2.csv?of=2020\", SITE/3.txt]",
                        "pattern: \"**.csv*\"\nformat: {type: csv}")))
                .containsExactly(id(1), id(2));
        assertThat(extractor
                        .extract(work("urls: [SITE/1.csv]", "pattern: \"*.csv\"\nformat: {type: csv}"))
                        .failure(ErrorCode.SOURCE_EMPTY))
                .isEqualTo("no file in " + site + "/1.csv matches '*.csv'");
        assertThat(extractor.extract(work("urls: [SITE/gone.csv]")).failure(ErrorCode.SOURCE_REFUSED))
                .isEqualTo("GET " + site + "/gone.csv: 404: nothing here");
    }

    @Test
    void addressesMayBeSecrets() throws Exception {
        page("/", "<a href='/1.csv'>1</a>");
        file("/1.csv", "id\n1\n");
        file("/2.csv?signature=0123456789abcdef", "id\n2\n3,4\n");
        extractor.secret("statistics_page", site + "/\n");
        extractor.secret("signed_file", site + "/2.csv?signature=0123456789abcdef");
        ExtractorUnderTest.Result result = extractor.extract(work(
                "pages: [\"${secret:statistics_page}\"]\nurls: [\"${secret:signed_file}\"]",
                "pattern: \"**.csv*\"\nformat: {type: csv}"));
        assertThat(extractor.records(result)).containsExactly(id(2), id(1));
        assertThat(extractor.rejects(result).getFirst().part()).isEqualTo("${secret:signed_file}");
        assertThat(result.log().toString()).doesNotContain("0123456789abcdef");
        extractor.secret("no_page", "ftp://example.com");
        assertThat(extractor.extract(work("pages: [\"${secret:no_page}\"]")).failure(ErrorCode.PIPELINE_INVALID))
                .isEqualTo("the address ${secret:no_page} is no http or https URL");
    }

    @Test
    void asksForNothingThatRobotsTxtForbids() throws Exception {
        answers.put("/robots.txt", exchange -> send(exchange, 200, "text/plain", """
                # rules
                User-agent: *
                Disallow: /

                User-Agent: other
                User-agent: Collector/1.0
                Disallow: /private
                Disallow: /*.zip$
                Allow: /private/open
                """.getBytes(UTF_8)));
        page("/", "<a href='/private/1.csv'>1</a>");
        page("/private/open.html", "<a href='/2.csv'>2</a>");
        file("/private/1.csv", "id\n1\n");
        file("/2.csv", "id\n2\n");
        assertThat(extractor.extract(work("pages: [SITE/]")).failure(ErrorCode.SOURCE_REFUSED))
                .isEqualTo("GET " + site + "/: " + site + "/robots.txt doesn't let 'millrace' read it (expected: an"
                        + " address that it allows; robots: ignore is for servers of one's own)");
        String collector = "userAgent: collector (data@example.com)\n";
        assertThat(extractor.extract(work(collector + "pages: [SITE/]")).failure(ErrorCode.SOURCE_REFUSED))
                .startsWith("GET " + site + "/private/1.csv: ");
        assertThat(agents).contains("collector (data@example.com)");
        assertThat(extractor.records(work(collector + "pages: [SITE/private/open.html]")))
                .containsExactly(id(2));
        assertThat(extractor.records(work("robots: ignore\npages: [SITE/]"))).containsExactly(id(1));
    }

    @Test
    void aRobotsTxtThatCantBeReadFailsTheRun() throws Exception {
        answers.put("/robots.txt", exchange -> send(exchange, 503, "text/plain", "later".getBytes(UTF_8)));
        assertThat(extractor.extract(work("pages: [SITE/]")).failure(ErrorCode.SOURCE_UNAVAILABLE))
                .isEqualTo("GET " + site + "/robots.txt: 503: later; that was attempt 2 of 2");
    }

    @Test
    void sendsHeadersToItsOwnServersOnly() throws Exception {
        HttpServer other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        List<String> keys = new CopyOnWriteArrayList<>();
        other.createContext("/", exchange -> {
            try (exchange) {
                keys.add(exchange.getRequestURI() + " "
                        + exchange.getRequestHeaders().getFirst("X-Key"));
                send(exchange, 200, "text/csv", "id\n1\n".getBytes(UTF_8));
            }
        });
        other.start();
        String elsewhere = "http://127.0.0.1:" + other.getAddress().getPort();
        try {
            extractor.secret("web_key", "open-sesame-open-sesame");
            answers.put("/", exchange -> {
                keys.add("/ " + exchange.getRequestHeaders().getFirst("X-Key"));
                send(
                        exchange,
                        200,
                        "text/html",
                        ("<a href='" + elsewhere + "/1.csv'>1</a><a href=/moved.csv>2</a>").getBytes(UTF_8));
            });
            answers.put("/moved.csv", exchange -> {
                exchange.getResponseHeaders().set("Location", elsewhere + "/2.csv");
                exchange.sendResponseHeaders(302, -1);
            });
            assertThat(extractor.records(work("pages: [SITE/]\nheaders: {X-Key: \"${secret:web_key}\"}")))
                    .containsExactly(id(1), id(1));
            assertThat(keys).contains("/ open-sesame-open-sesame", "/1.csv null", "/2.csv null");
        } finally {
            other.stop(0);
        }
    }

    private Work.ExtractNew changed(@Nullable String cursor) {
        return new Work.ExtractNew(new Work.ExtractIncrement(
                work("pages: [SITE/]", "pattern: \"**/*.csv\"\nread: changed\nformat: {type: csv}"),
                false,
                new CommittedCursor(cursor)));
    }

    @Test
    void readsWhatIsNewOrHasChangedOnly() throws Exception {
        page("/", "<a href=strong.csv>1</a><a href=weak.csv>2</a><a href=none.csv>3</a>");
        file("/strong.csv", "id\n1\n", "\"v1\"");
        file("/weak.csv", "id\n2\n", "W/\"v1\"");
        file("/none.csv", "id\n3\n");
        ExtractorUnderTest.Result first = extractor.extract(changed(null));
        assertThat(extractor.records(first)).containsExactly(id(3), id(1), id(2));
        assertThat(first.log())
                .anyMatch(line -> line.startsWith("INFO " + site + "/strong.csv (ETag \"v1\"): 1 records"));
        String cursor = extractor.manifest(first).nextCursor();

        ExtractorUnderTest.Result second = extractor.extract(changed(cursor));
        assertThat(extractor.manifest(second).counts().rows()).isZero();
        assertThat(second.log()).contains("INFO 0 of 3 files read; 3 were loaded before and are as they were");

        // of the same size, and the weak ETag as it was
        file("/strong.csv", "id\n7\n", "\"v2\"");
        file("/weak.csv", "id\n8\n", "W/\"v1\"");
        file("/none.csv", "id\n9\n");
        ExtractorUnderTest.Result third = extractor.extract(changed(cursor));
        assertThat(extractor.records(third)).containsExactly(id(9), id(7), id(8));
        String moved = extractor.manifest(third).nextCursor();

        // another node of the same server, with an ETag of its own for the same bytes
        file("/strong.csv", "id\n7\n", "\"node-2\"");
        page("/", "<a href=strong.csv>1</a><a href=new.csv>4</a>");
        file("/new.csv", "id\n4\n");
        assertThat(extractor.records(extractor.extract(changed(moved)))).containsExactly(id(4));
    }

    @Test
    void aPageInThePlaceOfAFileFailsByItsContent() throws Exception {
        page("/", "<a href=deaths.xlsx>1</a><a href=deaths.csv>2</a>");
        answers.put(
                "/deaths.xlsx",
                exchange -> send(
                        exchange,
                        200,
                        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                        "<!DOCTYPE html>\n<html><title>We are sorry</title>".getBytes(UTF_8)));
        page("/deaths.csv", "<html><p>gone");
        assertThat(extractor
                        .extract(work("pages: [SITE/]", "pattern: \"**/*.xlsx\"\nformat: {type: excel}"))
                        .failure(ErrorCode.SOURCE_MALFORMED))
                .isEqualTo(
                        site + "/deaths.xlsx: the answer is a page of HTML, beginning with '<!DOCTYPE html>"
                                + " <html><title>We are sorry</title>' (expected: the file; what is in it counts, not its name)");
        assertThat(extractor.extract(work("pages: [SITE/]")).failure(ErrorCode.SOURCE_MALFORMED))
                .startsWith(site + "/deaths.csv: the answer is a page of HTML, beginning with '<html><p>gone'");
    }

    @Test
    void readsWorkbooksAndPackedFilesAndTriesAFileOnceMoreThatBreaksOff() throws Exception {
        ByteArrayOutputStream xlsx = new ByteArrayOutputStream();
        try (Workbook workbook = new Workbook(xlsx, "test", "1.0")) {
            Worksheet sheet = workbook.newWorksheet("Data");
            sheet.value(0, 0, "id");
            sheet.value(1, 0, 5);
        }
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write("id\n6\n".getBytes(UTF_8));
        }
        page("/", "<a href=book.xlsx>1</a><a href=packed.csv>2</a><a href=short.csv>3</a>");
        answers.put("/book.xlsx", exchange -> send(exchange, 200, "application/octet-stream", xlsx.toByteArray()));
        answers.put("/packed.csv", exchange -> {
            exchange.getResponseHeaders().set("Content-Encoding", "gzip");
            send(exchange, 200, "text/csv", packed.toByteArray());
        });
        answers.put("/short.csv", exchange -> {
            file("/short.csv", "id\n7\n");
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write("id\n3\n".getBytes(UTF_8));
        });
        assertThat(extractor.records(work("pages: [SITE/]", "pattern: \"**/*.xlsx\"\nformat: {type: excel}")))
                .containsExactly(id(5));
        ExtractorUnderTest.Result result = extractor.extract(work("pages: [SITE/]"));
        assertThat(extractor.records(result)).containsExactly(id(6), id(7));
        assertThat(result.log())
                .anyMatch(line -> line.startsWith("WARN GET " + site + "/short.csv: the connection was lost"));
    }

    @Test
    void refusesWhatIsNoPage() throws Exception {
        answers.put("/list.pdf", exchange -> send(exchange, 200, "application/pdf", "%PDF".getBytes(UTF_8)));
        assertThat(extractor.extract(work("pages: [SITE/list.pdf]")).failure(ErrorCode.SOURCE_MALFORMED))
                .isEqualTo(site + "/list.pdf: is 'application/pdf' (expected: a page of HTML with links)");
    }

    @Test
    void takesASampleAndTriesASource() throws Exception {
        SampleUnderTest samples = new SampleUnderTest(extractor);
        page("/", "<a href=1.csv>1</a><a href=2.csv>2</a>");
        file("/1.csv", "id\n1\n2\n");
        file("/2.csv", "id\n3\n");
        assertThat(SampleUnderTest.lines(samples.take(work("pages: [SITE/]"), 1)))
                .containsExactly(id(1));
        assertThat(requests).doesNotContain("/2.csv");
        URI server = URI.create(site);
        String resolves = "ok resolves: " + server.getHost() + " is 127.0.0.1";
        String connects = "ok connects: to port " + server.getPort();
        assertThat(samples.check(work("pages: [SITE/]\nurls: [SITE/1.csv]")))
                .startsWith(
                        resolves,
                        connects,
                        "ok finds files: 2 in " + site + "/, " + site + "/1.csv, the first is " + site + "/1.csv")
                .hasSize(4);
        assertThat(samples.check(work("pages: [SITE/nowhere]")))
                .containsExactly(
                        resolves,
                        connects,
                        "FAILED finds files: SOURCE_REFUSED: GET " + site + "/nowhere: 404: nothing here");
        assertThat(samples.check(work("pages: [SITE/]\nurls: [\"http://nowhere.invalid/1.csv\"]")))
                .containsExactly(
                        resolves, connects, "FAILED resolves: DNS doesn't know nowhere.invalid, or can't be reached");
        assertThat(samples.check(work("urls: [\"https://127.0.0.1:" + server.getPort() + "/1.csv\"]")))
                .startsWith("ok resolves: 127.0.0.1 is 127.0.0.1", connects)
                .hasSize(3)
                .last(InstanceOfAssertFactories.STRING)
                .startsWith("FAILED TLS: ");
    }
}
