package dev.millrace.extractor.rest;

import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.SecretReference;
import dev.millrace.pipeline.Source;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Builds the URLs of an endpoint's requests. */
final class Requests {
    private static final String DAY = "${day}";
    /** RFC 3986: what may stand in a path or query as it is, and the sign of what is encoded already. */
    private static final String ALLOWED = "-._~!$&'()*+,;=:@/?%";

    private static final int MAX_PORT = 65_535;

    private final Source.Rest source;
    private final Endpoint.Request request;
    private final @Nullable LocalDate day;
    private final RunSecrets secrets;

    Requests(Source.Rest source, Endpoint.Request request, @Nullable LocalDate day, RunSecrets secrets) {
        this.source = source;
        this.request = request;
        this.day = day;
        this.secrets = secrets;
    }

    /**
     * A URL as it is sent, and as it may be shown.
     *
     * @param url with secrets resolved
     * @param shown with the references to them, not encoded
     */
    record Target(URI url, String shown) {}

    /** @param paging parameters beside those of the endpoint, which they replace */
    Target target(Map<String, String> paging) {
        Map<String, String> query = new LinkedHashMap<>();
        request.query().forEach((name, value) -> query.put(name, withDay(value, "query parameter '" + name + "'")));
        query.putAll(paging);
        String path = withDay(request.path(), "path");
        String base = source.baseUrl().replaceFirst("/+$", "");
        String separator = query.isEmpty() ? "" : path.contains("?") ? "&" : "?";
        String shown = base
                + path
                + separator
                + query.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .collect(Collectors.joining("&"));
        String url = base(base)
                + encoded(secrets.resolve(path))
                + separator
                + query.entrySet().stream()
                        .map(entry -> parameter(entry.getKey()) + "=" + parameter(secrets.resolve(entry.getValue())))
                        .collect(Collectors.joining("&"));
        return new Target(url(url, "the URL " + shown), shown);
    }

    private String base(String base) {
        String resolved = secrets.resolve(base).strip().replaceFirst("/+$", "");
        URI url = url(resolved, "baseUrl " + base);
        if (url.getRawUserInfo() != null || url.getRawQuery() != null || url.getRawFragment() != null) {
            throw new MillraceException(
                    ErrorCode.PIPELINE_INVALID,
                    "baseUrl " + base + " has a user, a query or a fragment (expected: a URL without)");
        }
        if (SecretReference.isIn(base)) {
            secrets.remember(url.getHost()); // the messages of the network name it
        }
        return resolved;
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

    private String withDay(String text, String name) {
        if (!text.contains(DAY)) {
            return text;
        }
        if (day == null) {
            throw new MillraceException(
                    ErrorCode.PIPELINE_INVALID, "the request's " + name + " uses ${day}, but the run is not of a day");
        }
        return text.replace(DAY, day.toString());
    }

    private static String parameter(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String encoded(String path) {
        StringBuilder url = new StringBuilder();
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = (b >= '0' && b <= '9') || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
            if (plain || ALLOWED.indexOf(b) >= 0) {
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
