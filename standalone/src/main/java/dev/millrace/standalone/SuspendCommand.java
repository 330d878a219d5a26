package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "suspend",
        description = "Start an endpoint, or backup of a table, no longer on schedule, until it is resumed.")
final class SuspendCommand extends GatewayCommand {
    @Parameters(index = "0", paramLabel = "PIPELINE", description = "Name of the pipeline.")
    private String pipeline = "";

    @Parameters(
            index = "1",
            paramLabel = "ENDPOINT",
            description = "Name of the endpoint, or of the table that is backed up.")
    private String endpoint = "";

    SuspendCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        String answer = gateway.suspend(pipeline, endpoint);
        if (json()) {
            out().println(answer);
        } else {
            ScheduleReport.print(List.of(gateway.read(answer, Answers.Schedule.class)), width(), out(), err());
        }
        return ExitCode.SUCCESS;
    }
}
