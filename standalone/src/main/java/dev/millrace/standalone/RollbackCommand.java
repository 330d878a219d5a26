package dev.millrace.standalone;

import dev.millrace.standalone.client.Run;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(name = "rollback", description = "Bring back what the table and cursor of a run were before it.")
final class RollbackCommand extends GatewayCommand {
    @Parameters(paramLabel = "RUN", description = "Id of the run.")
    private String id = "";

    RollbackCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        String answer = session.gateway().rollBack(id);
        if (json()) {
            out().println(answer);
        } else {
            Run run = session.gateway().read(answer, Run.class);
            out().println(run.name() + " " + RunReport.state(run) + ": " + run.table()
                    + " is as it was before the run");
        }
        return ExitCode.SUCCESS;
    }
}
