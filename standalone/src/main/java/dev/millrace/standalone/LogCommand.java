package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.task.Heartbeat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "log", description = "Show the log of a run.")
final class LogCommand extends GatewayCommand {
    @Parameters(paramLabel = "RUN", description = "Id of the run.")
    private String id = "";

    @Option(
            names = "--level",
            defaultValue = "DEBUG",
            description = "Only lines of this level and those above: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private Heartbeat.Level level = Heartbeat.Level.DEBUG;

    LogCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        String answer = gateway.log(id, level);
        if (json()) {
            out().println(answer);
            return ExitCode.SUCCESS;
        }
        for (Heartbeat.LogLine line : gateway.read(answer, Answers.Log.class).lines()) {
            out().println(line.time() + " " + line.level() + " " + TextTable.printable(line.message()));
        }
        return ExitCode.SUCCESS;
    }
}
