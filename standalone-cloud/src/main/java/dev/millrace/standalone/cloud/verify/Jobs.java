package dev.millrace.standalone.cloud.verify;

import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.process.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** What exactly-once stands on: ids of jobs, transactions, and what JSON may hold. */
final class Jobs implements Check {
    private static final List<String> ROWS = List.of("{name: id, type: INTEGER, mode: REQUIRED}");
    private static final int WAIT_SECONDS = 120;

    /** A commit's id: millrace_{load}_{generation}_{n}. */
    private static final Pattern COMMIT = Pattern.compile("millrace_([0-9a-f-]{36})_([0-9]+)_([0-9]+)");

    /** Around the limits of 64 bits, as integers and as floating point numbers. */
    private static final List<String> NUMBERS = List.of(
            "0",
            "-0",
            "1.10",
            "0.1",
            "9007199254740993",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775808",
            "-9223372036854775809",
            "123456789012345678901234567890",
            "1e23",
            "1e22",
            "9007199254740993.0",
            "0.30000000000000004",
            "0.3000000000000000444",
            "1.7976931348623157e308",
            "1.7976931348623159e308",
            "5e-324",
            "4.9406564584124654e-324",
            "2.2250738585072014e-308",
            "1e400",
            "1e-400",
            "123456.789e3",
            "3.141592653589793238");

    @Override
    public String name() {
        return "jobs";
    }

    @Override
    public void run(Trial trial, Report report) throws InterruptedException {
        report.check(name(), "an id that is taken", () -> taken(trial));
        report.check(name(), "two commits into one table at once", () -> together(trial, "one", "one", "replace"));
        report.check(name(), "two commits into two tables at once", () -> together(trial, "left", "right", "append"));
        report.check(name(), "an abort right before the commit", () -> aborted(trial));
        report.check(name(), "numbers in JSON", () -> json(trial));
    }

    private static Feed feed(Trial trial, String pipeline, String table, String write, int from, int to) {
        return new Feed(
                pipeline,
                "table: " + trial.names().tables() + "." + table + ", write: " + write,
                ROWS,
                IntStream.range(from, to).mapToObj(id -> "{\"id\": " + id + "}").toList());
    }

    private static String taken(Trial trial) throws Exception {
        Run run = trial.installed().load(feed(trial, "taken", "taken", "append", 0, 3));
        String id = "millrace_" + run.id() + "_1_1";
        if (!trial.google().hasJob(id)) {
            throw new Mismatch("a job " + id, "none");
        }
        String answer = trial.google().secondJob(id);
        Mismatch.unlessEqual("409 duplicate", answer);
        return "a second job of a commit's id is refused with " + answer;
    }

