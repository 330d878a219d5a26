package dev.millrace.pipeline;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The check that models can run one after the other. */
final class ModelOrder {
    private final Checks checks;
    private final Map<String, Model> models;
    private final Set<String> settled = new HashSet<>();
    private final List<String> way = new ArrayList<>();

    private ModelOrder(Checks checks, Map<String, Model> models) {
        this.checks = checks;
        this.models = models;
    }

    static void check(Checks checks, Set<String> endpoints, Map<String, Model> models) {
        Set<String> known = new TreeSet<>(endpoints);
        known.addAll(models.keySet());
        ModelOrder order = new ModelOrder(checks, models);
        models.forEach((name, model) -> {
            checks.that(
                    !endpoints.contains(name), "models." + name, name, "a name of its own: an endpoint is called that");
            for (int i = 0; i < model.after().size(); i++) {
                String after = model.after().get(i);
                checks.that(
                        known.contains(after),
                        "models." + name + ".after[" + i + "]",
                        after,
                        Names.expected(after, known));
            }
            order.follow(name);
        });
    }

    /** Reports a circle once, at the model of it that comes first in the file. */
    private void follow(String name) {
        int seen = way.indexOf(name);
        if (seen >= 0) {
            List<String> circle = new ArrayList<>(way.subList(seen, way.size()));
            circle.add(name);
            checks.that(
                    false,
                    "models." + name + ".after",
                    String.join(" after ", circle),
                    "models that don't run after themselves");
            return;
        }
        if (settled.contains(name) || !models.containsKey(name)) {
            return;
        }
        way.add(name);
        models.get(name).after().forEach(this::follow);
        way.removeLast();
        settled.add(name);
    }
}
