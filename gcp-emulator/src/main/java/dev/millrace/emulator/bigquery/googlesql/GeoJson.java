package dev.millrace.emulator.bigquery.googlesql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * GeoJSON geometries as well-known text.
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc7946#section-3.1">RFC 7946, 3.1</a>
 */
final class GeoJson {
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    private GeoJson() {}

    static String toWkt(String text) {
        try {
            return geometry(JSON.readTree(text), text);
        } catch (JsonProcessingException e) {
            throw invalid(text);
        }
    }

    private static String geometry(JsonNode geometry, String text) {
        String type = geometry.path("type").asText();
        if (type.equals("GeometryCollection") && geometry.path("geometries").isEmpty()) {
            return "GEOMETRYCOLLECTION EMPTY";
        }
        if (type.equals("GeometryCollection")) {
            return "GEOMETRYCOLLECTION ("
                    + children(geometry.path("geometries"))
                            .map(child -> geometry(child, text))
                            .collect(Collectors.joining(", "))
                    + ")";
        }
        JsonNode coordinates = geometry.path("coordinates");
        if (!coordinates.isArray()) {
            throw invalid(text);
        }
        String values = switch (type) {
            case "Point" -> "(" + position(coordinates, text) + ")";
            case "LineString", "MultiPoint" -> line(coordinates, text);
            case "Polygon", "MultiLineString" -> polygon(coordinates, text);
            case "MultiPolygon" ->
                children(coordinates).map(child -> polygon(child, text)).collect(Collectors.joining(", ", "(", ")"));
            default -> throw invalid(text);
        };
        return type.toUpperCase(Locale.ROOT) + " " + values;
    }

    private static String polygon(JsonNode rings, String text) {
        return children(rings).map(ring -> line(ring, text)).collect(Collectors.joining(", ", "(", ")"));
    }

    private static String line(JsonNode positions, String text) {
        return children(positions)
                .map(position -> position(position, text))
                .collect(Collectors.joining(", ", "(", ")"));
    }

    private static String position(JsonNode position, String text) {
        if (position.size() < 2
                || !position.get(0).isNumber()
                || !position.get(1).isNumber()) {
            throw invalid(text);
        }
        return position.get(0).asText() + " " + position.get(1).asText();
    }

    private static java.util.stream.Stream<JsonNode> children(JsonNode node) {
        return StreamSupport.stream(node.spliterator(), false);
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException("ST_GeogFromGeoJSON failed: Invalid GeoJSON: " + text);
    }
}
