package dev.millrace.transformer.value;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.transformer.json.InvalidFieldValue;
import dev.millrace.transformer.json.StrictJson;
import java.io.IOException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.io.ParseException;
import org.locationtech.jts.io.WKTReader;

/**
 * The check of what BigQuery's ST_GEOGFROM is to read: WKT and GeoJSON geometries of longitudes and latitudes, without
 * heights (https://cloud.google.com/bigquery/docs/reference/standard-sql/geography_functions#st_geogfrom). What shapes
 * they may have is {@link GeographyShape}'s.
 */
final class GeographyText {
    private static final Set<String> WORDS = Set.of(
            "POINT",
            "LINESTRING",
            "POLYGON",
            "MULTIPOINT",
            "MULTILINESTRING",
            "MULTIPOLYGON",
            "GEOMETRYCOLLECTION",
            "EMPTY");

    /** Of RFC 7946, section 1.4, whose names are case-sensitive, with the member that each has. */
    private static final Map<String, String> GEOJSON = Map.of(
            "Point",
            "coordinates",
            "LineString",
            "coordinates",
            "Polygon",
            "coordinates",
            "MultiPoint",
            "coordinates",
            "MultiLineString",
            "coordinates",
            "MultiPolygon",
            "coordinates",
            "GeometryCollection",
            "geometries");

    private static final Pattern TOKEN = Pattern.compile(
            "(?<word>[A-Za-z]+)|(?<number>-?[0-9]++(?:\\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![^\\s(),]))|[\\s(),]");

    private static final int DEEPEST = 100;

    private GeographyText() {}

    /** @throws InvalidFieldValue when the text is neither WKT nor GeoJSON */
    public static void check(String text) throws InvalidFieldValue {
        if (text.stripLeading().startsWith("{")) {
            checkGeoJson(text);
        } else {
            checkTokens(text);
            GeographyShape.checkOnGlobe(geometry(text));
        }
    }

    private static void checkTokens(String text) throws InvalidFieldValue {
        Matcher tokens = TOKEN.matcher(text);
        int at = 0;
        while (at < text.length()) {
            if (!tokens.find(at) || tokens.start() != at) {
                int end = at;
                while (end < text.length()
                        && !Character.isWhitespace(text.charAt(end))
                        && "(),".indexOf(text.charAt(end)) < 0) {
                    end++;
                }
                throw new InvalidFieldValue("is not a geography in WKT or GeoJSON: '" + text.substring(at, end)
                        + "' at character " + (at + 1) + " (expected: a number such as -1.5)");
            }
            String word = tokens.group("word");
            if (word != null && !WORDS.contains(word.toUpperCase(Locale.ROOT))) {
                throw new InvalidFieldValue(
                        "is not a geography of longitudes and latitudes, in WKT or GeoJSON: " + word);
            }
            at = tokens.end();
        }
    }

    private static Geometry geometry(String text) throws InvalidFieldValue {
        checkDepth(text); // the reader takes each collection by a call of its own
        try {
            Geometry geometry = new WKTReader().read(text);
            if (!endsOnce(text.strip())) {
                throw new InvalidFieldValue("is not a geography in WKT or GeoJSON: there is text after its end");
            }
            checkPositions(geometry);
            return geometry;
        } catch (ParseException | IllegalArgumentException e) {
            throw new InvalidFieldValue("is not a geography in WKT or GeoJSON: "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse("malformed"));
        }
    }

    private static void checkDepth(String text) throws InvalidFieldValue {
        int depth = 0;
        for (int at = 0; at < text.length(); at++) {
            depth += text.charAt(at) == '(' ? 1 : text.charAt(at) == ')' ? -1 : 0;
            if (depth > DEEPEST) {
                throw new InvalidFieldValue("is nested too deep at character " + (at + 1) + " (expected: at most "
                        + DEEPEST + " parentheses within each other)");
            }
        }
    }

    /** The reader stops after the first geometry, whatever follows. */
    private static boolean endsOnce(String text) {
        int depth = 0;
        for (int at = 0; at < text.length(); at++) {
            depth += text.charAt(at) == '(' ? 1 : text.charAt(at) == ')' ? -1 : 0;
            if (depth == 0 && text.charAt(at) == ')') {
                return at == text.length() - 1;
            }
        }
        return text.toUpperCase(Locale.ROOT).endsWith("EMPTY");
    }

