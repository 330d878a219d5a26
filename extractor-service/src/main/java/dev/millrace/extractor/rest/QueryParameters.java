package dev.millrace.extractor.rest;

import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** The query of a URL, as parameters. */
final class QueryParameters {
    private QueryParameters() {}

    /** A name or value as it stands in a query. */
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Fields as {@code application/x-www-form-urlencoded}. */
    static String form(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(field -> URLEncoder.encode(field.getKey(), StandardCharsets.UTF_8) + "="
                        + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    /** The URL with this parameter, which replaces those of the same name. */
    static URI with(URI url, String name, String value) {
        String rest = without(url, name).toString();
        return URI.create(rest + (rest.contains("?") ? "&" : "?") + encoded(name) + "=" + encoded(value));
    }

    /** The URL without the parameters of this name. */
    static URI without(URI url, String name) {
        String query = url.getRawQuery();
        if (query == null) {
            return url;
        }
        String others = without(query, name);
        String text = url.toString();
        String beforeQuery = text.substring(0, text.indexOf('?'));
        return URI.create(others.isEmpty() ? beforeQuery : beforeQuery + "?" + others);
    }

    /** The query, as it stands in a URL, without the parameters of this name. */
    static String without(String query, String name) {
        return Arrays.stream(query.split("&", -1))
                .filter(parameter -> !isNamed(parameter, name))
                .collect(Collectors.joining("&"));
    }

    private static boolean isNamed(String parameter, String name) {
        try {
            return URLDecoder.decode(parameter.split("=", 2)[0], StandardCharsets.UTF_8)
                    .equals(name);
        } catch (IllegalArgumentException e) {
            return false; // a percent sign of its own
        }
    }
}
