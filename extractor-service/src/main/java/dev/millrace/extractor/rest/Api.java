package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.StrictReader;
import dev.millrace.extractor.record.Utf8Stream;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.Source;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedInputStream;
import java.io.CharConversionException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipException;

/**
 * A REST API as one run sees it: authenticated, patient, and within one origin, since credentials go nowhere else.
 */
final class Api {
    static final String AGENT = "millrace";

    private static final int MAX_REDIRECTS = 5;
    private static final int PEEKED = 16 * 1024;
    private static final Pattern CHARSET = Pattern.compile("(?i)charset\\s*=\\s*\"?([^\\s;\"]+)");

    private final Source.Rest source;
    private final Map<String, String> headers;
    private final RunSecrets secrets;
    private final Attempts attempts;
    private final SourceLimiter limiter;
    private final Exchange exchange;
    private final Authentication authentication;

    Api(SourceConnections http, Source.Rest source, Requests requests, RunSecrets secrets, RunContext run) {
        this.source = source;
        this.headers = requests.headers();
        this.secrets = secrets;
        this.limiter = run.limiter();
        this.attempts = new Attempts(source.retry(), run);
        this.exchange = new Exchange(http, source, secrets, attempts, run);
        this.authentication =
                Authentication.of(source.auth(), secrets, requests, new LoginCalls(exchange, attempts), run);
    }

    /** After the last request: whatever was opened for them is given up. */
    void end() throws InterruptedException {
        try {
            authentication.end();
        } finally {
            limiter.giveBack();
        }
    }

    /** Takes the JSON of an answer, as UTF-8. Called again from the start for each attempt. */
    interface BodyReader<T> {
        /** @param body null when the server says that there is none (204), or none yet (202) */
        T read(Page.Head head, @Nullable InputStream body) throws IOException, MalformedSource;
    }

    <T> T send(Requests.Target target, BodyReader<T> reader) throws InterruptedException {
        return attempts.run(() -> {
            limiter.begin();
            try {
                return attempt(target, reader);
            } finally {
                limiter.ended();
            }
        });
    }

    private <T> T attempt(Requests.Target target, BodyReader<T> reader)
            throws InterruptedException, IOException, MalformedSource {
        String shown = target.method() + " " + target.shownUrl();
        HttpResponse<InputStream> answer = authorized(target, shown);
        try (InputStream _ = answer.body()) {
            if (answer.statusCode() / 100 != 2) {
                throw exchange.refusal(answer, shown);
            }
            return read(answer, shown, reader);
        }
    }

    private <T> T read(HttpResponse<InputStream> answer, String shown, BodyReader<T> reader)
            throws InterruptedException {
        byte[] start = new byte[0];
        try (InputStream body = new BufferedInputStream(exchange.decoded(answer, shown), PEEKED)) {
            body.mark(PEEKED);
            start = body.readNBytes(PEEKED);
            body.reset();
            boolean empty = start.length == 0 && (answer.statusCode() == 204 || answer.statusCode() == 202);
            if (empty) {
                return reader.read(head(answer), null);
            }
            String type = answer.headers().firstValue("Content-Type").orElse("").toLowerCase(Locale.ROOT);
            if (type.contains("html") || type.contains("xml") || isMarkup(start)) {
                String quoted = exchange.quote(start);
                throw new MillraceException(
                        ErrorCode.SOURCE_MALFORMED,
                        shown + ": HTML or XML instead of JSON" + (quoted.isEmpty() ? "" : ": " + quoted));
            }
            return reader.read(head(answer), utf8(body, type, shown));
        } catch (MalformedSource e) {
            String detail =
                    shown + ": " + secrets.mask(e.detail()) + "; the answer starts with: " + exchange.quote(start);
            if (e.isCutOff()) {
                throw new TemporaryFailure(ErrorCode.SOURCE_MALFORMED, detail, null, e);
            }
            throw new MillraceException(ErrorCode.SOURCE_MALFORMED, detail, e);
        } catch (CharConversionException e) {
            throw new MillraceException(ErrorCode.SOURCE_MALFORMED, shown + ": " + e.getMessage(), e);
        } catch (EOFException | ZipException e) {
            throw new TemporaryFailure(
                    ErrorCode.SOURCE_MALFORMED, shown + ": the gzip data is damaged or cut off", null, e);
        } catch (IOException e) {
            throw exchange.failure(e, shown);
        }
    }

