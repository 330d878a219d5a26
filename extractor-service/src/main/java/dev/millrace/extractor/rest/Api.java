package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/**
 * A REST API as one run sees it: authenticated, patient, and within one origin, since credentials go nowhere else.
 */
final class Api {
    static final String AGENT = "millrace";

    private static final int MAX_REDIRECTS = 5;
    /** Of the body of an error, in which conditions of the file look for something. */
    private static final int MAX_ERROR = 1024 * 1024;

    private static final int PEEKED = 16 * 1024;

    private final RestSource source;
    private final Map<String, String> headers;
    private final RunSecrets secrets;
    private final Attempts attempts;
    private final SourceLimiter limiter;
    private final Exchange exchange;
    private final RemainingRequests remaining;
    private final TaskContext context;
    private final AnswerForm form;
    private final AnswerBodies bodies;
    private final Authentication authentication;

    Api(
            SourceConnections http,
            SourceConnections elsewhere,
            RestSource source,
            Requests requests,
            RunSecrets secrets,
            RunContext run,
            AnswerForm form) {
        this.source = source;
        this.headers = requests.headers();
        this.secrets = secrets;
        this.limiter = run.limiter();
        this.attempts = new Attempts(source.retry(), run.clock(), run.context(), run.calls());
        this.remaining = new RemainingRequests(source.rateLimit(), run.clock());
        this.context = run.context();
        this.form = form;
        this.exchange = new Exchange(
                http, elsewhere, source.retry(), source.timeout(), secrets, attempts, run.limiter(), run.calls());
        this.bodies = new AnswerBodies(exchange, secrets, context, form);
        this.authentication =
                Authentication.of(source.auth(), secrets, requests, new LoginCalls(exchange, attempts), run);
    }

    /** Has what requests are sent with: gets a token, or opens a session, where the API wants that. */
    void logIn(URI base) throws InterruptedException {
        limiter.begin();
        try {
            int _ = authentication.authenticate(bare(base), base);
        } finally {
            limiter.ended();
        }
    }

    /** After the last request: whatever was opened for them is given up. */
    void end() throws InterruptedException {
        limiter.open();
        try {
            authentication.end();
        } finally {
            limiter.giveBack();
        }
    }

    /** Takes an answer. Called again from the start for each attempt. */
    interface AnswerReader<T> {
        /**
         * Of an answer that is no error. Called with its JSON, as UTF-8; of another format with what is unpacked.
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
                T meant = reader.refused(AnswerBodies.head(answer), start);
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
            return bodies.read(answer, shown, reader);
        }
    }

    /** Sends the request with credentials, once more when they had expired. */
    private HttpResponse<InputStream> authorized(Requests.Target target, String shown) throws InterruptedException {
        Sent sent = redirected(target, shown);
        if (!target.foreign() && authentication.renew(sent.answer().statusCode(), sent.credentials())) {
            close(sent.answer());
            return redirected(target, shown).answer();
        }
        return sent.answer();
    }

    /** @param credentials number of those that the last request carried */
    private record Sent(HttpResponse<InputStream> answer, int credentials) {}

    private Sent redirected(Requests.Target asked, String shown) throws InterruptedException {
        URI target = asked.url();
        boolean foreign = asked.foreign();
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
            if (!isRedirect(answer.statusCode()) || location == null) {
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

    static boolean isRedirect(int status) {
        return switch (status) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
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
    private HttpRequest.Builder bare(URI url) {
        return HttpRequest.newBuilder(url)
                .header("Accept", form.accept())
                .header("Accept-Encoding", "gzip")
                .header("User-Agent", AGENT);
    }

    private HttpRequest.Builder request(URI url, Requests.Target asked) {
        HttpRequest.Builder request = bare(url);
        String body = asked.body();
        if (body == null) {
            request.method(asked.method(), HttpRequest.BodyPublishers.noBody());
        } else {
            request.method(asked.method(), HttpRequest.BodyPublishers.ofString(body))
                    .header("Content-Type", "application/json");
        }
        source.headers().forEach((name, value) -> Authentication.set(request, name, secrets.resolve(value)));
        headers.forEach((name, value) -> Authentication.set(request, name, secrets.resolve(value)));
        asked.headers().forEach((name, value) -> Authentication.set(request, name, value));
        return request;
    }

    /**
     * Sends once, whatever limits there are and whether or not the run is stopped, what ends something.
     *
     * @return status of the answer
     */
    int sendLast(Requests.Target target) throws InterruptedException {
        limiter.open();
        HttpResponse<InputStream> answer = authorized(target, target.method() + " " + target.shownUrl());
        close(answer);
        return answer.statusCode();
    }

    /** Leaves the connection open for the next request, if the body is short. */
    static void close(HttpResponse<InputStream> answer) throws InterruptedException {
        try (InputStream body = answer.body()) {
            body.readNBytes(PEEKED);
        } catch (InterruptedIOException e) {
            throw new InterruptedException("interrupted");
        } catch (IOException e) {
            return; // the connection is closed then, and its answer was not wanted
        }
    }
}
