package dev.millrace.transformer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.io.ParseException;
import org.locationtech.jts.io.WKTReader;
import org.locationtech.jts.operation.valid.IsValidOp;
import org.locationtech.jts.operation.valid.TopologyValidationError;

/**
 * The check of what BigQuery's ST_GEOGFROM is to read: WKT and GeoJSON geometries of longitudes and latitudes, without
 * heights (https://cloud.google.com/bigquery/docs/reference/standard-sql/geography_functions#st_geogfrom). Whether
 * polygons are valid is judged on the plane, where BigQuery judges it on the sphere; so it is not judged of those with
 * an edge over half of the globe.
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
    private static final Pattern WORD = Pattern.compile("(?<![0-9.])[A-Za-z]+");

    private GeographyText() {}

    /** @throws InvalidFieldValue when the text is neither WKT nor GeoJSON */
    static void check(String text) throws InvalidFieldValue {
        if (text.stripLeading().startsWith("{")) {
            checkGeoJson(text);
        } else {
            checkWkt(text);
        }
    }

    private static void checkWkt(String text) throws InvalidFieldValue {
        Matcher words = WORD.matcher(text);
        while (words.find()) {
            if (!WORDS.contains(words.group().toUpperCase(Locale.ROOT))) {
                throw new InvalidFieldValue(
                        "is not a geography of longitudes and latitudes, in WKT or GeoJSON: " + words.group());
            }
        }
        try {
            Geometry geometry = new WKTReader().read(text);
            if (!endsOnce(text.strip())) {
                throw new InvalidFieldValue("is not a geography in WKT or GeoJSON: there is text after its end");
            }
            check(geometry);
        } catch (ParseException | IllegalArgumentException e) {
            throw new InvalidFieldValue("is not a geography in WKT or GeoJSON: "
                    + String.valueOf(e.getMessage()).lines().findFirst().orElse("malformed"));
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

    private static void check(Geometry geometry) throws InvalidFieldValue {
        Coordinate before = null;
        boolean wide = false;
        for (Coordinate at : geometry.getCoordinates()) {
            if (!(at.x >= -180 && at.x <= 180 && at.y >= -90 && at.y <= 90)) {
                throw new InvalidFieldValue("has a longitude or latitude out of range: " + at.x + " " + at.y
                        + " (expected: -180 to 180, -90 to 90)");
            }
            if (!Double.isNaN(at.getZ()) || !Double.isNaN(at.getM())) {
                throw new InvalidFieldValue("has more than a longitude and a latitude for a position");
            }
            wide |= before != null && Math.abs(at.x - before.x) >= 180;
            before = at;
        }
        TopologyValidationError error = wide ? null : new IsValidOp(geometry).getValidationError();
        if (error != null) {
            throw new InvalidFieldValue("is not a valid geography: " + error.getMessage() + " at "
                    + error.getCoordinate().x + " " + error.getCoordinate().y);
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
            checkWkt(wkt);
        } catch (JsonProcessingException e) {
            throw new InvalidFieldValue("is not GeoJSON: "
                    + e.getOriginalMessage().lines().findFirst().orElse("malformed"));
        } catch (IOException e) {
            throw new IllegalStateException("a parser of characters in memory has nothing to read", e);
        }
    }

    private static String wkt(JsonParser parser) throws IOException, InvalidFieldValue {
        String type = "";
        String within = "";
        Set<String> members = new HashSet<>();
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw new InvalidFieldValue("has a GeoJSON geometry that is no object");
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String member = parser.currentName();
            members.add(member);
            JsonToken value = parser.nextToken();
            switch (member) {
                case "type" -> type = parser.getText().toUpperCase(Locale.ROOT);
                case "coordinates" -> within = value == JsonToken.START_ARRAY ? coordinates(parser) : parser.getText();
                case "geometries" -> within = value == JsonToken.START_ARRAY ? geometries(parser) : parser.getText();
                default -> parser.skipChildren();
            }
        }
        String needed = type.equals("GEOMETRYCOLLECTION") ? "geometries" : "coordinates";
        if (!WORDS.contains(type) || !members.contains(needed)) {
            throw new InvalidFieldValue("is not a geometry of GeoJSON, with type and coordinates (a Feature is none)");
        }
        return type + " " + (type.equals("POINT") && !within.equals("EMPTY") ? "(" + within + ")" : within);
    }

    private static String geometries(JsonParser parser) throws IOException, InvalidFieldValue {
        StringBuilder all = new StringBuilder();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            all.append(all.isEmpty() ? "(" : ", ").append(wkt(parser));
        }
        return all.isEmpty() ? "EMPTY" : all.append(')').toString();
    }

    /** A position is two numbers, without parentheses; everything around it has some. */
    private static String coordinates(JsonParser parser) throws IOException, InvalidFieldValue {
        StringBuilder all = new StringBuilder();
        int numbers = 0;
        int arrays = 0;
        JsonToken token = parser.nextToken();
        while (token != JsonToken.END_ARRAY) {
            if (token == JsonToken.START_ARRAY) {
                all.append(arrays++ == 0 ? "" : ", ").append(coordinates(parser));
            } else if (token.isNumeric()) {
                all.append(numbers++ == 0 ? "" : " ").append(parser.getText());
            } else {
                throw new InvalidFieldValue("has coordinates that are no numbers");
            }
            token = parser.nextToken();
        }
        if (arrays == 0 && numbers == 0) {
            return "EMPTY";
        }
        if (arrays == 0 ? numbers != 2 : numbers != 0) {
            throw new InvalidFieldValue("has more or less than a longitude and a latitude for a position");
        }
        return arrays == 0 ? all.toString() : "(" + all + ")";
    }
}
