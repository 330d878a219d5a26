package dev.millrace.extractor.rest;

import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.CursorReference;
import dev.millrace.pipeline.DayReference;
import dev.millrace.pipeline.EachReference;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Report;
import dev.millrace.pipeline.rest.Request;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.UnaryOperator;

/** Builder of the URLs of an endpoint's requests. */
final class Requests {
    /** RFC 3986: what may stand in a path or query as it is, and the sign of what is encoded already. */
    private static final String ALLOWED = "-._~!$&'()*+,;=:@/?%";

    private static final int SHOWN = 200;
    private static final int MAX_PORT = 65_535;

    private final RestSource source;
    private final Request request;
    private final @Nullable RunWindow day;
    private final @Nullable String cursor;
    private final RunSecrets secrets;
    private final Base base;
    private final @Nullable Each each;
    /** Whether each target has all headers, since it isn't known beforehand which request is sent. */
    private final boolean withHeaders;

    /** @param cursor what the requests ask with; null: query parameters with a reference to it are left out */
    Requests(RestSource source, Request request, @Nullable RunWindow day, @Nullable String cursor, RunSecrets secrets) {
        this(source, request, day, cursor, secrets, new Base(source, secrets), null, false);
    }

    private Requests(
            RestSource source,
            Request request,
            @Nullable RunWindow day,
            @Nullable String cursor,
            RunSecrets secrets,
            Base base,
            @Nullable Each each,
            boolean withHeaders) {
        this.source = source;
        this.request = request;
        this.day = day;
        this.cursor = cursor;
        this.secrets = secrets;
        this.base = base;
        this.each = each;
        this.withHeaders = withHeaders;
    }

    /** The requests that are sent for it. */
    Requests of(Each one) {
        return new Requests(source, request, day, cursor, secrets, base, one, withHeaders);
    }

    /** The same, as one of several kinds of requests to the API. */
    Requests beside() {
        return new Requests(source, request, day, cursor, secrets, base, each, true);
    }

    /**
     * A request as it is sent, and as it may be shown.
     *
     * @param url with secrets resolved
     * @param shownUrl with the references to them, not encoded
     * @param headers beside those of source and endpoint, which they replace; sent as they are
     * @param body JSON with secrets resolved; null: there is none
     * @param foreign whether it is of another origin than the base URL, and gets nothing of the file's
     */
    record Target(
            String method,
            URI url,
            String shownUrl,
            Map<String, String> headers,
            @Nullable String body,
            boolean foreign) {
        /** To the base URL's origin: a POST when it has a body, else a GET. */
        Target(URI url, String shownUrl, Map<String, String> headers, @Nullable String body) {
            this(body == null ? "GET" : "POST", url, shownUrl, headers, body, false);
        }

        /** The same at another URL, which is shown as this one is. */
        Target at(URI otherUrl) {
            return new Target(method, otherUrl, shownUrl, headers, body, foreign);
        }

        Target by(String otherMethod) {
            return new Target(otherMethod, url, shownUrl, headers, body, foreign);
        }

        Target with(Map<String, String> otherHeaders) {
            Map<String, String> all = new LinkedHashMap<>(headers);
            all.putAll(otherHeaders);
            return new Target(method, url, shownUrl, all, body, foreign);
        }
    }

    /**
     * The request with values at paths of its body.
     *
     * @param values sent as they are, since the source chose them and must not get a secret by naming it
     * @param numbers likewise
     */
    Target targetWithInBody(Map<String, String> values, Map<String, ? extends Number> numbers) {
        Target plain = target(Map.of());
        JsonBody body = body();
        if (body == null) {
            throw new IllegalStateException("something in the body of a request that has none");
        }
        values.forEach((path, value) -> body.put(JsonPath.of(path), value));
        numbers.forEach((path, number) -> body.put(JsonPath.of(path), number.longValue()));
        return new Target(plain.url(), plain.shownUrl(), plain.headers(), body.json());
    }

    /** The endpoint's headers that are the same in all its requests, with secrets still as references. */
    Map<String, String> headers() {
        return withHeaders ? Map.of() : headers(false);
    }

    private Map<String, String> headersOfEach() {
        Map<String, String> headers = new LinkedHashMap<>(withHeaders ? headers(false) : Map.of());
        headers.putAll(headers(true));
        headers.replaceAll((_, value) -> secrets.resolve(value));
        return headers;
    }

    private Map<String, String> headers(boolean ofEach) {
        Map<String, String> headers = new LinkedHashMap<>();
        request.headers().forEach((name, value) -> {
            if (EachReference.in(value).isEmpty() != ofEach) {
                headers.put(name, ofRun(value, "header '" + name + "'", UnaryOperator.identity()));
            }
        });
        return headers;
    }

    private @Nullable String bodyText() {
        JsonBody body = body();
        return body == null ? null : body.json();
    }

