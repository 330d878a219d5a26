package dev.millrace.standalone;

import dev.millrace.standalone.client.Run;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The display of how runs get on. Used by one thread. */
sealed interface Progress {
    void show(List<Run> runs);

    /** @param err a terminal, where a person watches */
    static Progress on(CommandEnvironment environment, boolean json, PrintWriter out, PrintWriter err) {
        if (json) {
            return new Silent();
        }
        return environment.terminal() ? new Bars(err) : new Lines(out);
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
                    out.println(run.name() + " " + RunReport.state(run));
                }
            }
            out.flush();
        }
    }

    /**
     * A line for each run, drawn anew at each look; those of runs that have ended stay above. Lines fit into 80
     * columns and use no colour.
     */
    final class Bars implements Progress {
        /** The least that a terminal has, less a line for what follows. */
        private static final int MOST_LINES = 20;

        private static final int BAR = 20;
        private static final String CLEAR_BELOW = "\r\u001b[J";

        private final PrintWriter terminal;
        private final Set<String> ended = new HashSet<>();
        private int drawn;

        Bars(PrintWriter terminal) {
            this.terminal = terminal;
        }

        @Override
        public void show(List<Run> runs) {
            StringBuilder text = new StringBuilder(drawn == 0 ? "" : "\u001b[" + drawn + "A");
            text.append(CLEAR_BELOW);
            List<Run> going = new ArrayList<>();
            for (Run run : runs) {
                if (!run.state().ended()) {
                    going.add(run);
                } else if (ended.add(run.id())) {
                    text.append(line(run)).append('\n');
                }
            }
            drawn = Math.min(going.size(), MOST_LINES);
            going.stream().limit(drawn).forEach(run -> text.append(line(run)).append('\n'));
            terminal.print(text);
            terminal.flush();
        }

        private static String bar(long done, long total) {
            int full = (int) Math.min(BAR, BAR * done / total);
            return "  [" + "#".repeat(full) + "-".repeat(BAR - full) + "]";
        }

        private static String line(Run run) {
            String line = TextTable.fitted(run.name(), 24) + "  " + TextTable.fitted(RunReport.state(run), 12);
            if (run.state().ended() || run.steps().isEmpty()) {
                return line.stripTrailing();
            }
            Run.StepProgress step = run.steps().getLast();
            long done = step.records() == null ? 0 : step.records();
            Long total = step.total();
            String count = String.format(Locale.ROOT, "  %,11d", done);
            if (step.slices() != null) {
                return line + count + bar(step.slices().done(), step.slices().count());
            }
            return total == null || total == 0 ? line + count : line + count + bar(done, total);
        }
    }
}
