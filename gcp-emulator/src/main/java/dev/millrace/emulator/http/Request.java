package dev.millrace.emulator.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * A call as it came.
 *
 * @param target path and query, not decoded
 * @param headers by name in lower case
 * @param body read at most once
 */
public record Request(String method, URI target, Map<String, String> headers, InputStream body) {
    private static final ObjectMapper JSON = new ObjectMapper();

    public Request {
        headers = Map.copyOf(headers);
    }

    /** The segments of the path, each decoded: an object's name is one of them, whatever slashes it has. */
    public List<String> segments() {
        return Arrays.stream(target.getRawPath().substring(1).split("/", -1))
                .map(segment -> decode(segment.replace("+", "%2B"))) // only a query's plus is a space
                .toList();
    }

    /** The query's parameters; of several of one name the last. */
    public Map<String, String> query() {
        String query = target.getRawQuery();
        if (query == null || query.isEmpty()) {
            return Map.of();
        }
        return pairs(query);
    }

    public Optional<String> parameter(String name) {
        return Optional.ofNullable(query().get(name));
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name.toLowerCase(java.util.Locale.ROOT)));
    }

    /** The body as a JSON object; an empty one when there is no body. */
    public ObjectNode json() throws IOException {
        return parse(body.readAllBytes());
    }

    /** @throws ApiException when it is no JSON object */
    public static ObjectNode parse(byte[] text) throws IOException {
        if (text.length == 0) {
            return JSON.createObjectNode();
        }
        try {
            JsonNode node = JSON.readTree(text);
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw new ApiException(400, "parseError", "Parse Error");
        } catch (JsonProcessingException e) {
            throw new ApiException(400, "parseError", "Parse Error");
        }
    }

    /** The body as a form. */
    Map<String, String> form() throws IOException {
        return pairs(new String(body.readAllBytes(), StandardCharsets.UTF_8));
    }

    /** Path and query, as sent. */
    String path() {
        return target.toString();
    }

    private static Map<String, String> pairs(String text) {
        UnaryOperator<String> decoded = Request::decode;
        return Arrays.stream(text.split("&", -1))
                .map(pair -> pair.split("=", 2))
                .collect(Collectors.toMap(
                        pair -> decoded.apply(pair[0]),
                        pair -> pair.length == 1 ? "" : decoded.apply(pair[1]),
                        (first, last) -> last,
                        LinkedHashMap::new));
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