    private @Nullable JsonBody body() {
        String template = request.body();
        return template == null ? null : new JsonBody(ofRun(template, "body", JsonBody::escaped), secrets::resolve);
    }

    /**
     * @param paging parameters beside those of the endpoint, which they replace; sent as they are, since the source
     *     chose them and must not get a secret by naming it
     */
    Target target(Map<String, String> paging) {
        if (Report.isUrl(request.path())) {
            return elsewhere();
        }
        Map<String, String> query = new LinkedHashMap<>();
        request.query().forEach((name, value) -> {
            if (cursor != null || !CursorReference.isIn(value)) {
                query.put(name, ofRun(value, "query parameter '" + name + "'", UnaryOperator.identity()));
            }
        });
        query.keySet().removeAll(paging.keySet());
        String path = ofRun(request.path(), "path", QueryParameters::encoded);
        StringJoiner shownQuery = new StringJoiner("&");
        StringJoiner sentQuery = new StringJoiner("&");
        query.forEach((name, value) -> {
            shownQuery.add(name + "=" + value);
            sentQuery.add(QueryParameters.encoded(name) + "=" + QueryParameters.encoded(secrets.resolve(value)));
        });
        paging.forEach((name, value) -> {
            shownQuery.add(name + "=" + shown(value));
            sentQuery.add(QueryParameters.encoded(name) + "=" + QueryParameters.encoded(value));
        });
        String separator = sentQuery.length() == 0 ? "" : path.contains("?") ? "&" : "?";
        String shown = base.shown() + path + separator + shownQuery;
        String url = base.sent() + encoded(secrets.resolve(path), ALLOWED) + separator + sentQuery;
        return new Target(url(url, "the URL " + shown), shown, headersOfEach(), bodyText());
    }

