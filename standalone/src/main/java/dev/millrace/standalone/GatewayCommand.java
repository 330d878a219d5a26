package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import dev.millrace.task.Heartbeat;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A call of the gateway: text for people, or one JSON document. */
abstract class GatewayCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "--json", description = "Print one JSON document, the gateway's answer.")
    private boolean json;

    @Mixin
    private final RemoteGateway remote = new RemoteGateway();

    private final CommandEnvironment environment;

    GatewayCommand(CommandEnvironment environment) {
        this.environment = environment;
    }

    @Override
    public final Integer call() throws InterruptedException {
        environment.logToFile();
        try (Session session = open()) {
            return call(session);
        } finally {
            out().flush();
        }
    }

    private Session open() throws InterruptedException {
        Optional<Session> elsewhere = remote.open();
        return elsewhere.isPresent() ? elsewhere.get() : Session.open(environment.settings(0, false), err());
    }

    /** @return the exit code */
    abstract int call(Session session) throws InterruptedException;

    /** Shows how runs get on until all of them have ended, or until Ctrl-C, which they survive. */
    final List<Run> watch(Session session, RunWatch.Question<List<Run>> look) throws InterruptedException {
        try {
            return RunWatch.untilEnded(look, Progress.on(environment, json, out(), err()), session::mayReturn);
        } catch (InterruptedException e) {
            err().println(
                            session.isOwn()
                                    ? "Stopped. What has not ended is kept, and goes on as soon as ./millrace start or run is called"
                                    : "The installation goes on with it: ./millrace runs shows how it ends");
            throw e;
        }
    }

    /**
     * Says what became of runs, and what those that succeeded warn of.
     *
     * @return the exit code: 0 when all succeeded, else 1
     */
    final int report(Session session, List<Run> runs) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        Map<String, List<Heartbeat.LogLine>> warnings = new HashMap<>();
        for (Run run : runs) {
            if (run.state() == Run.State.SUCCEEDED) {
                warnings.put(
                        run.id(),
                        RunWatch.patiently(
                                () -> gateway.read(gateway.log(run.id(), Heartbeat.Level.WARN), Answers.Log.class)
                                        .lines(),
                                session::mayReturn));
            }
        }
        return RunReport.print(runs, warnings, width(), out(), err());
    }

    /** Of a list. */
    static int atLeastOne(int limit) {
        if (limit < 1) {
            throw new WrongCallException("--limit: " + limit + " (expected: at least 1)");
        }
        return limit;
    }

    /** Characters of a line of a table. */
    int width() {
        return environment.width();
    }

    boolean json() {
        return json;
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }
}
