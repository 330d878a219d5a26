package dev.millrace.standalone;

import dev.millrace.pipeline.RunWindow;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "discover",
        description = {
            "Look at the first records of an endpoint, and propose its schema, to be pasted into the file.",
            "Without an endpoint: list the tables of a database; with --tables, propose an endpoint for each."
        })
final class DiscoverCommand extends GatewayCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "PIPELINE", description = "Name of the pipeline.")
    private String pipeline = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "ENDPOINT",
            description = "Name of the endpoint, which needs no schema yet; without it, tables are listed.")
    private @Nullable String endpoint;

    @Option(
            names = "--tables",
            paramLabel = "PATTERN",
            description =
                    "Propose an endpoint for each table of such a name: * is any characters but a point, ** any at"
                            + " all.")
    private @Nullable String tables;

    @Option(names = "--except", paramLabel = "PATTERN", split = ",", description = "Names of tables that are left out.")
    private List<String> except = List.of();

    @Option(
            names = "--records",
            defaultValue = "1000",
            description = "How many are looked at, at most 1000; default: ${DEFAULT-VALUE}.")
    private int records;

    @Option(
            names = "--day",
            paramLabel = "YYYY-MM-DD",
            description = "The day, for an endpoint that loads days; default: today.")
    private @Nullable RunWindow day;

    DiscoverCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        if (endpoint != null) {
            if (tables != null || !except.isEmpty()) {
                throw new ParameterException(
                        spec.commandLine(), "--tables and --except beside an endpoint (expected: one or the other)");
            }
            String answer = gateway.discover(pipeline, endpoint, day, records);
            print(answer, () -> SchemaLines.of(gateway.read(answer, Answers.Discovery.class)));
            return ExitCode.SUCCESS;
        }
        String answer = gateway.tables(pipeline, tables, except);
        print(answer, () -> {
            List<Answers.Table> found =
                    gateway.read(answer, Answers.Tables.class).tables();
            return tables == null ? table(found).lines(width()) : SchemaLines.endpoints(pipeline, found);
        });
        return ExitCode.SUCCESS;
    }

    private interface Lines {
        List<String> lines();
    }

    private void print(String answer, Lines lines) {
        if (json()) {
            out().println(answer);
        } else {
            lines.lines().forEach(out()::println);
        }
    }

    private static TextTable table(List<Answers.Table> found) {
        TextTable table = new TextTable(
                TextTable.text("TABLE"),
                TextTable.text("KIND"),
                TextTable.number("COLUMNS"),
                TextTable.text("PRIMARY KEY"));
        found.forEach(one -> table.row(
                one.table(),
                one.view() ? "view" : "table",
                one.schema().size(),
                one.keys().isEmpty() ? "(none)" : String.join(", ", one.keys())));
        return table;
    }
}