    /** The GET of a URL that an answer holds, of whatever origin: its query may be what opens it. */
    private Target elsewhere() {
        String reference = request.path();
        String text = ofRun(reference, "path", UnaryOperator.identity());
        URI from = url(base.sent() + "/", "baseUrl " + source.baseUrl());
        URI url;
        try {
            url = from.resolve(encoded(text.strip().replaceFirst("#.*$", ""), ALLOWED + "[]"));
        } catch (IllegalArgumentException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED, reference + " is '" + shown(text) + "', which is no URL");
        }
        if (url.getRawQuery() != null) {
            secrets.remember(url.getRawQuery());
        }
        boolean web = "https".equalsIgnoreCase(url.getScheme()) || "http".equalsIgnoreCase(url.getScheme());
        boolean secure = "https".equalsIgnoreCase(url.getScheme()) || "http".equalsIgnoreCase(from.getScheme());
        if (url.getHost() == null || url.getRawUserInfo() != null || !web || !secure) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    reference + " leads to " + shown(origin(url))
                            + " (expected: an http or https URL without a user; from https only https is followed)");
        }
        String shown = secrets.mask(url.getScheme() + "://" + url.getRawAuthority() + url.getRawPath());
        return new Target("GET", url, shown, Map.of(), null, !sameOrigin(from, url));
    }

    /**
     * The request of a URL that the source has handed out.
     *
     * @param reference absolute, or relative to the page's own URL
     */
    Target next(String reference, Page page) {
        URI url;
        try {
            url = resolved(page.head().url(), reference);
        } catch (IllegalArgumentException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    page.name() + ": the link to the next page is '" + shown(reference) + "', which is no URL");
        }
        String sentBase = base.sent();
        if (!isOwn(url) || url.getRawUserInfo() != null) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    page.name() + ": the link to the next page leads to " + shown(origin(url))
                            + "; credentials are sent to the base URL's origin only");
        }
        if (source.auth() instanceof Auth.ApiKey key && key.in() == Auth.ApiKey.In.QUERY) {
            url = QueryParameters.without(
                    url, key.name()); // it is added again when the request is sent, and must not be shown
        }
        String text = url.toString();
        String shown =
                text.startsWith(sentBase + "/") ? base.shown() + shown(text.substring(sentBase.length())) : shown(text);
        return new Target(url, shown, headersOfEach(), bodyText());
    }

    /** An address as people write it, with what may not stand in it encoded. */
    static String resolvable(String address) {
        return encoded(address, ALLOWED + "[]");
    }

    /**
     * A reference that a source has handed out, without its fragment.
     *
     * @throws IllegalArgumentException when it is none
     */
    static URI resolved(URI from, String reference) {
        // the JDK resolves a reference that is only a query as if the path's last part weren't there, and leaves out
        // the slash after a
        // host without a path
        String whole = reference.startsWith("?") ? from.getRawPath() + reference : reference;
        URI base = from.getRawPath() != null && from.getRawPath().isEmpty() ? from.resolve("/") : from;
        return base.resolve(resolvable(whole.replaceFirst("(?s)#.*$", "")));
    }

    /** @param shown with references instead of secrets */
    record Address(URI url, String shown) {}

    /**
     * @param reference a path below the base URL, with a slash at its start, or an absolute URL
     * @param name of the key that holds it, for messages
     */
    Address address(String reference, String name) {
        String shown = reference.startsWith("/") ? base.shown() + reference : reference;
        String resolved = secrets.resolve(reference).strip();
        String whole = resolved.startsWith("/") ? base.sent() + encoded(resolved, ALLOWED) : resolved;
        return new Address(url(whole, name + " " + shown), shown);
    }

    /** Whether the URL is of the base URL's origin, so that credentials may be sent there. */
    boolean isOwn(URI url) {
        return sameOrigin(url(base.sent(), "baseUrl " + source.baseUrl()), url);
    }

    /** What the source sent, as it may be shown. */
    String shown(String text) {
        String masked = secrets.mask(text);
        return masked.length() <= SHOWN
                ? masked
                : masked.substring(0, masked.offsetByCodePoints(0, masked.codePointCount(0, SHOWN))) + "…";
    }

    /** The base URL, which is the same for all requests as long as its secrets are. For any number of threads. */
    private static final class Base {
        private final RunSecrets secrets;
        private final String written;
        private final String shown;
        private volatile String checked = "";

        Base(RestSource source, RunSecrets secrets) {
            this.secrets = secrets;
            this.written = source.baseUrl();
            this.shown = withoutSlash(written);
        }

        private static String withoutSlash(String url) {
            return url.replaceFirst("/+$", "");
        }

        /** Without a slash at its end, with references instead of secrets. */
        String shown() {
            return shown;
        }

        /** The same with secrets. */
        String sent() {
            String resolved = withoutSlash(secrets.resolve(written).strip());
            if (resolved.equals(checked)) {
                return resolved;
            }
            URI url = url(resolved, "baseUrl " + shown);
            if (url.getRawUserInfo() != null || url.getRawQuery() != null || url.getRawFragment() != null) {
                throw new MillraceException(
                        ErrorCode.PIPELINE_INVALID,
                        "baseUrl " + shown + " has a user, a query or a fragment (expected: a URL without)");
            }
            checked = resolved;
            return resolved;
        }
    }

    /** @param name of the text in the pipeline file; the text itself may be a secret */
    static URI url(String text, String name) {
        try {
            URI url = URI.create(text);
            String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
            boolean web = scheme.equals("http") || scheme.equals("https");
            if (web && url.getHost() != null && url.getPort() <= MAX_PORT) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            // its message quotes the text
        }
        throw new MillraceException(ErrorCode.PIPELINE_INVALID, name + " is no http or https URL");
    }

    /**
     * A text of the request, with what the run knows.
     *
     * @param written how a cursor, or what the request is sent for, is written there; secrets are resolved later, and
     *     neither can be a reference to one
     */
    private String ofRun(String text, String name, UnaryOperator<String> written) {
        Each one = each;
        String known = withDay(text, name);
        String dated =
                one == null ? known : EachReference.resolve(known, reference -> written.apply(one.text(reference)));
        if (!CursorReference.isIn(dated)) {
            return dated;
        }
        if (cursor == null) {
            throw new MillraceException(
                    ErrorCode.PIPELINE_INVALID,
                    "the request's " + name + " uses ${cursor}, and there is none yet (expected: cursor.initial)");
        }
        try {
            return CursorReference.resolve(dated, cursor, written);
        } catch (IllegalArgumentException e) {
            throw new MillraceException(ErrorCode.PIPELINE_INVALID, "the request's " + name + ": " + e.getMessage(), e);
        }
    }

    private String withDay(String text, String name) {
        if (!DayReference.isIn(text)) {
            return text;
        }
        if (day == null) {
            throw new MillraceException(
                    ErrorCode.PIPELINE_INVALID, "the request's " + name + " uses ${day}, but the run is not of a day");
        }
        return DayReference.resolve(text, day);
    }

    private static String encoded(String path, String allowed) {
        StringBuilder url = new StringBuilder();
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
            if (plain || allowed.indexOf(b) >= 0) {
                url.append((char) b);
            } else {
                url.append(String.format(Locale.ROOT, "%%%02X", b & 0xff));
            }
        }
        return url.toString();
    }

    /** Two URLs are of one origin when scheme, host and port are the same (RFC 6454). */
    static boolean sameOrigin(URI one, URI other) {
        return origin(one).equals(origin(other));
    }

    static String origin(URI url) {
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        int port = url.getPort() >= 0 ? url.getPort() : scheme.equals("https") ? 443 : 80;
        return scheme + "://" + String.valueOf(url.getHost()).toLowerCase(Locale.ROOT) + ":" + port;
    }
}
