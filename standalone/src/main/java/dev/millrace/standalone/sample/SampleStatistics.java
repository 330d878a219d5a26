package dev.millrace.standalone.sample;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A stand-in for the page of a statistics office, on a free port of the loopback, with made workbooks of the shapes that weekly deaths
 * have had: other sheets, other rows and columns, other groups of age, and two formats of files. Safe for use by several threads.
 */
public final class SampleStatistics implements AutoCloseable {
    private static final String XLS = "application/vnd.ms-excel";
    private static final String XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    private final SampleServer server;
    private final Map<String, byte[]> files = new LinkedHashMap<>();

    /**
     * Makes the workbooks and starts it.
     *
     * @throws IOException when the loopback offers no port
     */
    public SampleStatistics() throws IOException {
        files.put(
                "/deaths/2012/publishedweek2012.xls",
                SampleWorkbooks.xls(SampleWorkbooks.ofNames("Weekly Figures 2012", LocalDate.of(2012, 1, 6), 52)));
        files.put(
                "/deaths/2016/publishedweek522016.xls",
                SampleWorkbooks.xls(SampleWorkbooks.ofCodes("Weekly figures 2016", LocalDate.of(2016, 1, 8), 52)));
        files.put(
                "/deaths/2020/publishedweek232020.xlsx",
                SampleWorkbooks.xlsx(SampleWorkbooks.ofHalfAYear("Weekly figures 2020", LocalDate.of(2020, 1, 3), 23)));
        server = new SampleServer();
        server.on("/deaths", exchange -> server.answer(exchange, 200, "text/html; charset=utf-8", page()));
        server.on("/file", this::file);
        server.on(
                "/robots.txt",
                exchange -> server.answer(exchange, 200, "text/plain", "User-agent: *\nDisallow: /search\n"));
        server.start();
    }

    /** Address of the page that links to the workbooks: the secret {@code weekly_deaths_page}. */
    public String url() {
        return server.url() + "/deaths";
    }

    private String page() {
        String links = files.keySet().stream()
                .map(file -> "<li><a href=\"file?uri=" + file + "\">" + file.substring(file.lastIndexOf('/') + 1)
                        + "</a></li>")
                .collect(Collectors.joining("\n"));
        return """
                <!DOCTYPE html>
                <html lang="en"><head><meta charset="utf-8"><title>Weekly deaths (a stand-in)</title></head>
                <body><h1>Weekly deaths (a stand-in)</h1>
                <p>This page is part of Millrace's demonstration. <strong>The numbers are made.</strong></p>
                <ul>
                %s
                </ul>
                <p><a href="/about">About</a></p></body></html>
                """.formatted(links);
    }

    private void file(HttpExchange exchange) throws IOException {
        String query = exchange.getRequestURI().getQuery();
        byte[] file = query == null ? null : files.get(query.replaceFirst("uri=", ""));
        if (file == null) {
            server.answer(exchange, 404, "text/plain", "there is no such file");
        } else if (!server.fails(exchange)) {
            server.answer(exchange, 200, query.endsWith("x") ? XLSX : XLS, file);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
