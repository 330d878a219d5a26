package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import io.micronaut.core.annotation.Nullable;
import java.time.LocalDate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "discover",
        description = "Look at the first records of an endpoint, and propose its schema, to be pasted into the file.")
final class DiscoverCommand extends GatewayCommand {
    @Parameters(index = "0", paramLabel = "PIPELINE", description = "Name of the pipeline.")
    private String pipeline = "";

    @Parameters(index = "1", paramLabel = "ENDPOINT", description = "Name of the endpoint, which needs no schema yet.")
    private String endpoint = "";

    @Option(
            names = "--records",
            defaultValue = "1000",
            description = "How many are looked at, at most 1000; default: ${DEFAULT-VALUE}.")
    private int records;

    @Option(
            names = "--day",
            paramLabel = "YYYY-MM-DD",
            description = "The day, for an endpoint that loads days; default: today in UTC.")
    private @Nullable LocalDate day;

    DiscoverCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        String answer = gateway.discover(pipeline, endpoint, day, records);
        if (json()) {
            out().println(answer);
        } else {
            SchemaLines.of(gateway.read(answer, Answers.Discovery.class)).forEach(out()::println);
        }
        return ExitCode.SUCCESS;
    }
}
