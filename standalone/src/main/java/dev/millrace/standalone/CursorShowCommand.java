package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "show", description = "Show where the next runs of a pipeline's endpoints begin, or of one endpoint.")
final class CursorShowCommand extends GatewayCommand {
    @Parameters(index = "0", paramLabel = "PIPELINE", description = "Name of the pipeline.")
    private String pipeline = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "ENDPOINT",
            description = "Name of the endpoint; default: all.")
    private @Nullable String endpoint;

    CursorShowCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        String answer = gateway.cursors(pipeline);
        List<Answers.Cursor> cursors = gateway.read(answer, Answers.Cursors.class).cursors().stream()
                .filter(cursor -> endpoint == null || cursor.endpoint().equals(endpoint))
                .toList();
        if (endpoint != null && cursors.isEmpty()) {
            throw new WrongCallException("endpoint " + pipeline + "/" + endpoint + " has no cursor");
        }
        if (json()) {
            out().println(answer);
        } else {
            CursorTable.print(pipeline, cursors, width(), out());
        }
        return ExitCode.SUCCESS;
    }
}
