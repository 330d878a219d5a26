package dev.millrace.extractor.file;

import dev.millrace.extractor.rest.WebCalls;
import dev.millrace.pipeline.file.WebFiles;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;

/** The servers of a source's pages and files, whose robots.txt are heeded. For one run and one thread. */
final class WebServers {
    /** Of a robots.txt; what is behind it doesn't count (RFC 9309, 2.5). */
    private static final int MOST_OF_ROBOTS = 512 * 1024;

    private final WebFiles web;
    private final WebCalls calls;
    private final Map<String, Robots> robots = new HashMap<>();

    WebServers(WebFiles web, WebCalls calls) {
        this.web = web;
        this.calls = calls;
    }

    WebCalls calls() {
        return calls;
    }

    /**
     * As {@link WebCalls#get} does.
     *
     * @throws MillraceException with {@code SOURCE_REFUSED} when robots.txt forbids it
     */
    <T> T get(URI url, Map<String, String> headers, IntPredicate wanted, WebCalls.AnswerReader<T> reader)
            throws InterruptedException {
        if (web.robots() == WebFiles.Robots.OBEY && !robots(url).allow(url)) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    "GET " + url + ": " + url.resolve(Robots.PATH) + " doesn't let '" + web.userAgent()
                            + "' read it (expected: an address that it allows; robots: ignore is for servers of one's own)");
        }
        return calls.get(url, headers, wanted, reader);
    }

    private Robots robots(URI url) throws InterruptedException {
        String origin = WebCalls.origin(url);
        Robots known = robots.get(origin);
        if (known == null) {
            known = calls.get(
                    url.resolve(Robots.PATH),
                    Map.of(),
                    status -> status / 100 == 2
                            || (status / 100 == 4 && !web.retry().covers(status)),
                    (from, status, headers, body) -> status / 100 == 4
                            ? Robots.allowing()
                            : Robots.of(
                                    new String(decoded(from, headers, body), StandardCharsets.UTF_8), web.userAgent()));
            robots.put(origin, known);
        }
        return known;
    }

    private byte[] decoded(URI from, HttpHeaders headers, InputStream body) throws IOException {
        return calls.decoded(from, headers, body).readNBytes(MOST_OF_ROBOTS);
    }
}
