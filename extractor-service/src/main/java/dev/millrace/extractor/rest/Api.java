package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.DeclaredText;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.StrictReader;
import dev.millrace.extractor.record.Utf8Stream;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.worker.TaskContext;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipException;

/**
 * A REST API as one run sees it: authenticated, patient, and within one origin, since credentials go nowhere else.
 */
final class Api {
    static final String AGENT = "millrace";

    private static final int MAX_REDIRECTS = 5;
    /** Of the body of an error, in which conditions of the file look for something. */
    private static final int MAX_ERROR = 1024 * 1024;

    private static final int PEEKED = 16 * 1024;
    private static final Pattern CHARSET = Pattern.compile("(?i)charset\\s*=\\s*\"?([^\\s;\"]+)");

    private final RestSource source;
    private final Map<String, String> headers;
    private final RunSecrets secrets;
    private final Attempts attempts;
    private final SourceLimiter limiter;
    private final Exchange exchange;
    private final RemainingRequests remaining;
    private final TaskContext context;
    private final Path scratch;
    private final AtomicBoolean saidUtf8 = new AtomicBoolean();
    private final Authentication authentication;

    Api(
            SourceConnections http,
            SourceConnections elsewhere,
            RestSource source,
            Requests requests,
            RunSecrets secrets,
            RunContext run,
            Path scratch) {
        this.source = source;
        this.headers = requests.headers();
        this.secrets = secrets;
        this.limiter = run.limiter();
        this.attempts = new Attempts(source.retry(), run);
        this.remaining = new RemainingRequests(source.rateLimit(), run.clock());
        this.context = run.context();
        this.scratch = scratch;
        this.exchange = new Exchange(http, elsewhere, source, secrets, attempts, run);
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

    /** Takes an answer. Called again from the start for each attempt. */
    interface AnswerReader<T> {
        /**
         * Of an answer that is no error. Called with its JSON, as UTF-8.
         *
         * @param body null when the server says that there is none (204), or none yet (202)
         */
        T read(Page.Head head, @Nullable InputStream body) throws IOException, MalformedSource;

        /**
         * Of an answer whose status is an error.
         *
         * @param start of the body
         * @return null when it is nothing else
         */
        @Nullable
        T refused(Page.Head head, byte[] start);
    }

    /**
     * An answer that the file calls a temporary failure.
     *
     * @param detail why
     */
    TemporaryFailure temporary(Page.Head head, String shown, String detail) {
        return new TemporaryFailure(
                ErrorCode.SOURCE_UNAVAILABLE,
                shown + ": " + detail,
                attempts.retryAfter(head.headers(), shown, head.status()),
                null);
    }

    /** What the source sent, as it may be shown. */
    String quote(String text) {
        return exchange.quote(text.getBytes(StandardCharsets.UTF_8));
    }

    <T> T send(Requests.Target target, AnswerReader<T> reader) throws InterruptedException {
        return attempts.run(() -> {
            pause(target);
            limiter.begin();
            try {
                return attempt(target, reader);
            } finally {
                limiter.ended();
            }
        });
    }

    /** While the API takes no more requests. */
    private void pause(Requests.Target target) throws InterruptedException {
        Duration pause = remaining.pause();
        if (pause != null) {
            String detail = target.method() + " " + target.shownUrl() + ": the API takes no more requests for "
                    + pause.toSeconds() + " s";
            Thread.sleep(attempts.bearable(pause, detail));
        }
    }

    private <T> T attempt(Requests.Target target, AnswerReader<T> reader)
            throws InterruptedException, IOException, MalformedSource {
        String shown = target.method() + " " + target.shownUrl();
        HttpResponse<InputStream> answer = authorized(target, shown);
        Duration wait = remaining.after(answer.headers());
        try (InputStream _ = answer.body()) {
            if (answer.statusCode() / 100 != 2) {
                byte[] start = exchange.start(answer, MAX_ERROR, shown);
                T meant = reader.refused(head(answer), start);
                if (meant != null) {
                    return meant;
                }
                if (wait != null && answer.statusCode() / 100 == 4) {
                    String detail = shown + ": " + answer.statusCode() + ", and the API takes no more requests for "
                            + wait.toSeconds() + " s";
                    throw new TemporaryFailure(
                            ErrorCode.SOURCE_UNAVAILABLE, detail, attempts.bearable(wait, detail), null);
                }
                throw exchange.refusal(answer, start, shown);
            }
            return read(answer, shown, reader);
        }
    }

    private <T> T read(HttpResponse<InputStream> answer, String shown, AnswerReader<T> reader)
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
            Charset declared = declared(type, shown);
            if (declared == null || hasZeros(start)) {
                return reader.read(
                        head(answer), declared == null ? body : new Utf8Stream(new StrictReader(body, declared)));
            }
            try (DeclaredText text = DeclaredText.of(body, declared, scratch)) {
                if (text.isUtf8() && saidUtf8.compareAndSet(false, true)) {
                    context.info(
                            shown + ": the content type says " + declared.name().toLowerCase(Locale.ROOT)
                                    + ", but the bytes are UTF-8, as JSON has to be (RFC 8259), and are read so");
                }
                return reader.read(head(answer), text.stream());
            }
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

    /** UTF-16 and UTF-32, in which every character of JSON's syntax has bytes that are zero. */
    private static boolean hasZeros(byte[] start) {
        for (int i = 0; i < Math.min(4, start.length); i++) {
            if (start[i] == 0) {
                return true;
            }
        }
        return false;
    }

    /** Null for UTF-8, which is taken byte for byte: what is none in a record is that record's problem. */
    private static @Nullable Charset declared(String type, String shown) {
        Matcher matcher = CHARSET.matcher(type);
        String name = matcher.find() ? matcher.group(1) : "utf-8";
        if (name.equals("utf-8") || name.equals("utf8") || name.equals("us-ascii")) {
            return null;
        }
        try {
            return Charset.forName(name);
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
        boolean foreign = false;
        int credentials = 0;
        for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
            HttpRequest.Builder request = foreign ? bare(target) : request(target, asked);
            if (!foreign) {
                credentials = authentication.authenticate(request, target);
            }
            HttpResponse<InputStream> answer =
                    foreign ? exchange.sendElsewhere(request, shown) : exchange.send(request, shown);
            if (!foreign) {
                authentication.received(target, answer.headers());
            }
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
            if (!foreign && !Requests.sameOrigin(asked.url(), next)) {
                foreign = source.redirects() == RestSource.Redirects.ANY && asked.body() == null;
            }
            boolean secure = "https".equalsIgnoreCase(next.getScheme()) || "http".equalsIgnoreCase(target.getScheme());
            if (foreign && (next.getHost() == null || !secure)) {
                throw new MillraceException(
                        ErrorCode.SOURCE_REFUSED,
                        shown + ": " + answer.statusCode() + " redirects to " + secrets.mask(Requests.origin(next))
                                + "; from https only https is followed");
            }
            if (!foreign && !Requests.sameOrigin(asked.url(), next)) {
                throw new MillraceException(
                        ErrorCode.SOURCE_REFUSED,
                        shown + ": " + answer.statusCode() + " redirects to " + secrets.mask(Requests.origin(next))
                                + "; credentials are sent to the base URL's origin only; redirects: any follows without them");
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

    /** Without anything of the file's: for another origin. */
    private static HttpRequest.Builder bare(URI url) {
        return HttpRequest.newBuilder(url)
                .header("Accept", "application/json")
                .header("Accept-Encoding", "gzip")
                .header("User-Agent", AGENT);
    }

    private HttpRequest.Builder request(URI url, Requests.Target asked) {
        HttpRequest.Builder request = bare(url);
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
