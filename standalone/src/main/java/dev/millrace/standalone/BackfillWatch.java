package dev.millrace.standalone;

import dev.millrace.pipeline.RunWindow;
import dev.millrace.standalone.client.Backfill;
import dev.millrace.standalone.client.Backfill.Window;
import dev.millrace.standalone.client.Backfill.WindowRun;
import dev.millrace.standalone.client.Backfill.WindowState;
import dev.millrace.standalone.client.GatewayClient;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The watch over a backfill until it has ended, a line for each day that has. For one thread. */
final class BackfillWatch {
    private static final Duration PAUSE = Duration.ofMillis(500);
    /** Runs that failed of which more than a line is shown. */
    private static final int SHOWN = 10;

    private final Session session;
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean silent;
    private final Set<String> shown = new HashSet<>();

    /** @param silent whether the only thing to be printed is a document */
    BackfillWatch(Session session, boolean silent, PrintWriter out, PrintWriter err) {
        this.session = session;
        this.silent = silent;
        this.out = out;
        this.err = err;
    }

    /** @return the backfill as it ended */
    Backfill untilEnded(String id) throws InterruptedException {
        GatewayClient gateway = session.gateway();
        while (true) {
            Backfill now =
                    RunWatch.patiently(() -> gateway.read(gateway.backfill(id), Backfill.class), session::mayReturn);
            show(now);
            if (now.state() != Backfill.State.RUNNING) {
                return now;
            }
            Thread.sleep(PAUSE);
        }
    }

    private void show(Backfill backfill) {
        if (silent) {
            return;
        }
        long done = backfill.windows().stream()
                .filter(window -> window.state().ended())
                .count();
        for (Window window : backfill.windows()) {
            if (window.state().ended()
                    && window.state() != WindowState.SKIPPED
                    && shown.add(window.endpoint() + " " + window.day())) {
                out.println(name(backfill, window) + " " + word(window.state()) + rows(window) + ", " + done + " of "
                        + backfill.windows().size() + " done");
            }
        }
        out.flush();
    }

    private static String name(Backfill backfill, Window window) {
        return backfill.pipeline() + "/" + window.endpoint() + " " + window.day();
    }

    private static String rows(Window window) {
        if (window.state() != WindowState.SUCCEEDED) {
            return "";
        }
        long rows = window.runs().stream()
                .mapToLong(run -> Objects.requireNonNullElse(run.rowsLoaded(), 0L))
                .sum();
        return ", " + RunReport.count(rows) + (rows == 1 ? " row" : " rows");
    }

    private static String word(WindowState state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    /** A line for each day, as it is or as it would be loaded. */
    static void plan(Backfill plan, int width, PrintWriter out) {
        TextTable table =
                new TextTable(TextTable.text("DAY"), TextTable.text("ENDPOINT"), TextTable.text("WHAT WOULD BE DONE"));
        for (Window window : plan.windows()) {
            table.row(
                    window.day(),
                    window.endpoint(),
                    window.loadedBy() == null ? "load" : "skip: loaded by run " + window.loadedBy());
        }
        table.lines(width).forEach(out::println);
    }

    /**
     * Says what became of it.
     *
     * @return the exit code: 0 when it succeeded, else 1
     */
    int report(Backfill ended) {
        Map<WindowState, Long> counts = new EnumMap<>(WindowState.class);
        ended.windows().forEach(window -> counts.merge(window.state(), 1L, Long::sum));
        StringBuilder line = new StringBuilder();
        counts.forEach((state, count) -> line.append(line.isEmpty() ? "" : ", ")
                .append(RunReport.count(count))
                .append(' ')
                .append(word(state)));
        out.println(windows(ended.windows()) + ": " + line);
        List<WindowRun> models = ended.models();
        models.forEach(model -> out.println(
                ended.pipeline() + "/" + model.endpoint() + " " + model.state().toLowerCase(Locale.ROOT)));
        out.flush();
        failures(ended);
        return ended.state() == Backfill.State.SUCCEEDED ? ExitCode.SUCCESS : ExitCode.FAILED;
    }

    /** How many there are of which kind, such as {@code 31 days}. */
    private static String windows(List<Window> windows) {
        List<RunWindow.Unit> units =
                windows.stream().map(window -> window.day().unit()).distinct().toList();
        String one = units.size() == 1 ? units.getFirst().word() : "window";
        return windows.size() + " " + one + (windows.size() == 1 ? "" : "s");
    }

    private void failures(Backfill ended) {
        Backfill.Failure error = ended.error();
        if (error != null) {
            err.println("backfill " + ended.id() + ": " + error.code() + ": " + TextTable.printable(error.detail()));
        }
        int said = 0;
        int failed = 0;
        for (Window window : ended.windows()) {
            for (WindowRun run : window.runs()) {
                if (!run.hasSucceeded() && ++failed <= SHOWN) {
                    err.println(ended.pipeline() + "/" + run.endpoint() + " " + window.day() + ": "
                            + (run.error() == null ? run.state() : run.error()) + "; its log: ./millrace log "
                            + run.id());
                    said++;
                }
            }
        }
        if (failed > said) {
            err.println((failed - said) + " more: ./millrace runs " + ended.pipeline());
        }
        if (ended.state() != Backfill.State.SUCCEEDED) {
            err.println("The same call goes on with the days that are not loaded.");
        }
        err.flush();
    }
}
