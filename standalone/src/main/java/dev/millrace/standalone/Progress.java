package dev.millrace.standalone;

import dev.millrace.standalone.client.Run;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Shows how runs get on. Used by one thread. */
sealed interface Progress extends AutoCloseable {
    void show(List<Run> runs);

    @Override
    default void close() {}

    /** @param out for plain lines; bars are drawn on standard error, where a terminal is */
    static Progress on(Surroundings surroundings, boolean json, PrintWriter out) {
        if (json) {
            return new Silent();
        }
        return surroundings.terminal() ? new Bars() : new Lines(out);
    }

    /** The only thing to be printed is a document. */
    record Silent() implements Progress {
        @Override
        public void show(List<Run> runs) {}
    }

    /** A line for each change of a run's state. */
    final class Lines implements Progress {
        private final PrintWriter out;
        private final Map<String, Run.State> shown = new HashMap<>();

        Lines(PrintWriter out) {
            this.out = out;
        }

        @Override
        public void show(List<Run> runs) {
            for (Run run : runs) {
                if (shown.put(run.id(), run.state()) != run.state()) {
                    out.println(run.name() + " " + run.state().name().toLowerCase(Locale.ROOT));
                }
            }
            out.flush();
        }
    }

    /** A bar for each run. */
    final class Bars implements Progress {
        private final Map<String, ProgressBar> bars = new HashMap<>();

        @Override
        public void show(List<Run> runs) {
            for (Run run : runs) {
                ProgressBar bar = bars.computeIfAbsent(run.id(), any -> bar(run.name()));
                run.steps().stream().reduce((earlier, later) -> later).ifPresent(step -> {
                    bar.maxHint(step.total() == null ? -1 : step.total());
                    bar.stepTo(step.records() == null ? 0 : step.records());
                });
                bar.setExtraMessage(run.state().name().toLowerCase(Locale.ROOT));
                if (run.state().ended()) {
                    if (run.rowsLoaded() != null) {
                        bar.maxHint(run.rowsLoaded());
                        bar.stepTo(run.rowsLoaded());
                    }
                    bar.refresh();
                    bar.pause();
                }
            }
        }

        private static ProgressBar bar(String name) {
            return new ProgressBarBuilder()
                    .setTaskName(name)
                    .setInitialMax(-1)
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(100)
                    .continuousUpdate()
                    .build();
        }

        @Override
        public void close() {
            bars.values().forEach(ProgressBar::close);
        }
    }
}
