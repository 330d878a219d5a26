package dev.millrace.standalone;

import dev.millrace.standalone.process.FourProcesses;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.Installation;
import dev.millrace.standalone.process.OneProcess;
import dev.millrace.standalone.process.Ports;
import dev.millrace.standalone.process.Settings;
import io.micronaut.core.annotation.Nullable;
import java.io.PrintWriter;
import java.net.URI;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "start", description = "Start everything and keep it running until Ctrl-C.")
final class StartCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--port",
            defaultValue = "8080",
            description = "Of the gateway, 0: a free one; default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(names = "--separate", description = "Run each service in a process of its own.")
    private boolean separate;

    @Option(
            names = "--gcp-emulator",
            description = "Stage in Cloud Storage, load into BigQuery and read secrets from Secret Manager, all three"
                    + " emulated in this process.")
    private boolean emulated;

    private final CommandEnvironment environment;

    StartCommand(CommandEnvironment environment) {
        this.environment = environment;
    }

    @Override
    @SuppressWarnings("try") // the lock is only to be held
    public Integer call() throws InterruptedException {
        if (port < 0 || port > 65_535) {
            throw new WrongCallException("--port: " + port + " (expected: 0 to 65535)");
        }
        Home home = environment.home();
        if (Ports.isTaken(port)) {
            throw new WrongCallException(
                    "port " + port + " is in use; name another one with --port, or 0 for a free one");
        }
        try (Home.Lock held = lock(home);
                CloudTools.Emulation cloud = emulation(home);
                Installation installation =
                        start(cloud == null ? environment.settings(port, true) : environment.settings(port, cloud))) {
            if (cloud != null) {
                say("Cloud Storage and BigQuery are emulated at " + cloud.http() + ", project " + cloud.project());
            }
            home.openTo()
                    .ifPresent(mode -> say("Others on this machine may look into " + home.root() + " (" + mode
                            + "), where tables and secrets are: chmod 700 " + home.root()));
            say("Millrace is up: its console is at "
                    + installation.gateway().resolve("/console") + ", its API is described at "
                    + installation.gateway().resolve("/docs"));
            say("The token, with which api-token logs in, is in " + home.root().resolve("token")
                    + "; Ctrl-C ends Millrace");
            new CountDownLatch(1).await(); // until a signal interrupts this thread
        }
        return ExitCode.SUCCESS;
    }

    private CloudTools.@Nullable Emulation emulation(Home home) {
        return emulated
                ? CloudTools.required("start --gcp-emulator")
                        .emulate(
                                home,
                                PipelineBuckets.in(
                                        environment.settings(port, true).pipelines()))
                : null;
    }

    private Installation start(Settings settings) {
        return separate ? FourProcesses.start(settings, this::say) : OneProcess.start(settings);
    }

    private Home.Lock lock(Home home) throws InterruptedException {
        return switch (Session.claim(home, spec.commandLine().getErr())) {
            case Session.Claim.Free(Home.Lock lock) -> lock;
            case Session.Claim.Running(URI gateway) ->
                throw new WrongCallException("an installation runs in " + home.root() + " already, at " + gateway
                        + "; set MILLRACE_HOME to another folder for a second one");
        };
    }

    private synchronized void say(String line) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(line);
        out.flush();
    }
}
