package dev.millrace.standalone;

import dev.millrace.pipeline.RunWindow;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import io.micronaut.core.annotation.Nullable;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "check", description = "Try step by step whether a pipeline finds what it needs. Nothing is loaded.")
final class CheckCommand extends GatewayCommand {
    @Parameters(index = "0", paramLabel = "PIPELINE", description = "Name of the pipeline.")
    private String pipeline = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "ENDPOINT", description = "One endpoint; default: all.")
    private @Nullable String endpoint;

    @Option(
            names = "--day",
            paramLabel = "YYYY-MM-DD",
            description = "The day, for endpoints that load days; default: today.")
    private @Nullable RunWindow day;

    CheckCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        String answer = gateway.check(pipeline, endpoint, day);
        Answers.Check check = gateway.read(answer, Answers.Check.class);
        if (json()) {
            out().println(answer);
        } else {
            print(check);
        }
        return check.passed() ? ExitCode.SUCCESS : ExitCode.FAILED;
    }

    private void print(Answers.Check check) {
        if (check.warning() != null) {
            err().println("Warning: " + check.warning());
        }
        for (Answers.CheckStep step : check.steps()) {
            String name = step.endpoint() == null ? step.step() : step.endpoint() + " " + step.step();
            out().printf(
                            Locale.ROOT,
                            "%-6s  %-20s  %6d ms  %s%n",
                            step.passed() ? "ok" : "FAILED",
                            name,
                            step.millis(),
                            TextTable.printable(step.seen()));
        }
    }
}
