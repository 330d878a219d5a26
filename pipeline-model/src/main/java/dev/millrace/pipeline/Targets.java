package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What pipelines mean to each other: the tables and places in buckets that they fill, where of two of which one would
 * replace what the other has written the first has it; and which is started after which, where of a circle the last is wrong.
 * Not safe for use by several threads.
 */
public final class Targets {
    private final String warehouse;
    private final TableNames names;
    private final Map<String, Writer> tables = new HashMap<>();
    private final Map<String, Destination.Bucket> buckets = new HashMap<>();
    private final Map<String, List<String>> after = new HashMap<>();
    private final Map<String, String> files = new HashMap<>();

    /**
     * @param warehouse its name, for people
     * @param names its rule for them
     */
    public Targets(String warehouse, TableNames names) {
        this.warehouse = warehouse;
        this.names = names;
    }

    /**
     * Who fills a table.
     *
     * @param who in words
     * @param table as it is written
     * @param model whether it is a model, which nobody shares a table with
     * @param replacesWhole whether a run replaces the table as a whole
     */
    private record Writer(String who, String table, boolean model, boolean replacesWhole) {}

    static void check(Checks checks, Pipeline pipeline) {
        for (InvalidValue.Violation taken : new Targets("every warehouse", TableNames.AS_WRITTEN).of("", pipeline)) {
            checks.that(false, taken.field(), taken.found(), taken.expected());
        }
    }

    /**
     * Adds what a pipeline fills, unless some of it is taken.
     *
     * @param file of the pipeline
     * @return what is taken, and by whom; empty: nothing is
     */
    public List<InvalidValue.Violation> add(String file, Pipeline pipeline) {
        Map<String, Writer> tablesBefore = Map.copyOf(tables);
        Map<String, Destination.Bucket> bucketsBefore = Map.copyOf(buckets);
        List<InvalidValue.Violation> taken =
                new ArrayList<>(of(" of pipeline " + pipeline.name() + " (" + file + ")", pipeline));
        after.put(pipeline.name(), pipeline.after());
        for (int i = 0; i < pipeline.after().size(); i++) {
            List<String> way = new ArrayList<>(List.of(pipeline.name()));
            if (leadsBack(pipeline.after().get(i), way)) {
                taken.add(new InvalidValue.Violation(
                        "after[" + i + "]", String.join(" after ", way), "pipelines that don't run after themselves"));
            }
        }
        files.put(pipeline.name(), file);
        if (!taken.isEmpty()) {
            after.remove(pipeline.name());
            tables.clear();
            tables.putAll(tablesBefore);
            buckets.clear();
            buckets.putAll(bucketsBefore);
        }
        return taken;
    }

    /**
     * What is to be started after pipelines that nobody has added, and so never is.
     *
     * @return by file
     */
    public Map<String, List<InvalidValue.Violation>> neverStarted() {
        Map<String, List<InvalidValue.Violation>> never = new HashMap<>();
        after.forEach((name, before) -> {
            for (int i = 0; i < before.size(); i++) {
                String unknown = before.get(i);
                if (!files.containsKey(unknown)) {
                    never.computeIfAbsent(Objects.requireNonNull(files.get(name)), _ -> new ArrayList<>())
                            .add(
                                    new InvalidValue.Violation(
                                            "after[" + i + "]",
                                            unknown,
                                            "a pipeline of the files that were read; this one waits for it, and is never started"));
                }
            }
        });
        return never;
    }

    /** @param way from the pipeline that is looked for, to which that back to it is added */
    private boolean leadsBack(String name, List<String> way) {
        if (way.contains(name)) {
            boolean back = name.equals(way.getFirst());
            way.add(name);
            return back;
        }
        way.add(name);
        for (String before : after.getOrDefault(name, List.of())) {
            List<String> longer = new ArrayList<>(way);
            if (leadsBack(before, longer)) {
                way.clear();
                way.addAll(longer);
                return true;
            }
        }
        return false;
    }

    /** @param whose how whoever fills something is called after its name */
    private List<InvalidValue.Violation> of(String whose, Pipeline pipeline) {
        List<InvalidValue.Violation> taken = new ArrayList<>();
        pipeline.allEndpoints().forEach((name, endpoint) -> {
            String field = pipeline.place(name) + ".destination.";
            switch (endpoint.destination()) {
                case Destination.Table table -> {
                    boolean replacesWhole = table.write() == Write.REPLACE && endpoint.day() == null;
                    add(new Writer("endpoint " + name + whose, table.table(), false, replacesWhole), field, taken);
                }
                case Destination.Bucket bucket -> add("endpoint " + name + whose, bucket, field, taken);
            }
        });
        pipeline.models().forEach((name, model) -> {
            Writer writer =
                    new Writer("model " + name + whose, model.destination().table(), true, false);
            add(writer, "models." + name + ".destination.", taken);
        });
        pipeline.exports()
                .forEach((name, export) -> add(
                        "export " + name + whose,
                        export.destination().published(),
                        "exports." + name + ".destination.",
                        taken));
        return taken;
    }

    private void add(Writer writer, String field, List<InvalidValue.Violation> taken) {
        Writer other = tables.putIfAbsent(names.key(writer.table()), writer);
        if (other == null) {
            return;
        }
        boolean model = writer.model() || other.model();
        if (model || writer.replacesWhole() || other.replacesWhole()) {
            String same = other.table().equals(writer.table())
                    ? "it"
                    : other.table() + ", which is the same table in " + warehouse + ",";
            taken.add(new InvalidValue.Violation(
                    field + "table",
                    writer.table(),
                    "a table of its own: " + other.who() + " writes to " + same + " too"
                            + (model ? "" : ", and one of them replaces it as a whole")));
        }
    }

    private void add(String who, Destination.Bucket bucket, String field, List<InvalidValue.Violation> taken) {
        for (Map.Entry<String, Destination.Bucket> present : buckets.entrySet()) {
            if (overlap(bucket, present.getValue())) {
                taken.add(new InvalidValue.Violation(
                        field + "key",
                        bucket.key(),
                        "a key of its own: " + present.getKey() + " publishes to "
                                + present.getValue().key() + " in the bucket"));
            }
        }
        Destination.@Nullable Bucket _ = buckets.putIfAbsent(who, bucket);
    }

    /** Whether what is published to one could replace something of the other. */
    private static boolean overlap(Destination.Bucket one, Destination.Bucket other) {
        String a = one.key() + "/";
        String b = other.key() + "/";
        return one.bucket().equals(other.bucket()) && (a.startsWith(b) || b.startsWith(a));
    }
}
