package dev.millrace.gateway.schedule;

import dev.millrace.gateway.intake.Acceptance;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunState;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.task.Heartbeat;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Starts a pipeline when all those that it comes after have succeeded anew. Its runs, and the note of what they follow, are
 * stored in one transaction, so that whatever dies, and however many replicas look, one success is followed once.
 */
@Singleton
class Followers {
    private final FollowerRepository followers;
    private final RunRepository runs;
    private final PipelineCatalog catalog;
    private final Acceptance acceptance;

    Followers(FollowerRepository followers, RunRepository runs, PipelineCatalog catalog, Acceptance acceptance) {
        this.followers = followers;
        this.runs = runs;
        this.catalog = catalog;
        this.acceptance = acceptance;
    }

    /**
     * Starts the pipeline, if it is time. What had succeeded before anybody looked for the first time starts nothing.
     *
     * @return whether it was started
     * @throws RunActive when it has an unfinished run; then the next look tries again
     */
    @Transactional
    boolean start(PipelineCatalog.InForce inForce) {
        Pipeline pipeline = inForce.pipeline();
        Map<String, Instant> seen = new HashMap<>();
        followers.lock(pipeline.name()).forEach(row -> seen.put(row.upstream(), row.seenAt()));
        Map<String, Instant> succeeded = new HashMap<>();
        for (String upstream : pipeline.after()) {
            Instant before = seen.get(upstream);
            if (before == null) {
                followers.watch(pipeline.name(), upstream, runs.now());
                continue;
            }
            Instant at = succeededAt(upstream);
            if (at != null && at.isAfter(before)) {
                succeeded.put(upstream, at);
            }
        }
        if (succeeded.size() < pipeline.after().size()) {
            return false;
        }
        List<Acceptance.Remark> remarks = new ArrayList<>(inForce.remarks());
        remarks.add(new Acceptance.Remark(
                Heartbeat.Level.INFO, "started after " + String.join(", ", pipeline.after()) + ", which succeeded"));
        acceptance.accept(
                new Acceptance.Request(pipeline, List.of(), null, false, false, true, "after", null, remarks, null));
        succeeded.forEach((upstream, at) -> followers.seen(pipeline.name(), upstream, at));
        return true;
    }

    /** From now on counts what others do, although the pipeline can't be started, as one of them isn't there. */
    @Transactional
    void watch(Pipeline pipeline) {
        pipeline.after().forEach(upstream -> followers.watch(pipeline.name(), upstream, runs.now()));
    }

    /**
     * When the last of a pipeline's runs succeeded; null when the latest of one of its endpoints, models and exports hasn't, or
     * a backfill of it isn't over. What has never been run isn't waited for.
     */
    private @Nullable Instant succeededAt(String name) {
        PipelineCatalog.InForce inForce = catalog.content().inForce().get(name);
        if (inForce == null || followers.backfills(name) > 0) {
            return null;
        }
        Pipeline pipeline = inForce.pipeline();
        Set<String> all = new HashSet<>(pipeline.allEndpoints().keySet());
        all.addAll(pipeline.derived().keySet());
        Instant succeeded = null;
        for (String each : all) {
            RunRow latest = runs.last(name, each).orElse(null);
            if (latest == null) {
                continue;
            }
            Instant finished = latest.finishedAt();
            if (latest.state() != RunState.SUCCEEDED || finished == null) {
                return null;
            }
            succeeded = succeeded == null || finished.isAfter(succeeded) ? finished : succeeded;
        }
        return succeeded;
    }
}
