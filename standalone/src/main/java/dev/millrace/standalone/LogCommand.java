package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.task.Heartbeat;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "log", description = "Show the log of a run.")
final class LogCommand extends GatewayCommand {
    @Parameters(paramLabel = "RUN", description = "Id of the run.")
    private String id = "";

    LogCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int call(GatewayClient gateway) {
        if (json()) {
            out().println(gateway.log(id, 0));
            return ExitCode.SUCCESS;
        }
        Long after = 0L;
        while (after != null) {
            Answers.Log page = gateway.read(gateway.log(id, after), Answers.Log.class);
            for (Heartbeat.LogLine line : page.lines()) {
                out().println(line.time() + " " + line.level() + " " + TextTable.printable(line.message()));
            }
            after = page.next();
        }
        return ExitCode.SUCCESS;
    }
}
