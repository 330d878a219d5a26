package dev.millrace.standalone.cloud;

import dev.millrace.standalone.CloudTools;
import dev.millrace.standalone.CommandEnvironment;
import dev.millrace.standalone.ExitCode;
import dev.millrace.standalone.TextTable;
import dev.millrace.standalone.WrongCallException;
import dev.millrace.standalone.cloud.verify.Result;
import dev.millrace.standalone.cloud.verify.Target;
import dev.millrace.standalone.cloud.verify.Verification;
import dev.millrace.standalone.process.Home;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import io.micronaut.serde.annotation.Serdeable;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(name = "verify-cloud", description = CloudTools.VERIFY_CLOUD)
final class VerifyCloudCommand implements Callable<Integer> {
    private static final double MILLION = 1e6;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(names = "--project", required = true, paramLabel = "PROJECT", description = "In which jobs run.")
    private String project = "";

    @Option(
            names = "--dataset",
            required = true,
            paramLabel = "NAME",
            description = "What the names of the datasets begin with that are made, and deleted at the end.")
    private String dataset = "";

    @Option(
            names = "--bucket",
            required = true,
            paramLabel = "BUCKET",
            description =
                    "That is there; objects are made below millrace-verify/ and, of backups, NAME_verify_…, and deleted at the"
                            + " end.")
    private String bucket = "";

    @Option(names = "--location", defaultValue = "US", description = "Of jobs and datasets; default: ${DEFAULT-VALUE}.")
    private String location = "";

    @Option(
            names = "--policy-tag",
            paramLabel = "NAME",
            description = "projects/…/policyTags/…, to see that it outlives a replace.")
    private @Nullable String policyTag;

    @Option(
            names = "--secret",
            paramLabel = "NAME[@VERSION]",
            description = "Of Secret Manager, to see that it can be read; its value is shown nowhere.")
    private @Nullable String secret;

    @Option(names = "--only", split = ",", paramLabel = "CHECK", description = "Some of the checks, with commas.")
    private List<String> only = List.of();

    @Option(
            names = "--every",
            paramLabel = "N",
            defaultValue = "1",
            description = "Of the calls at which lost-answers and kills let something go wrong, only each Nth.")
    private int every;

    @Option(
            names = "--storage-host",
            paramLabel = "URL",
            description = "Of Cloud Storage; one with http is an emulator, and gets no credentials.")
    private URI storage = Target.STORAGE;

    @Option(names = "--bigquery-host", paramLabel = "URL", description = "Of BigQuery; the same.")
    private URI bigquery = Target.BIGQUERY;

    @Option(names = "--secret-manager-host", paramLabel = "URL", description = "Of Secret Manager, by gRPC; the same.")
    private URI secretManager = Target.SECRET_MANAGER;

    @Option(names = "--json", description = "Print one JSON document.")
    private boolean json;

    private final CommandEnvironment environment;

    VerifyCloudCommand(CommandEnvironment environment) {
        this.environment = environment;
    }

    /** What {@code --json} prints. */
    @Serdeable
    record Verified(boolean passed, List<Result> checks, long jobs, long bytesBilled) {}

    @Override
    @SuppressWarnings("try") // the lock is only to be held
    public Integer call() throws IOException, InterruptedException {
        environment.logToFile();
        Home home = new Home(environment.home().root().resolve("verify-cloud"));
        Optional<Home.Lock> lock = home.lock();
        if (lock.isEmpty()) {
            throw new WrongCallException("another verify-cloud runs in " + home.root());
        }
        try (Home.Lock held = lock.get()) {
            Verification verification = verification(home);
            home.clear();
            Verification.Summary summary = verification.run(this::print);
            say(String.format(
                    Locale.ROOT,
                    "%,d checks, %,d failed; %,d jobs of BigQuery, %,.1f MB billed",
                    summary.results().size(),
                    summary.results().stream()
                            .filter(result -> !result.passed())
                            .count(),
                    summary.jobs(),
                    summary.bytesBilled() / MILLION));
            if (!summary.passed()) {
                say("What the services had to say is in " + home.root().resolve("logs"));
            }
            if (json) {
                out().println(ObjectMapper.getDefault()
                        .writeValueAsString(new Verified(
                                summary.passed(), summary.results(), summary.jobs(), summary.bytesBilled())));
            }
            return summary.passed() ? ExitCode.SUCCESS : ExitCode.FAILED;
        } finally {
            out().flush();
        }
    }

    private Verification verification(Home home) {
        try {
            Target target =
                    new Target(project, location, dataset, bucket, storage, bigquery, secretManager, policyTag, secret);
            Set<String> names = new LinkedHashSet<>(only);
            return new Verification(target, home, names, every, this::say);
        } catch (IllegalArgumentException e) {
            throw new WrongCallException(String.valueOf(e.getMessage()));
        }
    }

    private void print(Result result) {
        say(String.format(
                Locale.ROOT,
                "%s  %s: %s (%.1f s): %s",
                result.passed() ? "pass" : "FAIL",
                result.check(),
                result.what(),
                result.millis() / 1000.0,
                TextTable.printable(result.seen())));
    }

    private void say(String line) {
        if (!json) {
            out().println(line);
            out().flush();
        }
    }

    private PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
