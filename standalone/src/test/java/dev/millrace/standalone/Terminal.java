package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.OneProcess;
import dev.millrace.standalone.process.Settings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;

/** Calls the command line in this process, as if from a folder in which its home is as well. */
final class Terminal {
    /** A module's tests run in its folder. */
    static final Path ROOT = Objects.requireNonNull(Path.of("").toAbsolutePath().getParent());

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path folder;

    Terminal(Path folder) {
        this.folder = folder;
    }

    Home home() {
        return new Home(folder.resolve("home"));
    }

    /** Starts the services of the home, which each call would else start for itself. */
    Services services() {
        Home.Lock lock = home().lock().orElseThrow();
        return new Services(
                lock, OneProcess.start(new Settings(home(), List.of(folder.resolve("pipelines")), 0, true, null)));
    }

    /** Services that run in this process. */
    record Services(Home.Lock lock, OneProcess process) implements AutoCloseable {
        URI gateway() {
            return process.gateway();
        }

        @Override
        public void close() {
            process.close();
            lock.close();
        }
    }

    /** Returns when the call has ended. */
    Call call(String... arguments) throws InterruptedException {
        Call call = begin(arguments);
        call.exitCode();
        return call;
    }

    /** Returns at once. */
    Call begin(String... arguments) {
        return new Call(arguments);
    }

    /** A call in a thread of its own, which Ctrl-C interrupts. */
    final class Call {
        private final StringWriter out = new StringWriter();
        private final StringWriter err = new StringWriter();
        private final Thread thread;
        private volatile int exitCode;

        private Call(String... arguments) {
            CommandLine commandLine = Main.commandLine(new CommandEnvironment(home(), folder, ROOT, false));
            commandLine.setOut(new PrintWriter(out, true));
            commandLine.setErr(new PrintWriter(err, true));
            thread = Thread.ofPlatform().daemon().start(() -> exitCode = commandLine.execute(arguments));
        }

        /** When the call has ended. */
        int exitCode() throws InterruptedException {
            assertThat(thread.join(PATIENCE)).as("ended: %s %s", out, err).isTrue();
            return exitCode;
        }

        void interrupt() {
            thread.interrupt();
        }

        /** What it has printed so far. */
        String out() {
            return out.toString();
        }

        /** What it has printed on standard error so far. */
        String err() {
            return err.toString();
        }
    }
}
