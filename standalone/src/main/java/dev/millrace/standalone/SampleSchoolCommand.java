package dev.millrace.standalone;

import dev.millrace.standalone.sample.SampleSchool;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "sample-school",
        description = "Keep the stand-in for a school's API running, with its credentials among this home's secrets.")
final class SampleSchoolCommand implements Callable<Integer> {
    static final String SECRET = "isams_api_credentials";

    /** Short enough to be seen in the middle of a run. */
    static final Duration TOKEN_LIFETIME = Duration.ofSeconds(2);

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private final Surroundings surroundings;

    SampleSchoolCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        try (SampleSchool school = new SampleSchool(InstantSource.system(), TOKEN_LIFETIME)) {
            surroundings.home().secret(SECRET, school.credentials());
            spec.commandLine()
                    .getOut()
                    .println("The sample school answers at " + school.url()
                            + "; ./millrace run isams reads it. Ctrl-C ends it");
            spec.commandLine().getOut().flush();
            new CountDownLatch(1).await(); // until a signal interrupts this thread
        }
        return ExitCode.SUCCESS;
    }
}
