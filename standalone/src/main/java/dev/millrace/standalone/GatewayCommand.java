package dev.millrace.standalone;

import dev.millrace.standalone.client.GatewayClient;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
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

    private final Surroundings surroundings;

    GatewayCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public final Integer call() throws Exception {
        surroundings.logToFile();
        try (Session session = Session.open(surroundings.settings(0, false))) {
            return call(session.gateway());
        } finally {
            out().flush();
        }
    }

    /** @return the exit code */
    abstract int call(GatewayClient gateway) throws InterruptedException;

    boolean json() {
        return json;
    }

    Surroundings surroundings() {
        return surroundings;
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    PrintWriter err() {
        return spec.commandLine().getErr();
    }
}
