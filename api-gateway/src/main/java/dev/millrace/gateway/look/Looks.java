package dev.millrace.gateway.look;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.pipeline.Limits;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.UUID;

/**
 * Those who look at a source without a run, for as long as they do. Each has an id, by which whoever hands out permits and
 * refresh tokens knows it, as it knows tasks by theirs. Safe for use by several threads.
 */
@Singleton
public class Looks {
    /** Of a look there is only one attempt. */
    public static final int ATTEMPT = 1;

    private final LookRepository looks;
    private final RunRepository runs;
    private final GatewayConfig config;

    Looks(LookRepository looks, RunRepository runs, GatewayConfig config) {
        this.looks = looks;
        this.runs = runs;
        this.config = config;
    }

    /** The look, unless it is over. */
    public Optional<LookRow> open(String id) {
        return looks.open(id, runs.now());
    }

    /**
     * Begins a look, which is over when it is ended, or else as soon as nobody can wait for it any more.
     *
     * @param limits of the source; null: nothing is held back
     * @return its id
     */
    @Transactional
    String begin(String pipeline, @Nullable Limits limits) {
        looks.forgetEnded(runs.now());
        String id = UUID.randomUUID().toString();
        looks.save(LookRow.of(id, pipeline, limits, runs.now().plus(config.queryPatience())));
        return id;
    }

    @Transactional
    void end(String id) {
        looks.end(id);
    }
}
