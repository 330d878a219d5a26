package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "set", description = "Set where the next run of an endpoint begins.")
final class CursorSetCommand extends GatewayCommand {
    @Parameters(index = "0", paramLabel = "PIPELINE", description = "Name of the pipeline.")
    private String pipeline = "";

    @Parameters(index = "1", paramLabel = "ENDPOINT", description = "Name of the endpoint.")
    private String endpoint = "";

    @Parameters(
            index = "2",
            arity = "0..1",
            paramLabel = "VALUE",
            description = "As the source writes it; rows with it are read again.")
    private @Nullable String value;

    @Option(names = "--none", description = "In place of a value: the next run reads everything.")
    private boolean none;

    CursorSetCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        if (none == (value != null)) {
            throw new WrongCallException("either a value or --none (found: " + (none ? "both" : "neither") + ")");
        }
        GatewayClient gateway = session.gateway();
        String answer = gateway.setCursor(pipeline, endpoint, value);
        if (json()) {
            out().println(answer);
        } else {
            CursorTable.print(pipeline, List.of(gateway.read(answer, Answers.Cursor.class)), width(), out());
        }
        return ExitCode.SUCCESS;
    }
}
