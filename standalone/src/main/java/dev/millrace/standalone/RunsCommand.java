package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import io.micronaut.core.annotation.Nullable;
import java.util.Arrays;
import java.util.Iterator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(name = "runs", description = "List runs, the latest first.")
final class RunsCommand extends GatewayCommand {
    @Option(names = "--limit", defaultValue = "20", description = "How many; default: ${DEFAULT-VALUE}.")
    private int limit;

    @Option(names = "--pipeline", paramLabel = "PIPELINE", description = "Only runs of this pipeline.")
    private @Nullable String pipeline;

    @Option(
            names = "--state",
            paramLabel = "STATE",
            completionCandidates = KnownStates.class,
            description = "Only runs in this state: ${COMPLETION-CANDIDATES}.")
    private Run.@Nullable State state;

    /** Those that a gateway can be asked for. */
    static final class KnownStates implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(Run.State.values())
                    .filter(one -> one != Run.State.UNKNOWN)
                    .map(Enum::name)
                    .iterator();
        }
    }

    RunsCommand(CommandEnvironment environment) {
        super(environment);
    }

    @Override
    int call(Session session) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        String answer = gateway.runs(pipeline, state, atLeastOne(limit));
        if (json()) {
            out().println(answer);
            return ExitCode.SUCCESS;
        }
        TextTable table = new TextTable(
                TextTable.id("RUN"),
                TextTable.text("ENDPOINT"),
                TextTable.text("STATE"),
                TextTable.number("LOADED"),
                TextTable.number("REJECTED"));
        for (Run run : gateway.read(answer, Answers.Runs.class).runs()) {
            table.row(
                    run.id(),
                    run.name(),
                    RunReport.outcome(run),
                    RunReport.count(run.rowsLoaded()),
                    RunReport.count(run.rowsRejected()));
        }
        table.lines(width()).forEach(out()::println);
        return ExitCode.SUCCESS;
    }
}
