package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import io.micronaut.core.annotation.Nullable;
import java.time.LocalDate;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "run", description = "Run a pipeline, or some of its endpoints, and wait for the end.")
final class RunCommand extends GatewayCommand {
    @Parameters(index = "0", paramLabel = "PIPELINE", description = "Name of the pipeline.")
    private String pipeline = "";

    @Parameters(index = "1..*", paramLabel = "ENDPOINT", description = "Endpoints; all when none is named.")
    private List<String> endpoints = List.of();

    @Option(
            names = "--day",
            paramLabel = "YYYY-MM-DD",
            description = "For endpoints that load days; default: today in UTC.")
    private @Nullable LocalDate day;

    RunCommand(Surroundings surroundings) {
        super(surroundings);
    }

    @Override
    int call(GatewayClient gateway) throws InterruptedException {
        String batch = gateway.read(gateway.start(pipeline, endpoints, day), Answers.Batch.class)
                .batch();
        List<Run> runs;
        try (Progress progress = Progress.on(surroundings(), json(), out())) {
            runs = new RunWatch(gateway).batches(List.of(batch), progress);
        }
        if (json()) {
            out().println(gateway.batch(batch));
            return RunReport.exitCode(runs);
        }
        return RunReport.print(runs, out(), err());
    }
}
