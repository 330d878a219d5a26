package dev.millrace.pipeline;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** The check that models and exports can run one after the other. */
final class DerivedOrder {
    private final Checks checks;
    private final Pipeline pipeline;
    private final Map<String, List<String>> after;
    private final Set<String> settled = new HashSet<>();
    private final List<String> way = new ArrayList<>();

    private DerivedOrder(Checks checks, Pipeline pipeline) {
        this.checks = checks;
        this.pipeline = pipeline;
        this.after = pipeline.derived();
    }

    static void check(Checks checks, Pipeline pipeline) {
        DerivedOrder order = new DerivedOrder(checks, pipeline);
        Set<String> tables = new TreeSet<>(pipeline.allEndpoints().keySet());
        pipeline.models()
                .keySet()
                .forEach(model -> checks.that(
                        !tables.contains(model),
                        "models." + model,
                        model,
                        "a name of its own: an endpoint is called that"));
        tables.addAll(pipeline.models().keySet());
        Set<String> all = new TreeSet<>(tables);
        all.addAll(pipeline.exports().keySet());
        pipeline.models().forEach((name, model) -> order.look("models." + name, name, model.after(), tables));
        pipeline.exports().forEach((name, export) -> {
            if (tables.contains(name)) {
                checks.that(false, "exports." + name, name, "a name of its own: an endpoint or model is called that");
                return;
            }
            order.look("exports." + name, name, Objects.requireNonNullElse(export.after(), List.of()), all);
        });
    }

    /** @param known what it may come after */
    private void look(String place, String name, List<String> before, Set<String> known) {
        for (int i = 0; i < before.size(); i++) {
            checks.that(
                    known.contains(before.get(i)),
                    place + ".after[" + i + "]",
                    before.get(i),
                    Names.expected(before.get(i), known));
        }
        follow(name);
    }

    /** Reports a circle once, at the one of it that comes first in the file. */
    private void follow(String name) {
        int seen = way.indexOf(name);
        if (seen >= 0) {
            List<String> circle = new ArrayList<>(way.subList(seen, way.size()));
            circle.add(name);
            String kind = pipeline.models().containsKey(name) ? "models" : "exports";
            checks.that(
                    false,
                    kind + "." + name + ".after",
                    String.join(" after ", circle),
                    kind + " that don't run after themselves");
            return;
        }
        List<String> before = after.get(name);
        if (settled.contains(name) || before == null) {
            return;
        }
        way.add(name);
        before.forEach(this::follow);
        way.removeLast();
        settled.add(name);
    }
}
