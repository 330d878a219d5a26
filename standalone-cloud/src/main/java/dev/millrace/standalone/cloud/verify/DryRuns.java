package dev.millrace.standalone.cloud.verify;

import dev.millrace.problem.ErrorCode;
import dev.millrace.standalone.client.Run;
import java.util.List;

/** That a dry run says what a load would do, fails where it would fail, and changes nothing. */
final class DryRuns implements Check {
    private static final List<String> COLUMNS =
            List.of("{name: id, type: INTEGER, mode: REQUIRED}", "{name: name, type: STRING}");

    @Override
    public String name() {
        return "dry-runs";
    }

    @Override
    public void run(Trial trial, Report report) throws InterruptedException {
        report.check(name(), "of a table that isn't there", () -> create(trial));
        for (String write : List.of("replace", "append", "merge, keys: [id]")) {
            report.check(name(), "write: " + write, () -> change(trial, write));
        }
        report.check(name(), "of a load that would fail", () -> failure(trial));
    }

    private static Feed feed(Trial trial, String name, String write, String... records) {
        return new Feed(
                name, "table: " + trial.names().tables() + "." + name + ", write: " + write, COLUMNS, List.of(records));
    }

    private static String create(Trial trial) throws InterruptedException, Mismatch {
        Feed feed = feed(trial, "dry_new", "append", "{\"id\": 1, \"name\": \"a\"}");
        String plan = plan(trial.installed().dryRun(feed));
        if (!plan.contains("would create the table")) {
            throw new Mismatch("a plan that says that the table would be created", plan);
        }
        if (trial.google().hasTable(trial.names().tables(), feed.name())) {
            throw new Mismatch("no table " + feed.name(), "one");
        }
        return plan;
    }

    private static String change(Trial trial, String write) throws InterruptedException, Mismatch {
        String name = "dry_" + write.replaceFirst(",.*", "");
        Feed feed = feed(trial, name, write, "{\"id\": 1, \"name\": \"a\"}");
        trial.installed().load(feed);
        String plan = plan(trial.installed().dryRun(feed(trial, name, write, "{\"id\": 1, \"name\": \"b\"}")));
        if (!plan.contains("the commit would process")) {
            throw new Mismatch("a plan with the bytes that the commit would process", plan);
        }
        Mismatch.unlessEqual(
                "1 a",
                trial.installed().text("SELECT id, name FROM " + trial.names().tables() + "." + name));
        return plan;
    }

    private static String failure(Trial trial) throws InterruptedException, Mismatch {
        trial.installed().load(feed(trial, "dry_failing", "replace", "{\"id\": 1, \"name\": \"a\"}"));
        Run run = trial.installed().dryRun(feed(trial, "dry_failing", "replace"));
        Run.Failure error = run.error();
        if (error == null || !error.code().equals(ErrorCode.EMPTY_REPLACE.name())) {
            throw new Mismatch("the dry run to fail with " + ErrorCode.EMPTY_REPLACE, Installed.describe(run));
        }
        return Installed.describe(run);
    }

    private static String plan(Run run) throws Mismatch {
        return String.join("; ", Installed.succeeded(run).plan());
    }
}
