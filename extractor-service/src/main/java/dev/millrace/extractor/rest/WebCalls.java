package dev.millrace.extractor.rest;

import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.Limits;
import dev.millrace.pipeline.SecretReference;
import dev.millrace.pipeline.rest.Retry;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What one run asks servers of files for: patiently, no faster than the pipeline says, and with the pipeline's headers where they
 * belong only. For one thread.
 */
public final class WebCalls {
    private static final int MAX_REDIRECTS = 5;

    private final Wanted wanted;
    private final RunSecrets secrets;
    private final Attempts attempts;
    private final SourceLimiter limiter;
    private final Exchange exchange;
    private final List<Address> pages;
    private final List<Address> urls;
    private final Set<String> own;

    /**
     * What the pipeline file says.
     *
     * @param pages addresses, which may be secret references, as {@code urls} and {@code headers} may
     * @param headers for the servers of these addresses
     * @param timeout for an answer to begin, and for each pause within it
     */
    public record Wanted(
            List<String> pages,
            List<String> urls,
            String userAgent,
            Map<String, String> headers,
            Retry retry,
            Limits limits,
            Duration timeout) {}

    /**
     * An address of the file.
     *
     * @param shown as the file has it, with references instead of secrets
     */
    public record Address(URI url, String shown) {}

    WebCalls(Wanted wanted, RunSecrets secrets, Attempts attempts, SourceLimiter limiter, Exchange exchange) {
        this.wanted = wanted;
        this.secrets = secrets;
        this.attempts = attempts;
        this.limiter = limiter;
        this.exchange = exchange;
        this.pages = wanted.pages().stream().map(this::address).toList();
        this.urls = wanted.urls().stream().map(this::address).toList();
        this.own = Stream.concat(pages.stream(), urls.stream())
                .map(address -> Requests.origin(address.url()))
                .collect(Collectors.toUnmodifiableSet());
    }

    private Address address(String text) {
        URI url = Requests.url(Requests.resolvable(secrets.resolve(text).strip()), "the address " + text);
        return new Address(url, SecretReference.isIn(text) ? text : url.toString());
    }

    /** Those of pages. */
    public List<Address> pages() {
        return pages;
    }

    /** Those of files. */
    public List<Address> urls() {
        return urls;
    }

    /** Takes an answer. Called again from the start for each attempt. */
    public interface AnswerReader<T> {
        /**
         * @param url that answered, which after redirects is not the one that was asked
         * @param body as it was sent, with whatever content encoding the headers say
         * @throws IOException of the body alone
         */
        T read(URI url, int status, HttpHeaders headers, InputStream body) throws IOException;
    }

    /**
     * Sends a GET.
     *
     * @param headers beside those of the file
     * @param fine statuses that are no failure
     * @throws MillraceException with a code of the source, when the last attempt has failed
     */
    public <T> T get(URI url, Map<String, String> headers, IntPredicate fine, AnswerReader<T> reader)
            throws InterruptedException {
        String shown = "GET " + secrets.mask(url.toString());
        return attempts.run(() -> {
            limiter.begin();
            try {
                HttpResponse<InputStream> answer = redirected(url, headers, shown);
                try (InputStream body = answer.body()) {
                    if (!fine.test(answer.statusCode())) {
                        throw exchange.refusal(answer, shown);
                    }
                    return reader.read(answer.uri(), answer.statusCode(), answer.headers(), body);
                } catch (IOException e) {
                    throw exchange.failure(e, shown);
                }
            } finally {
                limiter.ended();
            }
        });
    }

    /** The body without its content encoding. */
    public InputStream decoded(URI url, HttpHeaders headers, InputStream body) throws IOException {
        return exchange.decoded(headers, body, "GET " + secrets.mask(url.toString()));
    }

    private HttpResponse<InputStream> redirected(URI asked, Map<String, String> headers, String shown)
            throws InterruptedException {
        URI target = asked;
        for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
            HttpResponse<InputStream> answer = exchange.send(request(target, headers), shown);
            String location = answer.headers().firstValue("Location").orElse(null);
            if (!Api.isRedirect(answer.statusCode()) || location == null) {
                return answer;
            }
            Api.close(answer);
            URI next;
            try {
                next = Requests.resolved(target, location);
            } catch (IllegalArgumentException e) {
                throw refused(shown, "redirects to '" + secrets.mask(location) + "', which is no URL");
            }
            if (!follows(target, next)) {
                throw refused(
                        shown,
                        answer.statusCode() + " redirects to " + secrets.mask(Requests.origin(next))
                                + "; from https only https is followed");
            }
            target = next;
        }
        throw refused(shown, "more than " + MAX_REDIRECTS + " redirects, one after the other");
    }

    private static MillraceException refused(String shown, String why) {
        return new MillraceException(ErrorCode.SOURCE_REFUSED, shown + ": " + why);
    }

    /** Whether a page or a redirect may lead from one to the other: to the web, and not from what is encrypted to what isn't. */
    public static boolean follows(URI from, URI to) {
        boolean secure = "https".equalsIgnoreCase(to.getScheme());
        boolean web = secure || "http".equalsIgnoreCase(to.getScheme());
        return web
                && to.getHost() != null
                && to.getRawUserInfo() == null
                && (secure || "http".equalsIgnoreCase(from.getScheme()));
    }

    private HttpRequest.Builder request(URI url, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .header("Accept", "*/*")
                // a file is wanted as it is, and its ETag is of these bytes
                .header("Accept-Encoding", "identity")
                .header("User-Agent", wanted.userAgent());
        if (own.contains(Requests.origin(url))) {
            wanted.headers().forEach((name, value) -> request.setHeader(name, secrets.resolve(value)));
        }
        headers.forEach(request::setHeader);
        return request;
    }

    /**
     * Where a link leads, without its fragment.
     *
     * @throws IllegalArgumentException when that is nowhere
     */
    public static URI resolved(URI page, String reference) {
        return Requests.resolved(page, reference);
    }

    /** Scheme, host and port. */
    public static String origin(URI url) {
        return Requests.origin(url);
    }

    /** After the last request. */
    public void end() throws InterruptedException {
        limiter.giveBack();
    }
}
