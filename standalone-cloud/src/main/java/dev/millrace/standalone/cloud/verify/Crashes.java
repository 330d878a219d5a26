package dev.millrace.standalone.cloud.verify;

import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.cloud.verify.Points.Point;
import dev.millrace.standalone.process.Service;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Something goes wrong at one of the calls that a service makes to Google in a run; each row is loaded once. */
abstract sealed class Crashes implements Check permits Kills, LostAnswers {
    private static final int ROWS = 300;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration QUIET = Duration.ofSeconds(2);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final int every;
    private int datasets;

    /** @param every of a service's calls only each of so many, from the first: 1 for all */
    Crashes(int every) {
        this.every = every;
    }

    /** Whether it can go wrong there. */
    abstract boolean concerns(Point point);

    /** Where something goes wrong. */
    final List<Point> points(Trial trial, Report report) throws InterruptedException {
        List<Point> points = new ArrayList<>();
        report.check(name(), "a run without", () -> {
            List<Point> all = recorded(trial);
            for (Service service : Service.values()) {
                List<Point> own = all.stream()
                        .filter(point -> point.service() == service && concerns(point))
                        .toList();
                for (int i = 0; i < own.size(); i += every) {
                    points.add(own.get(i));
                }
            }
            return all.size() + " calls to Google that differ, something goes wrong at " + points.size();
        });
        return points;
    }

    private List<Point> recorded(Trial trial) throws InterruptedException, Mismatch {
        loadOnce(trial, dataset(trial)); // makes what is made once for all runs
        awaitQuiet(trial);
        Map<Service, Integer> before = new EnumMap<>(Service.class);
        for (Service service : Service.values()) {
            before.put(service, trial.relay(service).calls().size());
        }
        String dataset = dataset(trial);
        load(trial, dataset);
        awaitQuiet(trial);
        List<Point> points = new ArrayList<>();
        before.forEach((service, from) -> {
            List<Relay.Call> calls = trial.relay(service).calls();
            points.addAll(Points.of(
                    service,
                    calls.subList(from, calls.size()),
                    dataset,
                    trial.names().folder() + "/staging"));
        });
        return points;
    }

    /** When a run has ended, the gateway goes on to archive what it knows of it, and to clean up. */
    private static void awaitQuiet(Trial trial) throws InterruptedException {
        int before = -1;
        while (before != trial.calls()) {
            before = trial.calls();
            Thread.sleep(QUIET);
        }
    }

    /** Lets it happen in a run of its own, with a dataset and a table of its own, which have to be made. */
    final void crash(
            Trial trial, Report report, String what, Relay relay, Predicate<Relay.Call> at, int skip, Relay.Event event)
            throws InterruptedException {
        report.check(name(), what, () -> {
            String dataset = dataset(trial);
            relay.at(at, skip, event);
            try {
                loadOnce(trial, dataset);
                await(relay::isDone, what);
            } finally {
                relay.clear();
            }
            trial.google().deleteDataset(dataset);
            return ROWS + " rows, each once";
        });
    }

    private String dataset(Trial trial) {
        return trial.names().made(name().replace('-', '_') + datasets++);
    }

    private static void loadOnce(Trial trial, String dataset) throws InterruptedException, Mismatch {
        load(trial, dataset);
        Mismatch.unlessEqual(
                ROWS + " " + ROWS + " 0 " + (ROWS - 1),
                trial.installed()
                        .text("SELECT COUNT(*), COUNT(DISTINCT id), MIN(id), MAX(id) FROM " + dataset + ".numbers"));
    }

    private static void load(Trial trial, String dataset) throws InterruptedException, Mismatch {
        Run run = trial.installed()
                .load(new Feed(
                        "crashes",
                        "table: " + dataset + ".numbers, write: append",
                        List.of("{name: id, type: INTEGER, mode: REQUIRED}"),
                        IntStream.range(0, ROWS)
                                .mapToObj(id -> "{\"id\": " + id + "}")
                                .toList()));
        Mismatch.unlessEqual((long) ROWS, run.rowsLoaded());
    }

    private interface Condition {
        boolean holds();
    }

    private static void await(Condition condition, String what) throws InterruptedException, Mismatch {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                throw new Mismatch(what, "nothing of it within " + PATIENCE.toSeconds() + " s");
            }
            Thread.sleep(PAUSE);
        }
    }
}