    private static boolean isMarkup(byte[] start) {
        int at = 0;
        while (at < start.length && start[at] <= ' ' && start[at] >= 0) {
            at++;
        }
        return at < start.length && start[at] == '<';
    }

    private static Page.Head head(HttpResponse<InputStream> answer) {
        return new Page.Head(answer.uri(), answer.statusCode(), answer.headers());
    }

    private static InputStream utf8(InputStream body, String type, String shown) {
        Matcher matcher = CHARSET.matcher(type);
        String name = matcher.find() ? matcher.group(1) : "utf-8";
        if (name.equals("utf-8") || name.equals("utf8") || name.equals("us-ascii")) {
            return body; // byte for byte: what is not UTF-8 in a record is that record's problem
        }
        try {
            return new Utf8Stream(new StrictReader(body, Charset.forName(name)));
        } catch (IllegalArgumentException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED, shown + ": unknown charset in the content type '" + type + "'", e);
        }
    }

    /** Sends the request with credentials, once more when they had expired. */
    private HttpResponse<InputStream> authorized(Requests.Target target, String shown) throws InterruptedException {
        Sent sent = redirected(target, shown);
        if (authentication.renew(sent.answer().statusCode(), sent.credentials())) {
            close(sent.answer());
            return redirected(target, shown).answer();
        }
        return sent.answer();
    }

    /** @param credentials number of those that the last request carried */
    private record Sent(HttpResponse<InputStream> answer, int credentials) {}

    private Sent redirected(Requests.Target asked, String shown) throws InterruptedException {
        URI target = asked.url();
        for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
            HttpRequest.Builder request = request(target, asked);
            int credentials = authentication.authenticate(request, target);
            HttpResponse<InputStream> answer = exchange.send(request, shown);
            authentication.received(target, answer.headers());
            String location = answer.headers().firstValue("Location").orElse(null);
            boolean redirect = switch (answer.statusCode()) {
                case 301, 302, 303, 307, 308 -> true;
                default -> false;
            };
            if (!redirect || location == null) {
                return new Sent(answer, credentials);
            }
            close(answer);
            if (asked.body() != null && answer.statusCode() < 307) {
                throw new MillraceException(
                        ErrorCode.SOURCE_REFUSED,
                        shown + ": " + answer.statusCode()
                                + " redirects to a page that is to be read without the body");
            }
            URI next = resolve(target, location, shown);
            if (!Requests.sameOrigin(asked.url(), next)) {
                throw new MillraceException(
                        ErrorCode.SOURCE_REFUSED,
                        shown + ": " + answer.statusCode() + " redirects to " + secrets.mask(Requests.origin(next))
                                + "; credentials are sent to the base URL's origin only");
            }
            target = next;
        }
        throw new MillraceException(
                ErrorCode.SOURCE_REFUSED, shown + ": more than " + MAX_REDIRECTS + " redirects, one after the other");
    }

    private URI resolve(URI from, String location, String shown) {
        try {
            return from.resolve(location);
        } catch (IllegalArgumentException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    shown + ": redirects to '" + secrets.mask(location) + "', which is no URL");
        }
    }

    private HttpRequest.Builder request(URI url, Requests.Target asked) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .header("Accept", "application/json")
                .header("Accept-Encoding", "gzip")
                .header("User-Agent", AGENT);
        String body = asked.body();
        if (body != null) {
            request.POST(HttpRequest.BodyPublishers.ofString(body)).header("Content-Type", "application/json");
        }
        source.headers().forEach((name, value) -> Authentication.set(request, name, secrets.resolve(value)));
        headers.forEach((name, value) -> Authentication.set(request, name, secrets.resolve(value)));
        asked.headers().forEach((name, value) -> Authentication.set(request, name, value));
        return request;
    }

    private static void close(HttpResponse<InputStream> answer) throws InterruptedException {
        try (InputStream body = answer.body()) {
            body.readNBytes(PEEKED); // a short body that was read leaves the connection open for the next request
        } catch (InterruptedIOException e) {
            throw new InterruptedException("interrupted");
        } catch (IOException e) {
            return; // the connection is closed then, and its answer was not wanted
        }
    }
}