    /** Holds the first commits of two loads of two installations until both are on their way. */
    private static String together(Trial trial, String first, String second, String write) throws Exception {
        CyclicBarrier both = new CyclicBarrier(2);
        Relay.Event meet = new Relay.Event.Before(() -> {
            try {
                both.await(WAIT_SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                // then they aren't at once, which is seen below
            }
        });
        Relay here = trial.relay(Service.LOADER);
        // the table is there before, else making it is what they meet at
        trial.installed().load(feed(trial, "first_" + first, first, "append", 100, 101));
        if (!first.equals(second)) {
            trial.installed().load(feed(trial, "before_" + second, second, "append", 100, 101));
        }
        List<Run> runs = new ArrayList<>();
        String commits;
        try (Relay there = new Relay(trial.target().storage(), trial.target().bigquery());
                Installed other = trial.second(there)) {
            here.at(Jobs::isCommit, 0, meet);
            there.at(Jobs::isCommit, 0, meet);
            String one = trial.installed().start(feed(trial, "first_" + first, first, write, 0, 2), null);
            String two = other.start(feed(trial, "second_" + second, second, write, 10, 13), null);
            runs.add(Installed.succeeded(trial.installed().await(one)));
            runs.add(Installed.succeeded(other.await(two)));
            if (both.isBroken() || both.getNumberWaiting() > 0) {
                throw new Mismatch("both commits to be on their way at the same moment", "one came alone");
            }
            commits = commits(here, runs.get(0)) + " and " + commits(there, runs.get(1));
        } finally {
            here.clear();
        }
        String tables = trial.names().tables();
        String ids = "SELECT id FROM " + tables + ".%s ORDER BY id";
        if (write.equals("replace")) {
            String found = trial.installed().text(ids.formatted(first));
            if (!found.equals("0, 1") && !found.equals("10, 11, 12")) {
                throw new Mismatch("the rows of one of them, 0, 1 or 10, 11, 12", found);
            }
        } else {
            Mismatch.unlessEqual("0, 1, 100", trial.installed().text(ids.formatted(first)));
            Mismatch.unlessEqual("10, 11, 12, 100", trial.installed().text(ids.formatted(second)));
        }
        Mismatch.unlessEqual(
                "2",
                trial.installed()
                        .text("SELECT COUNT(*) FROM " + trial.names().ledger() + ".ledger WHERE load IN ('"
                                + runs.get(0).id() + "', '" + runs.get(1).id() + "')"));
        return "both have succeeded, with " + commits + " commit jobs, and the rows are those of "
                + (write.equals("replace") ? "one of them" : "both");
    }

    private static boolean isCommit(Relay.Call call) {
        return COMMIT.matcher(call.job()).matches();
    }

    private static long commits(Relay relay, Run run) {
        return relay.calls().stream()
                .map(call -> COMMIT.matcher(call.job()))
                .filter(Matcher::matches)
                .filter(id -> id.group(1).equals(run.id()))
                .count();
    }

    /** The commit is held until the abort has come, then it is let go. */
    private static String aborted(Trial trial) throws InterruptedException, Mismatch {
        trial.installed().load(feed(trial, "kept", "kept", "append", 0, 1));
        Relay relay = trial.relay(Service.LOADER);
        CountDownLatch committing = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        relay.at(Jobs::isCommit, 0, new Relay.Event.Before(() -> {
            committing.countDown();
            awaited(closed);
        }));
        Run ended;
        try {
            String run = trial.installed().start(feed(trial, "kept", "kept", "append", 1, 5), null);
            if (!awaited(committing)) {
                throw new Mismatch("a commit", "none within " + WAIT_SECONDS + " s");
            }
            trial.installed().gateway().cancel(run);
            ended = trial.installed().await(run);
        } finally {
            closed.countDown();
            relay.clear();
        }
        if (ended.state() != Run.State.CANCELLED) {
            throw new Mismatch("the run to be cancelled", Installed.describe(ended));
        }
        // whatever comes now comes after the abort: a load behind it sees all that has happened
        trial.installed().load(feed(trial, "kept", "kept", "append", 9, 10));
        Mismatch.unlessEqual(
                "0, 9", trial.installed().text("SELECT id FROM " + trial.names().tables() + ".kept ORDER BY id"));
        return "the commit that came after it found its id taken, and nothing was loaded";
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** What is let through must be taken, and come back with its value; what is rejected must be refused. */
    private static String json(Trial trial) throws InterruptedException, Mismatch {
        String table = trial.names().tables() + ".numbers";
        Run run = trial.installed()
                .load(new Feed(
                        "numbers",
                        "table: " + table + ", write: replace",
                        List.of("rejects: {maxShare: 1}"),
                        List.of("{name: id, type: INTEGER}", "{name: j, type: JSON}"),
                        IntStream.range(0, NUMBERS.size())
                                .mapToObj(i -> "{\"id\": " + i + ", \"j\": [" + NUMBERS.get(i) + "]}")
                                .toList()));
        List<String> rejected = new ArrayList<>(NUMBERS);
        for (List<String> row : trial.installed().query("SELECT id, j FROM " + table + " ORDER BY id")) {
            String number = NUMBERS.get(Integer.parseInt(row.get(0)));
            rejected.remove(number);
            if (!Cells.sameJson("[" + number + "]", row.get(1))) {
                throw new Mismatch(number, row.get(1));
            }
        }
        Mismatch.unlessEqual((long) rejected.size(), run.rowsRejected());
        List<String> strict = new ArrayList<>();
        for (String number : rejected) {
            String taken = trial.installed()
                    .text("SELECT SAFE.PARSE_JSON('[" + number + "]', wide_number_mode => 'exact') IS NOT NULL");
            if (taken.equals("true")) {
                strict.add(number);
            }
        }
        return (NUMBERS.size() - rejected.size()) + " of " + NUMBERS.size()
                + " are let through, and come back with their value; of the others BigQuery would take "
                + (strict.isEmpty() ? "none" : strict.toString());
    }
}
