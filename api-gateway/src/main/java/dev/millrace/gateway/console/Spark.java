package dev.millrace.gateway.console;

import dev.millrace.gateway.store.RecentRun;
import io.micronaut.core.annotation.Nullable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.LongFunction;

/**
 * A number of each of the last runs, as small bars, the newest at the right.
 *
 * @param says in words what is drawn
 */
record Spark(List<Bar> bars, int width, String says) {
    static final int HEIGHT = 22;
    private static final int STEP = 5;

    /** @param style class of the run's state */
    record Bar(int x, int height, String style) {}

    /** Rows that were loaded. Null: by none. */
    static @Nullable Spark rows(List<RecentRun> runs) {
        return of(runs, RecentRun::rowsLoaded, "rows", Shown::number);
    }

    /** How long the runs took. Null: none has ended. */
    static @Nullable Spark times(List<RecentRun> runs) {
        return of(
                runs,
                run -> run.startedAt() == null || run.finishedAt() == null
                        ? null
                        : Duration.between(run.startedAt(), run.finishedAt()).toMillis(),
                "time",
                millis -> Shown.duration(Duration.ofMillis(millis)));
    }

    private static @Nullable Spark of(
            List<RecentRun> runs, Function<RecentRun, @Nullable Long> value, String what, LongFunction<String> shown) {
        List<Long> values = runs.stream()
                .map(value)
                .filter(Objects::nonNull)
                .map(Objects::requireNonNull)
                .toList();
        if (values.isEmpty()) {
            return null;
        }
        long lowest = values.stream().mapToLong(Long::longValue).min().orElseThrow();
        long highest = values.stream().mapToLong(Long::longValue).max().orElseThrow();
        List<Bar> bars = new ArrayList<>();
        for (int i = 0; i < runs.size(); i++) {
            Long of = value.apply(runs.get(i));
            if (of != null) {
                int height = highest == 0 ? 1 : Math.max(1, (int) (of * HEIGHT / highest));
                bars.add(new Bar(i * STEP, height, Shown.style(runs.get(i).known())));
            }
        }
        return new Spark(
                bars,
                runs.size() * STEP,
                what + " of the last " + Shown.plural(values.size(), "run", "runs") + ": "
                        + (lowest == highest
                                ? shown.apply(highest)
                                : shown.apply(lowest) + " to " + shown.apply(highest)));
    }
}
