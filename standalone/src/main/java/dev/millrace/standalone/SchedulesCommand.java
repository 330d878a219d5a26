package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import picocli.CommandLine.Command;

@Command(
        name = "schedules",
        description = "List schedules: when endpoints are started, and tables backed up, by themselves.")
final class SchedulesCommand extends GatewayCommand {
    SchedulesCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        String answer = gateway.schedules();
        if (json()) {
            out().println(answer);
            return ExitCode.SUCCESS;
        }
        ScheduleReport.print(gateway.read(answer, Answers.Schedules.class).schedules(), width(), out(), err());
        if (session.isOwn()) {
            err().println("Nothing runs here now: schedules are followed by ./millrace start");
        }
        return ExitCode.SUCCESS;
    }
}
