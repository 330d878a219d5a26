package dev.millrace.standalone;

import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.sample.SampleEvents;
import dev.millrace.standalone.sample.SampleSchool;
import dev.millrace.standalone.sample.SampleStatistics;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "sample-apis",
        description = "Keep the stand-ins for the sources of three examples running, with their addresses and"
                + " credentials among this home's secrets.")
final class SampleApisCommand implements Callable<Integer> {
    static final String SCHOOL_SECRET = "isams_api_credentials";
    static final String EVENTS_SECRET = "event_api";
    static final String STATISTICS_SECRET = "weekly_deaths_page";

    /** Short enough to be seen in the middle of a run. */
    static final Duration TOKEN_LIFETIME = Duration.ofSeconds(2);

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private final CommandEnvironment environment;

    SampleApisCommand(CommandEnvironment environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        try (SampleSchool school = new SampleSchool(InstantSource.system(), TOKEN_LIFETIME);
                SampleEvents events = new SampleEvents(InstantSource.system());
                SampleStatistics statistics = new SampleStatistics()) {
            Home home = environment.home();
            home.secret(SCHOOL_SECRET, school.credentials());
            home.secret(EVENTS_SECRET, events.credentials());
            home.secret(STATISTICS_SECRET, statistics.url());
            out.println("The sample school answers at " + school.url() + "; ./millrace run isams reads it");
            out.println("The sample event API answers at " + events.url() + "; ./millrace run events reads it");
            out.println("The page with sample workbooks is " + statistics.url()
                    + "; ./millrace run weekly-deaths reads them");
            out.println("Ctrl-C ends all");
            out.flush();
            new CountDownLatch(1).await(); // until a signal interrupts this thread
        }
        return ExitCode.SUCCESS;
    }
}