    private static void checkPositions(Geometry geometry) throws InvalidFieldValue {
        for (Coordinate at : geometry.getCoordinates()) {
            if (!(at.x >= -180 && at.x <= 180 && at.y >= -90 && at.y <= 90)) {
                throw new InvalidFieldValue("has a longitude or latitude out of range: " + at.x + " " + at.y
                        + " (expected: -180 to 180, -90 to 90)");
            }
            if (!Double.isNaN(at.getZ()) || !Double.isNaN(at.getM())) {
                throw new InvalidFieldValue("has more than a longitude and a latitude for a position");
            }
        }
    }

    /** @throws InvalidFieldValue when the object is no geometry of GeoJSON, RFC 7946 */
    static void checkGeoJson(String text) throws InvalidFieldValue {
        try (JsonParser parser = StrictJson.FACTORY.createParser(text)) {
            parser.nextToken();
            String wkt = wkt(parser);
            if (parser.nextToken() != null) {
                throw new InvalidFieldValue("has text after the end of the GeoJSON object");
            }
            GeographyShape.checkOnMap(geometry(wkt));
        } catch (JsonProcessingException e) {
            throw new InvalidFieldValue("is not GeoJSON: "
                    + e.getOriginalMessage().lines().findFirst().orElse("malformed"));
        } catch (IOException e) {
            throw new IllegalStateException("a parser of characters in memory has nothing to read", e);
        }
    }

    private static String wkt(JsonParser parser) throws IOException, InvalidFieldValue {
        String type = "";
        Map<String, String> members = new HashMap<>();
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new InvalidFieldValue("has a GeoJSON geometry that is no object");
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String member = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (member) {
                case "type" -> type = value == JsonToken.VALUE_STRING ? parser.getText() : "";
                case "coordinates" -> members.put(member, coordinates(parser, value));
                case "geometries" -> members.put(member, geometries(parser, value));
                default -> parser.skipChildren();
            }
        }
        String needed = GEOJSON.get(type);
        String within = needed == null ? null : members.get(needed);
        if (within == null) {
            throw new InvalidFieldValue("is not a geometry of GeoJSON, with type and coordinates (a Feature is none)");
        }
        return type.toUpperCase(Locale.ROOT) + " " + (type.equals("Point") ? "(" + within + ")" : within);
    }

    private static String geometries(JsonParser parser, JsonToken begin) throws IOException, InvalidFieldValue {
        if (begin != JsonToken.START_ARRAY) {
            throw new InvalidFieldValue("has geometries that are no array");
        }
        StringBuilder all = new StringBuilder();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            all.append(all.isEmpty() ? "(" : ", ").append(wkt(parser));
        }
        return all.isEmpty() ? "EMPTY" : all.append(')').toString();
    }

    /** A position is two numbers, without parentheses; everything around it has some. */
    private static String coordinates(JsonParser parser, JsonToken begin) throws IOException, InvalidFieldValue {
        if (begin != JsonToken.START_ARRAY) {
            throw new InvalidFieldValue("has coordinates that are no array");
        }
        StringBuilder all = new StringBuilder();
        int numbers = 0;
        int arrays = 0;
        JsonToken token = parser.nextToken();
        while (token != JsonToken.END_ARRAY) {
            if (token == JsonToken.START_ARRAY) {
                all.append(arrays++ == 0 ? "" : ", ").append(coordinates(parser, token));
            } else if (token.isNumeric()) {
                all.append(numbers++ == 0 ? "" : " ").append(parser.getText());
            } else {
                throw new InvalidFieldValue("has coordinates that are no numbers");
            }
            token = parser.nextToken();
        }
        if (arrays == 0 && numbers == 0) {
            throw new InvalidFieldValue(
                    "has no coordinates (expected: some, or a GeometryCollection without geometries)");
        }
        if (arrays == 0 ? numbers != 2 : numbers != 0) {
            throw new InvalidFieldValue("has more or less than a longitude and a latitude for a position");
        }
        return arrays == 0 ? all.toString() : "(" + all + ")";
    }
}
