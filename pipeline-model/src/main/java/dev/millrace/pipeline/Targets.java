package dev.millrace.pipeline;

import java.util.HashMap;
import java.util.Map;

/** The check that nothing in a pipeline replaces what something else in it has written. */
final class Targets {
    private Targets() {}

    /** Who fills a table, and whether a run of it replaces the table as a whole. */
    private record Writer(String name, boolean replacesWhole) {}

    static void check(Checks checks, Map<String, Endpoint> endpoints, Map<String, Model> models) {
        Map<String, Writer> tables = new HashMap<>();
        Map<String, Destination.Bucket> buckets = new HashMap<>();
        endpoints.forEach((name, endpoint) -> {
            String field = "endpoints." + name + ".destination.";
            switch (endpoint.destination()) {
                case Destination.Table table -> {
                    boolean replacesWhole = table.write() == Write.REPLACE && endpoint.day() == null;
                    Writer other = tables.putIfAbsent(table.table(), new Writer(name, replacesWhole));
                    checks.that(
                            other == null || !(replacesWhole || other.replacesWhole()),
                            field + "table",
                            table.table(),
                            "a table of its own: endpoint " + (other == null ? "" : other.name())
                                    + " writes to it too, and one of them replaces it as a whole");
                }
                case Destination.Bucket bucket -> {
                    buckets.forEach((other, present) -> checks.that(
                            !overlap(bucket, present),
                            field + "key",
                            bucket.key(),
                            "a key of its own: endpoint " + other + " publishes to " + present.key()
                                    + " in the bucket"));
                    buckets.put(name, bucket);
                }
            }
        });
        models.forEach((name, model) -> {
            String table = model.destination().table();
            Writer other = tables.putIfAbsent(table, new Writer(name, true));
            checks.that(
                    other == null,
                    "models." + name + ".destination.table",
                    table,
                    "a table of its own: " + (other == null ? "" : other.name()) + " writes to it too");
        });
    }

    /** Whether what is published to one could replace something of the other. */
    private static boolean overlap(Destination.Bucket one, Destination.Bucket other) {
        String a = one.key() + "/";
        String b = other.key() + "/";
        return one.bucket().equals(other.bucket()) && (a.startsWith(b) || b.startsWith(a));
    }
}
