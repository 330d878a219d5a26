package dev.millrace.transformer.value;

import com.google.common.geometry.S2;
import com.google.common.geometry.S2Error;
import com.google.common.geometry.S2LatLng;
import com.google.common.geometry.S2Loop;
import com.google.common.geometry.S2Point;
import com.google.common.geometry.S2Polygon;
import dev.millrace.transformer.json.InvalidFieldValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.locationtech.jts.geom.Coordinate;
import org.locationtech.jts.geom.Geometry;
import org.locationtech.jts.geom.GeometryCollection;
import org.locationtech.jts.geom.LineString;
import org.locationtech.jts.geom.Point;
import org.locationtech.jts.geom.Polygon;
import org.locationtech.jts.geom.util.LinearComponentExtracter;
import org.locationtech.jts.operation.valid.IsValidOp;
import org.locationtech.jts.operation.valid.TopologyValidationError;

/**
 * The check that BigQuery takes a shape, and takes it as it is. An edge of WKT is the shortest line on the globe; one of
 * GeoJSON is straight on the map, and BigQuery puts points on it until the lines between them are within 10 metres of it
 * (https://cloud.google.com/bigquery/docs/gis-data#coordinate_systems_and_edges). Polygons on the globe are judged by the
 * library that BigQuery builds on, https://s2geometry.io.
 */
final class GeographyShape {
    /** Radians, a few centimetres: how close is too close to the opposite end of the globe. */
    private static final double OPPOSITE = 1e-8;

    /** Radians: what arithmetic makes of the same position, such as that of a pole at two longitudes. */
    private static final double SAME = 1e-15;

    /** Radians: how far arithmetic puts a position aside from an edge that it is on. */
    private static final double ASIDE = 4e-15;

    /** Of the sphere's 4π: how close to its half is too close to tell which side of a ring is the smaller one. */
    private static final double HALF = 1e-6;

    /** Radians, 10 metres. */
    private static final double STRAIGHT = 10 / 6_371_010.0;

    private static final Pattern EDGE = Pattern.compile("[Ee]dge (\\d+)");
    private static final Pattern LOOP = Pattern.compile("[Ll]oop (\\d+)");

    private GeographyShape() {}

    /** @throws InvalidFieldValue when BigQuery would refuse or change the shape, whose edges are those of WKT */
    static void checkOnGlobe(Geometry shape) throws InvalidFieldValue {
        switch (shape) {
            case Point _ -> {}
            case LineString line -> checkLine(line);
            case Polygon polygon -> checkPolygons(List.of(polygon));
            case GeometryCollection all -> {
                List<Polygon> polygons = new ArrayList<>();
                for (int i = 0; i < all.getNumGeometries(); i++) {
                    if (all.getGeometryN(i) instanceof Polygon polygon
                            && all.getGeometryType().equals("MultiPolygon")) {
                        polygons.add(polygon);
                    } else {
                        checkOnGlobe(all.getGeometryN(i));
                    }
                }
                checkPolygons(polygons);
            }
            default -> throw new IllegalArgumentException(shape.getGeometryType());
        }
    }

    /** @throws InvalidFieldValue when BigQuery would refuse or change the shape, whose edges are those of GeoJSON */
    static void checkOnMap(Geometry shape) throws InvalidFieldValue {
        TopologyValidationError error = new IsValidOp(shape).getValidationError();
        if (error != null) {
            Coordinate at = error.getCoordinate();
            throw new InvalidFieldValue("is not a valid geography: " + error.getMessage() + " at " + at.x + " " + at.y);
        }
        checkEdges(shape);
        for (Object line : LinearComponentExtracter.getLines(shape)) {
            if (!isStraightOnGlobe(((LineString) line).getCoordinates())) {
                return; // where it runs on the globe is what BigQuery makes of it
            }
        }
        checkOnGlobe(shape);
    }

    /** Whether no points have to be put on the edges. */
    private static boolean isStraightOnGlobe(Coordinate[] coordinates) {
        for (int i = 1; i < coordinates.length; i++) {
            Coordinate from = coordinates[i - 1];
            Coordinate to = coordinates[i];
            S2Point middle = point(new Coordinate((from.x + to.x) / 2, (from.y + to.y) / 2));
            S2Point globe = S2Point.add(point(from), point(to));
            if (globe.norm() < OPPOSITE || S2Point.normalize(globe).angle(middle) > STRAIGHT) {
                return false;
            }
        }
        return true;
    }

    // lines

    private static void checkLine(LineString line) throws InvalidFieldValue {
        if (line.isEmpty()) {
            return;
        }
        List<S2Point> points = points(line.getCoordinates());
        if (points.size() < 2) {
            throw new InvalidFieldValue(
                    "has a line of one position only, which would become a point: " + words(points.getFirst()));
        }
        checkOpposites(points);
        Set<Set<S2Point>> edges = new HashSet<>();
        for (int i = 1; i < points.size(); i++) {
            S2Point at = points.get(i - 1);
            boolean back = i > 1 && isBack(points.get(i - 2), at, points.get(i));
            if (back || !edges.add(Set.of(at, points.get(i)))) {
                throw doublesBack(words(at));
            }
        }
    }

    private static boolean isBack(S2Point from, S2Point at, S2Point to) {
        S2Point there = S2.robustCrossProd(from, at);
        S2Point back = S2.robustCrossProd(to, at);
        return there.angle(back) * Math.min(from.angle(at), to.angle(at)) < ASIDE;
    }

