package dev.millrace.standalone.cloud.verify;

import dev.millrace.standalone.client.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Values of GEOGRAPHY at the edge of what BigQuery takes: those that Millrace lets through must be taken by a commit. */
final class Geographies implements Check {
    private static final List<String> TAKEN = List.of(
            "\"POINT EMPTY\"",
            "{\"type\": \"GeometryCollection\", \"geometries\": []}",
            "\"LINESTRING(0 0, 179 0)\"",
            "\"LINESTRING(0 0, 0 0, 1 1)\"",
            "\"LINESTRING(0 0, 1 1, 1 0, 0 1)\"",
            "\"MULTIPOINT(1 1, 1 1)\"",
            "\"POLYGON((0 0, 1 0, 1 1, 0 1, 0 0))\"",
            "\"POLYGON((0 0, 0 1, 1 1, 1 0, 0 0))\"",
            "\"POLYGON((0 0, 0 0, 1 0, 1 1, 0 0))\"",
            // a hole that is within its polygon on the globe only, and an edge that is none there
            "\"POLYGON((0 40, 90 40, 90 50, 0 50, 0 40), (40 55, 50 55, 45 58, 40 55))\"",
            "{\"type\": \"Polygon\", \"coordinates\": [[[-180,-90],[180,-90],[180,80],[-180,80],[-180,-90]]]}");

    private static final List<String> REJECTED = List.of(
            "{\"type\": \"point\", \"coordinates\": [1, 2]}",
            "{\"type\": \"Point\", \"coordinates\": []}",
            "\"POINT(+1 2)\"",
            "\"LINESTRING(0 0, 180 0)\"",
            "\"LINESTRING(0 0, 1 0, 0 0)\"",
            "\"POLYGON((0 0, 1 1, 0 1, 1 0, 0 0))\"",
            "\"POLYGON((0 0, 1 0, 1 1, 1 0, 0 1, 0 0))\"",
            "\"POLYGON((0 0, 120 0, -120 0, 0 0))\"");

    @Override
    public String name() {
        return "geographies";
    }

    @Override
    public void run(Trial trial, Report report) throws InterruptedException {
        report.check(name(), "what is let through", () -> taken(trial));
        report.check(name(), "what is rejected", () -> rejected(trial));
    }

    private static Feed feed(Trial trial, String name, List<String> more, List<String> shapes) {
        List<String> records = new ArrayList<>();
        shapes.forEach(shape -> records.add("{\"id\": " + records.size() + ", \"g\": " + shape + "}"));
        return new Feed(
                name,
                "table: " + trial.names().tables() + "." + name + ", write: append",
                more,
                List.of("{name: id, type: INTEGER}", "{name: g, type: GEOGRAPHY}"),
                records);
    }

    private static String taken(Trial trial) throws InterruptedException, Mismatch {
        trial.installed().load(feed(trial, "shapes", List.of(), TAKEN));
        Mismatch.unlessEqual(
                String.valueOf(TAKEN.size()),
                trial.installed().text("SELECT COUNT(g) FROM " + trial.names().tables() + ".shapes"));
        return TAKEN.size() + " shapes were read by the commit";
    }

    private static String rejected(Trial trial) throws InterruptedException, Mismatch {
        Run run = Installed.succeeded(
                trial.installed().run(feed(trial, "no_shapes", List.of("rejects: {maxShare: 1}"), REJECTED)));
        if (!Objects.equals(run.rowsRejected(), (long) REJECTED.size())) {
            throw new Mismatch(REJECTED.size() + " rejects", String.valueOf(run.rowsRejected()));
        }
        return REJECTED.size() + " shapes were rejected before a commit";
    }
}
