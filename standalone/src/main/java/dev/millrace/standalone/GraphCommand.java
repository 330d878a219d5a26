package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "graph", description = "Show what a pipeline runs after what: endpoints, models and exports.")
final class GraphCommand extends GatewayCommand {
    @Parameters(paramLabel = "PIPELINE", description = "The pipeline.")
    private String pipeline = "";

    GraphCommand(CommandEnvironment environment) {
        super(environment);
    }

    /**
     * A table or file.
     *
     * @param text for people
     * @param after what it is made after
     */
    private record Node(String text, List<String> after) {}

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        String answer = gateway.pipeline(pipeline);
        if (json()) {
            out().println(answer);
            return ExitCode.SUCCESS;
        }
        Answers.Pipeline shown = gateway.read(answer, Answers.Pipeline.class);
        lines(shown).forEach(out()::println);
        out().flush();
        if (!shown.afterUnknown().isEmpty()) {
            err().println("Warning: there is no pipeline " + String.join(", ", shown.afterUnknown()) + ": " + pipeline
                    + " waits for it, and is not started by itself");
        }
        return ExitCode.SUCCESS;
    }

    /** A tree of what follows from each endpoint, and of what follows from nothing. */
    static List<String> lines(Answers.Pipeline pipeline) {
        Map<String, Node> nodes = new LinkedHashMap<>();
        pipeline.endpoints()
                .forEach(endpoint -> nodes.put(
                        endpoint.name(),
                        new Node(
                                text(endpoint.name(), "endpoint", place(endpoint)),
                                endpoint.recordsOf() == null ? List.of() : List.of(endpoint.recordsOf()))));
        pipeline.models()
                .forEach(model ->
                        nodes.put(model.name(), new Node(text(model.name(), "model", model.table()), model.after())));
        pipeline.exports()
                .forEach(export -> nodes.put(
                        export.name(), new Node(text(export.name(), "export", export.file()), export.after())));
        List<String> lines = new ArrayList<>();
        lines.add(pipeline.name()
                + (pipeline.after().isEmpty() ? "" : ", after " + String.join(" and ", pipeline.after())));
        List<String> roots = nodes.entrySet().stream()
                .filter(node -> node.getValue().after().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
        print(roots, nodes, "", new HashSet<>(), lines);
        return lines;
    }

    private static @Nullable String place(Answers.Endpoint endpoint) {
        return endpoint.table() == null ? endpoint.bucket() : endpoint.table();
    }

    private static String text(String name, String kind, @Nullable String place) {
        return name + " (" + kind + " of " + place + ")";
    }

    /** @param shown those whose followers have been printed; they stand there once */
    private static void print(
            List<String> names, Map<String, Node> nodes, String indent, Set<String> shown, List<String> lines) {
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            boolean last = i == names.size() - 1;
            List<String> following = following(name, nodes);
            boolean again = !shown.add(name) && !following.isEmpty();
            lines.add(indent
                    + (last ? "└─ " : "├─ ")
                    + Objects.requireNonNull(nodes.get(name)).text()
                    + (again ? ", see above" : ""));
            if (!again) {
                print(following, nodes, indent + (last ? "   " : "│  "), shown, lines);
            }
        }
    }

    /** What comes after it, but for what comes after something else that does. */
    private static List<String> following(String name, Map<String, Node> nodes) {
        List<String> following = nodes.entrySet().stream()
                .filter(node -> node.getValue().after().contains(name))
                .map(Map.Entry::getKey)
                .toList();
        return following.stream()
                .filter(one -> following.stream().noneMatch(between -> isAfter(one, between, nodes)))
                .toList();
    }

    private static boolean isAfter(String name, String before, Map<String, Node> nodes) {
        List<String> after = Objects.requireNonNull(nodes.get(name)).after();
        return after.contains(before) || after.stream().anyMatch(each -> isAfter(each, before, nodes));
    }
}
