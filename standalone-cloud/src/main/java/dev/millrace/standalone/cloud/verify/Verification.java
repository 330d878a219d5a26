package dev.millrace.standalone.cloud.verify;

import dev.millrace.standalone.process.Home;
import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Everything that Millrace relies on in Google Cloud, tried by running pipelines through the four services as they are.
 * What it makes has names of its own, and is deleted at the end, whatever that end is.
 */
public final class Verification {
    private final Target target;
    private final Home home;
    private final Set<String> only;
    private final int every;
    private final Consumer<String> news;

    /**
     * @param home cleared first; its logs stay
     * @param only names of checks; empty: all
     * @param every of the calls at which something can go wrong, only each of so many is tried: 1 for all
     * @param news told what else happens, a line each
     */
    public Verification(Target target, Home home, Set<String> only, int every, Consumer<String> news) {
        this.target = target;
        this.home = home;
        this.only = Set.copyOf(only);
        this.every = every;
        this.news = news;
        if (every < 1) {
            throw new IllegalArgumentException("every: " + every + " (expected: 1 or more)");
        }
        List<String> names = names();
        for (String name : only) {
            if (!names.contains(name)) {
                throw new IllegalArgumentException(
                        "check: '" + name + "' (expected: " + String.join(", ", names) + ")");
            }
        }
        if (only.contains(SecretValues.NAME) && target.secret() == null) {
            throw new IllegalArgumentException(
                    "check: '" + SecretValues.NAME + "' (expected: with it, the secret that is to be read)");
        }
    }

    private static List<Check> checks(int every) {
        return List.of(
                new Dispositions(),
                new Geographies(),
                new Tables(),
                new DryRuns(),
                new Rollbacks(),
                new Backups(),
                new Sources(),
                new Jobs(),
                new SecretValues(),
                new LostAnswers(every),
                new Kills(every));
    }

    /** Of the checks, in their order. */
    public static List<String> names() {
        return checks(1).stream().map(Check::name).toList();
    }

    /**
     * @param jobs of BigQuery that the services have made
     * @param bytesBilled for them, as BigQuery says
     */
    public record Summary(List<Result> results, long jobs, long bytesBilled) {
        public Summary {
            results = List.copyOf(results);
        }

        public boolean passed() {
            return results.stream().allMatch(Result::passed);
        }
    }

    /**
     * Runs the checks, one after the other, and cleans up.
     *
     * @param each told of each result as soon as it is known
     * @throws IOException when there are no application-default credentials, or there is no port left
     * @throws InterruptedException when it was told to end; what it made is deleted then too
     */
    public Summary run(Consumer<Result> each) throws IOException, InterruptedException {
        Report report = new Report(each);
        Google google = new Google(target);
        Names names = Names.of(target.dataset(), Instant.now());
        news.accept("Datasets " + names.tables() + "*, objects in gs://" + target.bucket() + "/" + names.folder()
                + " and, of backups, /" + names.tables() + "*");
        news.accept("All services are one account: what each may do with roles of its own isn't shown.");
        Costs costs = new Costs(0, 0);
        try {
            boolean ready = report.check("access", "datasets and objects can be made", () -> {
                List<String> left = google.removeLeftovers(names, Instant.now());
                google.prepare(names);
                return left.isEmpty() ? "they can" : "they can; deleted what a call had left: " + left;
            });
            if (ready) {
                costs = run(report, google, names);
            }
        } finally {
            clean(report, google, names);
        }
        return new Summary(report.results(), costs.jobs(), costs.bytes());
    }

    private record Costs(long jobs, long bytes) {}

    private Costs run(Report report, Google google, Names names) throws IOException, InterruptedException {
        try (Trial trial = Trial.start(target, names, google, home)) {
            for (Check check : checks(every)) {
                if (only.isEmpty() || only.contains(check.name())) {
                    check.run(trial, report);
                }
            }
            Collection<String> jobs = trial.jobs();
            return new Costs(jobs.size(), google.billed(jobs));
        }
    }

    /** Also when the thread was interrupted, which the clients would take for a reason not to. */
    private static void clean(Report report, Google google, Names names) throws InterruptedException {
        boolean interrupted = Thread.interrupted();
        report.check("clean-up", "everything is deleted", () -> "deleted " + google.remove(names));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
