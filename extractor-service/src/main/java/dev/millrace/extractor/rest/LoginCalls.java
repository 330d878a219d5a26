package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.JsonSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Supplier;

/** Requests that get credentials, with retries. Their answers are small, and are never quoted when they succeed. */
final class LoginCalls {
    private static final int MAX_ANSWER = 1024 * 1024;

    private final Exchange exchange;
    private final Attempts attempts;

    LoginCalls(Exchange exchange, Attempts attempts) {
        this.exchange = exchange;
        this.attempts = attempts;
    }

    /** @param body UTF-8, without its content encoding */
    record Answer(HttpHeaders headers, String body) {
        /** The text or number at the path; null when the body isn't JSON, or has nothing else than null there. */
        @Nullable
        String valueAt(String path) {
            try {
                return JsonSlicer.valueAt(body.getBytes(StandardCharsets.UTF_8), JsonPath.of(path));
            } catch (IOException | MalformedSource e) {
                return null; // the message would quote the answer, and with it perhaps what it grants
            }
        }
    }

    /**
     * @param shown the request, for messages
     * @param request made anew for each attempt
     * @param granted which statuses mean that the answer holds what was asked for
     */
    Answer call(String shown, Supplier<HttpRequest.Builder> request, IntPredicate granted) throws InterruptedException {
        return attempts.run(() -> once(shown, request, granted, _ -> ""));
    }

    /** Takes what an answer grants; a failure of it isn't tried again. */
    interface Taker<T> {
        T take(Answer answer) throws InterruptedException;
    }

    /**
     * The same where the server may forget what it has granted before: an answer that is on its way is waited for and
     * taken although the run is stopped.
     *
     * @param explained what the body of a refusal means beside what it says; empty: nothing
     */
    <T> T callAndTake(
            String shown,
            Supplier<HttpRequest.Builder> request,
            IntPredicate granted,
            Function<byte[], String> explained,
            Taker<T> taker)
            throws InterruptedException {
        return attempts.run(() -> Uninterrupted.call(() -> taker.take(once(shown, request, granted, explained))));
    }

    private Answer once(
            String shown,
            Supplier<HttpRequest.Builder> request,
            IntPredicate granted,
            Function<byte[], String> explained)
            throws InterruptedException {
        HttpResponse<InputStream> answer = exchange.send(request.get(), shown);
        try (InputStream _ = answer.body()) {
            if (!granted.test(answer.statusCode())) {
                throw refusal(answer, shown, explained);
            }
            try (InputStream in = exchange.decoded(answer, shown)) {
                return new Answer(answer.headers(), new String(in.readNBytes(MAX_ANSWER), StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw exchange.failure(e, shown);
        }
    }

    private RuntimeException refusal(HttpResponse<InputStream> answer, String shown, Function<byte[], String> explained)
            throws InterruptedException {
        byte[] body = exchange.start(answer, MAX_ANSWER, shown);
        RuntimeException refusal = exchange.refusal(answer, body, shown);
        if (!(refusal instanceof MillraceException known)) {
            return refusal;
        }
        // RFC 6749, section 5.2: wrong credentials may be answered with 400; logins do the same
        return new MillraceException(
                answer.statusCode() == 400 ? ErrorCode.SOURCE_UNAUTHORIZED : known.code(),
                known.detail() + explained.apply(body));
    }
}
