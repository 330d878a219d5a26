package dev.millrace.gateway.retention;

import dev.millrace.gateway.telemetry.BackgroundWork;
import dev.millrace.gateway.telemetry.BackgroundWork.Kind;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** Looks from time to time for what is old enough to go. */
@Singleton
class Retention {
    private static final int AT_ONCE = 200;

    private final Sweep sweep;
    private final BackgroundWork work;
    private final RetentionConfig config;

    Retention(Sweep sweep, BackgroundWork work, RetentionConfig config) {
        this.sweep = sweep;
        this.work = work;
        this.config = config;
    }

    @Scheduled(fixedDelay = "${millrace.retention.every:1h}", initialDelay = "${millrace.retention.every:1h}")
    void look() {
        if (config.enabled()) {
            each(sweep::stagedFailures, sweep::unstage);
            each(sweep::oldRuns, sweep::delete);
            BackgroundWork.Result _ = work.attempt(Kind.RETENTION, sweep::deleteRows);
            BackgroundWork.Result _ = work.attempt(Kind.RETENTION, sweep::deleteFiles);
        }
    }

    /** As long as there are some, and none of them fails: those that do are left for the next time. */
    private void each(IntFunction<List<String>> found, Consumer<String> act) {
        List<String> ids = new ArrayList<>();
        do {
            ids.clear();
            BackgroundWork.Result _ = work.attempt(Kind.RETENTION, () -> ids.addAll(found.apply(AT_ONCE)));
        } while (ids.stream()
                        .filter(id ->
                                work.attempt(Kind.RETENTION, id, () -> act.accept(id)) == BackgroundWork.Result.DONE)
                        .count()
                == AT_ONCE);
    }
}