    /** Lines on the map, of which the plane's library is content with all. */
    private static void checkEdges(Geometry shape) throws InvalidFieldValue {
        for (int i = 0; i < shape.getNumGeometries(); i++) {
            if (shape.getGeometryN(i) instanceof LineString line) {
                checkEdges(line.getCoordinates());
            } else if (shape.getGeometryN(i) instanceof GeometryCollection) {
                checkEdges(shape.getGeometryN(i));
            }
        }
    }

    private static void checkEdges(Coordinate[] line) throws InvalidFieldValue {
        Set<Set<Coordinate>> edges = new HashSet<>();
        Coordinate before = null;
        for (int i = 1; i < line.length; i++) {
            Coordinate at = line[i - 1];
            Coordinate to = line[i];
            if (at.equals2D(to)) {
                continue;
            }
            boolean back = before != null
                    && (at.x - before.x) * (to.y - at.y) == (at.y - before.y) * (to.x - at.x)
                    && (at.x - before.x) * (to.x - at.x) + (at.y - before.y) * (to.y - at.y) < 0;
            if (back || !edges.add(Set.of(at, to))) {
                throw doublesBack(at.x + " " + at.y);
            }
            before = at;
        }
    }

    private static InvalidFieldValue doublesBack(String position) {
        return new InvalidFieldValue("has a line that goes back over itself at " + position
                + ", which would be changed (expected: each part of the way once)");
    }

    // polygons

    private static void checkPolygons(List<Polygon> polygons) throws InvalidFieldValue {
        List<S2Loop> all = new ArrayList<>();
        List<List<S2Loop>> loops = new ArrayList<>();
        for (Polygon polygon : polygons) {
            if (!polygon.isEmpty()) {
                List<S2Loop> rings = new ArrayList<>();
                rings.add(loop(polygon.getExteriorRing()));
                for (int i = 0; i < polygon.getNumInteriorRing(); i++) {
                    rings.add(loop(polygon.getInteriorRingN(i)));
                }
                loops.add(rings);
                all.addAll(rings);
            }
        }
        if (all.isEmpty()) {
            return;
        }
        S2Polygon whole = new S2Polygon();
        whole.initNested(new ArrayList<>(all));
        S2Error error = new S2Error();
        if (whole.findValidationError(error)) {
            Matcher loop = LOOP.matcher(error.text());
            throw invalid(error, whole.loop(loop.find() ? Integer.parseInt(loop.group(1)) : 0));
        }
        for (List<S2Loop> rings : loops) {
            S2Loop shell = rings.getFirst();
            if (shell.depth() % 2 != 0) {
                throw new InvalidFieldValue(
                        "is not a valid geography: one polygon lies within another at " + words(shell.vertex(0)));
            }
            for (S2Loop hole : rings.subList(1, rings.size())) {
                if (hole.depth() != shell.depth() + 1 || !shell.contains(hole)) {
                    throw new InvalidFieldValue(
                            "is not a valid geography: a hole lies outside of its polygon or within another hole at "
                                    + words(hole.vertex(0)));
                }
            }
        }
    }

    /** The ring with the smaller of its two sides within it. */
    private static S2Loop loop(LineString ring) throws InvalidFieldValue {
        List<S2Point> points = points(ring.getCoordinates());
        if (points.size() > 1 && points.getFirst().angle(points.getLast()) < SAME) {
            points.removeLast();
        }
        if (points.size() < 3) {
            throw new InvalidFieldValue("has a ring of fewer than three positions at " + words(points.getFirst()));
        }
        List<S2Point> closed = new ArrayList<>(points);
        closed.add(points.getFirst());
        checkOpposites(closed);
        S2Loop loop = new S2Loop(points);
        S2Error error = new S2Error();
        if (loop.findValidationError(error)) {
            throw invalid(error, loop);
        }
        if (Math.abs(loop.getArea() - 2 * Math.PI) < HALF) {
            throw new InvalidFieldValue("has a ring around half of the globe at " + words(points.getFirst())
                    + ", so that either side could be meant");
        }
        loop.normalize();
        return loop;
    }

    private static InvalidFieldValue invalid(S2Error error, S2Loop loop) {
        Matcher edge = EDGE.matcher(error.text());
        int vertex = edge.find() ? Integer.parseInt(edge.group(1)) : 0;
        vertex += error.code() == S2Error.Code.DUPLICATE_VERTICES ? 1 : 0; // where the edge ends
        return new InvalidFieldValue(
                "is not a valid geography: " + error.text() + ", near " + words(loop.vertex(vertex)));
    }

    // positions

    private static void checkOpposites(List<S2Point> points) throws InvalidFieldValue {
        for (int i = 1; i < points.size(); i++) {
            if (S2Point.add(points.get(i - 1), points.get(i)).norm() < OPPOSITE) {
                throw new InvalidFieldValue("has an edge between opposite ends of the globe, "
                        + words(points.get(i - 1)) + " and " + words(points.get(i)) + ", which could go any way");
            }
        }
    }

    /** The positions without those that are as the one before. */
    private static List<S2Point> points(Coordinate[] coordinates) {
        List<S2Point> points = new ArrayList<>();
        for (Coordinate at : coordinates) {
            S2Point point = point(at);
            if (points.isEmpty() || points.getLast().angle(point) >= SAME) {
                points.add(point);
            }
        }
        return points;
    }

    private static S2Point point(Coordinate at) {
        return S2LatLng.fromDegrees(at.y, at.x).toPoint();
    }

    private static String words(S2Point point) {
        S2LatLng at = new S2LatLng(point);
        return rounded(at.lngDegrees()) + " " + rounded(at.latDegrees());
    }

    /** To a hundredth of a metre, as far as arithmetic on the globe can be trusted. */
    private static double rounded(double degrees) {
        return Math.round(degrees * 1e7) / 1e7;
    }
}
