package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.json.tree.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "insights", description = "Ask a named query of the files insights/NAME.sql, or list them.")
final class InsightsCommand extends GatewayCommand {
    @Parameters(arity = "0..1", paramLabel = "NAME", description = "One insight; all are listed without any.")
    private @Nullable String name;

    @Option(names = "--limit", defaultValue = "100", description = "Of rows; default: ${DEFAULT-VALUE}.")
    private int limit;

    @Option(
            names = {"-p", "--parameter"},
            paramLabel = "NAME=VALUE",
            description = "One of its parameters; may be repeated.")
    private Map<String, String> parameters = new LinkedHashMap<>();

    InsightsCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        String answer = name == null ? gateway.insights() : gateway.insight(name, limit, parameters);
        if (json()) {
            out().println(answer);
        } else if (name == null) {
            list(gateway.read(answer, Answers.Insights.class));
        } else {
            JsonNode rows = gateway.read(answer, JsonNode.class);
            QueryTable.of(rows).lines(width()).forEach(out()::println);
            if (rows.get("truncated").getBooleanValue()) {
                out().println("(more rows than --limit " + limit + ")");
            }
        }
        return ExitCode.SUCCESS;
    }

    private void list(Answers.Insights insights) {
        TextTable table = new TextTable(TextTable.id("NAME"), TextTable.text("TITLE"), TextTable.text("PARAMETERS"));
        for (Answers.Insight insight : insights.insights()) {
            List<String> parameters = new ArrayList<>();
            insight.parameters()
                    .forEach(parameter -> parameters.add(parameter.name() + " " + parameter.type()
                            + (parameter.fallback() == null ? "" : " = " + parameter.fallback())));
            table.row(insight.name(), insight.title(), String.join(", ", parameters));
        }
        table.lines(width()).forEach(out()::println);
        insights.invalid()
                .forEach(invalid -> invalid.errors().forEach(error -> err().println(FieldErrors.line(error))));
    }
}
