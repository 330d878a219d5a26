package dev.millrace.gateway.replay;

import dev.millrace.gateway.history.History;
import dev.millrace.gateway.history.RunLog;
import dev.millrace.gateway.intake.Acceptance;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunState;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.Read;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import jakarta.inject.Singleton;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/** Loads corrected records in the place of those that a run has rejected, by a run of its own. */
@Singleton
public class Replays {
    private final History history;
    private final RunRepository runs;
    private final RunLog log;
    private final PipelineCatalog catalog;
    private final Acceptance acceptance;
    private final StagingStore staging;

    Replays(
            History history,
            RunRepository runs,
            RunLog log,
            PipelineCatalog catalog,
            Acceptance acceptance,
            StagingStore staging) {
        this.history = history;
        this.runs = runs;
        this.log = log;
        this.catalog = catalog;
        this.acceptance = acceptance;
        this.staging = staging;
    }

    /**
     * @param id of the run that has rejected records
     * @param sent the corrected ones
     * @param lines whether each line is a JSON object, as rejects show records; else they are in the form of the
     *     endpoint's source
     * @param by who has sent them
     * @throws MillraceException with {@code RUN_UNKNOWN}, {@code RUN_STATE}, {@code PIPELINE_UNKNOWN}, {@code
     *     ENDPOINT_UNKNOWN} or {@code REQUEST_INVALID}
     * @throws RunActive when the endpoint has an unfinished run for the window
     */
    public Acceptance.Accepted replay(String id, byte[] sent, boolean lines, String by) {
        RunRow run = history.run(id).run();
        PipelineCatalog.InForce inForce = catalog.pipeline(run.pipeline());
        Endpoint endpoint = endpoint(inForce.pipeline(), run);
        check(run, endpoint, sent);
        String replay = UUID.randomUUID().toString();
        String object = "runs/" + replay + "/upload";
        Read.Uploaded uploaded = Optional.ofNullable(endpoint.read().uploaded(object, lines))
                .orElseThrow(() -> refused("records of such a source can't be replayed"));
        boolean _ = staging.createIfAbsent(object, sent);
        Acceptance.Accepted accepted;
        try {
            accepted = acceptance.accept(new Acceptance.Replay(
                    inForce.pipeline(), replay, run, uploaded, digest(sent), inForce.remarks(), by));
        } catch (RunActive e) {
            staging.deleteAll(object);
            throw e;
        }
        if (accepted.repeated()) {
            staging.deleteAll(object);
        } else {
            Instant now = runs.now();
            log.info(id, now, "run " + replay + " loads records in the place of rejected ones");
            log.info(
                    replay,
                    now,
                    "loads " + sent.length + " bytes that were sent in the place of what run " + id + " has rejected");
        }
        return accepted;
    }

    private static Endpoint endpoint(Pipeline pipeline, RunRow run) {
        Endpoint endpoint = pipeline.allEndpoints().get(run.endpoint());
        if (endpoint == null) {
            throw new MillraceException(
                    ErrorCode.ENDPOINT_UNKNOWN,
                    "pipeline " + pipeline.name() + " has no endpoint '" + run.endpoint()
                            + "' any more whose records could be replayed");
        }
        return endpoint;
    }

    private void check(RunRow run, Endpoint endpoint, byte[] sent) {
        if (run.state() != RunState.SUCCEEDED || run.dryRun()) {
            throw new MillraceException(
                    ErrorCode.RUN_STATE,
                    "run " + run.id() + " is " + (run.dryRun() ? "a dry run" : run.state())
                            + " (expected: one that has succeeded; of another nothing is loaded, and it is retried)");
        }
        if (run.rolledBackAt() != null) {
            throw refused("run " + run.id() + " was rolled back, so nothing of it is loaded (expected: another run)");
        }
        if (run.rowsRejected() == null || run.rowsRejected() == 0) {
            throw refused("run " + run.id() + " has rejected nothing");
        }
        if (sent.length == 0) {
            throw refused("the body is empty (expected: the corrected records)");
        }
        if (!(endpoint.destination() instanceof Destination.Table table)) {
            throw refused("records of a bucket can't be replayed: each run replaces all that it has");
        }
        if (!table.table().equals(run.targetTable())) {
            throw refused("run " + run.id() + " has loaded " + run.targetTable() + ", and the endpoint now loads "
                    + table.table());
        }
        if (table.deletes() != null && table.deletes().by() == Destination.Deletes.By.ABSENCE) {
            throw refused("the endpoint deletes what is absent, which would be all other rows (expected: another run)");
        }
        if (table.write() == Write.REPLACE) {
            runs.succeededSince(
                            run.pipeline(),
                            run.endpoint(),
                            endpoint.day() == null ? null : run.dayText(),
                            first(run).createdAt())
                    .ifPresent(later -> {
                        throw refused("run " + later.id() + " has replaced since what run " + run.id()
                                + " had loaded (expected: the rejects of that run)");
                    });
        }
    }

    /** The one that has read the source, of a run that replays what another replay has rejected. */
    private RunRow first(RunRow run) {
        RunRow first = run;
        while (first.replayOf() != null) {
            first = runs.findById(first.replayOf()).orElseThrow();
        }
        return first;
    }

    private static MillraceException refused(String why) {
        return new MillraceException(ErrorCode.REQUEST_INVALID, why);
    }

    /** Line ends behind the last record don't count. */
    private static String digest(byte[] sent) {
        int end = sent.length;
        while (end > 0 && (sent[end - 1] == '\n' || sent[end - 1] == '\r')) {
            end--;
        }
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(sent, 0, end);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }
}
