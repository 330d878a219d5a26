package dev.millrace.emulator.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What is answered to a call.
 *
 * @param length of the body in bytes; negative: not known before it is sent
 * @param body opened once, when it is sent
 */
public record Answer(int status, Map<String, String> headers, long length, Body body) {
    /** Opens a body's bytes; the reader closes them. */
    public interface Body {
        InputStream open() throws IOException;
    }

    public Answer {
        headers = Map.copyOf(headers);
    }

    /** An answer without a body. */
    public static Answer empty(int status) {
        return bytes(status, "", new byte[0]);
    }

    public static Answer json(int status, JsonNode body) {
        return bytes(status, "application/json; charset=UTF-8", body.toString().getBytes(StandardCharsets.UTF_8));
    }

    public static Answer error(ApiException error) {
        return json(error.status(), error.body());
    }

    /** @param type content type; empty: none is said */
    public static Answer bytes(int status, String type, byte[] body) {
        Map<String, String> headers = type.isEmpty() ? Map.of() : Map.of("Content-Type", type);
        return new Answer(status, headers, body.length, () -> new ByteArrayInputStream(body));
    }

    /** The same with one more header. */
    public Answer with(String header, String value) {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(header, value);
        return new Answer(status, all, length, body);
    }
}
