package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.Gunzip;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.rest.Retry;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.apache.hc.core5.http.MessageConstraintException;

/** One request and its answer, every failure put into words that quote no secret. */
final class Exchange {
    private static final int QUOTED = 300;
    /** More than is quoted, so that a secret at the end of the quote is recognised as a whole. */
    private static final int READ_FOR_QUOTE = 16 * 1024;

    private final SourceConnections http;
    private final SourceConnections elsewhere;
    private final Retry retry;
    private final Duration timeout;
    private final RunSecrets secrets;
    private final Attempts attempts;
    private final SourceLimiter limiter;
    private final SourceCalls calls;

    /** @param timeout for an answer to begin, and for each pause within it */
    Exchange(
            SourceConnections http,
            SourceConnections elsewhere,
            Retry retry,
            Duration timeout,
            RunSecrets secrets,
            Attempts attempts,
            SourceLimiter limiter,
            SourceCalls calls) {
        this.http = http;
        this.elsewhere = elsewhere;
        this.retry = retry;
        this.timeout = timeout;
        this.secrets = secrets;
        this.attempts = attempts;
        this.limiter = limiter;
        this.calls = calls;
    }

    /** Sends the request; the answer's body is to be closed. */
    HttpResponse<InputStream> send(HttpRequest.Builder request, String shown) throws InterruptedException {
        return send(http, request, shown);
    }

    /** The same to another origin than those that the file names. */
    HttpResponse<InputStream> sendElsewhere(HttpRequest.Builder request, String shown) throws InterruptedException {
        return send(elsewhere, request, shown);
    }

    private HttpResponse<InputStream> send(SourceConnections connections, HttpRequest.Builder request, String shown)
            throws InterruptedException {
        limiter.pace();
        HttpRequest built = request.timeout(timeout).build();
        SourceCalls.Call call = calls.begin(built.method(), shown);
        try {
            HttpResponse<InputStream> answer = connections.send(built, timeout);
            call.answered(answer.statusCode());
            return answer;
        } catch (IOException e) {
            call.failed();
            throw failure(e, shown);
        }
    }

    /** What an answer without the wanted status means. */
    RuntimeException refusal(HttpResponse<InputStream> answer, String shown) throws InterruptedException {
        return refusal(answer, start(answer, READ_FOR_QUOTE, shown), shown);
    }

    /** The start of the body of an answer that is an error; what there is of it. */
    byte[] start(HttpResponse<InputStream> answer, int length, String shown) throws InterruptedException {
        try (InputStream body = decoded(answer, shown)) {
            return body.readNBytes(length);
        } catch (InterruptedIOException e) {
            throw interruption(e);
        } catch (IOException | MillraceException e) {
            return new byte[0];
        }
    }

    /** @param body what was read of it */
    RuntimeException refusal(HttpResponse<InputStream> answer, byte[] body, String shown) {
        int status = answer.statusCode();
        String start = quote(Arrays.copyOf(body, Math.min(body.length, READ_FOR_QUOTE)));
        String detail = shown + ": " + status + (start.isEmpty() ? "" : ": " + start);
        boolean credentials = status == 401 || status == 403;
        if (retry.covers(status)) {
            return new TemporaryFailure(
                    credentials ? ErrorCode.SOURCE_UNAUTHORIZED : ErrorCode.SOURCE_UNAVAILABLE,
                    detail,
                    attempts.retryAfter(answer.headers(), shown, status),
                    null);
        }
        return new MillraceException(credentials ? ErrorCode.SOURCE_UNAUTHORIZED : ErrorCode.SOURCE_REFUSED, detail);
    }

    /** The body without its content encoding. */
    InputStream decoded(HttpResponse<InputStream> answer, String shown) throws IOException {
        return decoded(answer.headers(), answer.body(), shown);
    }

    /** The same of an answer's parts. */
    InputStream decoded(HttpHeaders headers, InputStream body, String shown) throws IOException {
        String encoding = headers.firstValue("Content-Encoding").orElse("identity");
        return switch (encoding.strip().toLowerCase(Locale.ROOT)) {
            case "identity", "" -> body;
            case "gzip", "x-gzip" -> new Gunzip(body);
            default ->
                throw new MillraceException(
                        ErrorCode.SOURCE_MALFORMED,
                        shown + ": content encoding '" + secrets.mask(encoding) + "' (expected: gzip or none)");
        };
    }

    /** What a broken connection means. */
    RuntimeException failure(IOException cause, String shown) throws InterruptedException {
        if (cause instanceof InterruptedIOException) {
            throw interruption(cause);
        }
        if (cause instanceof SSLHandshakeException) {
            return new MillraceException(
                    ErrorCode.SOURCE_UNAVAILABLE, shown + ": TLS: " + secrets.mask(message(cause)), cause);
        }
        if (cause instanceof MessageConstraintException) {
            return new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    shown + ": the answer has too many headers, or too large ones: " + message(cause),
                    cause);
        }
        String what = switch (cause) {
            case HttpTimeoutException _ -> "no answer, or none of its next bytes, within " + timeout.toMillis() + " ms";
            case UnknownHostException _ -> "the host is unknown: DNS doesn't know its name, or can't be reached";
            case ConnectException _, NoRouteToHostException _ -> "can't connect: the host refuses, or can't be reached";
            case SSLException _ -> "TLS: " + secrets.mask(message(cause));
            default -> "the connection was lost: " + secrets.mask(message(cause));
        };
        return new TemporaryFailure(ErrorCode.SOURCE_UNAVAILABLE, shown + ": " + what, null, cause);
    }

    /** The start of a body as it may be shown. */
    String quote(byte[] body) {
        String text = secrets.mask(new String(body, StandardCharsets.UTF_8))
                .replaceAll("\\s+", " ")
                .strip();
        if (text.length() <= QUOTED) {
            return text;
        }
        return text.substring(0, text.offsetByCodePoints(0, Math.min(QUOTED, text.codePointCount(0, text.length()))))
                + "…";
    }

    private static String message(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }

    private static InterruptedException interruption(IOException cause) {
        boolean _ = Thread.interrupted(); // the exception says it from here on
        InterruptedException interruption = new InterruptedException("interrupted");
        interruption.initCause(cause);
        return interruption;
    }
}
