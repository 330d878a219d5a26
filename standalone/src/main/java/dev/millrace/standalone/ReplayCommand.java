package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "replay",
        description = "Load corrected records in the place of those that a run has rejected, and wait for the end.")
final class ReplayCommand extends GatewayCommand {
    @Parameters(index = "0", paramLabel = "RUN", description = "Id of the run that has rejected records.")
    private String id = "";

    @Parameters(
            index = "1",
            paramLabel = "FILE",
            description =
                    "The records: JSON objects, one per line, in a file NAME.ndjson or NAME.jsonl; in any other file in"
                            + " the form of the endpoint's source.")
    private Path file = Path.of("");

    ReplayCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        String name = file.toString();
        boolean lines = name.endsWith(".ndjson") || name.endsWith(".jsonl");
        Answers.Batch started = gateway.read(gateway.replay(id, bytes(), lines), Answers.Batch.class);
        List<Run> runs = watch(
                session,
                () -> gateway.read(gateway.batch(started.batch()), Answers.Batch.class)
                        .runs());
        if (json()) {
            out().println(RunWatch.patiently(() -> gateway.batch(started.batch()), session::mayReturn));
            return RunReport.exitCode(runs);
        }
        return report(session, runs);
    }

    private byte[] bytes() {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new WrongCallException(file + ": no such file (expected: one with the corrected records)");
        } catch (IOException e) {
            throw new WrongCallException(file + " can't be read: " + e.getMessage());
        }
    }
}
