package dev.millrace.gateway.run;

import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import jakarta.inject.Singleton;

/**
 * What at most one run has at a time: an endpoint's window while the run is unfinished, a table while it loads. A claim is
 * a row with a primary key; part of the caller's transaction.
 */
@Singleton
public class Claims {
    private final RunRepository runs;

    Claims(RunRepository runs) {
        this.runs = runs;
    }

    /**
     * Takes the endpoint's window. Dry runs have claims of their own, so that no schedule is left out because of one; files
     * that are sent have none, and their loads take turns.
     *
     * @throws RunActive when another run has it
     */
    void endpoint(RunRow run) {
        if (run.isUpload()) {
            return;
        }
        String name = (run.dryRun() ? "dry:" : "")
                + endpoint(run.pipeline(), run.endpoint())
                + (run.day() == null ? "" : run.day());
        if (runs.claim(name, run.id()) == 0) {
            throw new RunActive(
                    run.pipeline(), run.endpoint(), runs.claimant(name).orElse("which has just ended"));
        }
    }

    private static String endpoint(String pipeline, String endpoint) {
        return "endpoint:" + pipeline + "/" + endpoint + "/";
    }

    /**
     * That no run of an endpoint that loads no days is unfinished.
     *
     * @throws RunActive when one is
     */
    public void checkFree(String pipeline, String endpoint) {
        runs.claimant(endpoint(pipeline, endpoint)).ifPresent(run -> {
            throw new RunActive(pipeline, endpoint, run);
        });
    }

    /**
     * That no other run which backs up the same table on schedule is unfinished.
     *
     * @throws RunActive when one is
     */
    public void scheduledBackup(RunRow run) {
        String name = "scheduled backup:" + run.targetTable();
        if (runs.claim(name, run.id()) == 0) {
            throw new RunActive(
                    "the backup of " + run.targetTable(), runs.claimant(name).orElse("which has just ended"));
        }
    }

    /** Whether the run has its table from now on, or has had it already. */
    public boolean table(RunRow run) {
        String name = "table:" + run.targetTable();
        return runs.claim(name, run.id()) == 1
                || runs.claimant(name).filter(run.id()::equals).isPresent();
    }

    void release(RunRow run) {
        runs.releaseClaims(run.id());
    }
}
