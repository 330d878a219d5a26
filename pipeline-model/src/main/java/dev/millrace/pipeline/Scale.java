package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * Into how many slices a run is cut, each of which is extracted and transformed by a task of its own, on whatever service
 * has room for it. All of them are loaded by one task, in one commit.
 *
 * @param slices at most; a run of fewer files has fewer
 * @param pods that are started for each step of the run and do its slices, where the installation can start some; null: the
 *     services do
 */
@Serdeable
@Doc("Cuts a run into slices, so that several services work on it at once.")
public record Scale(
        @Doc("Most slices of a run; a few for each service that is to work on it.")
        int slices,

        @Doc("Pods of Kubernetes that are started for each step of the run; by default the services do the slices.")
        @Nullable
        Integer pods) {
    /** More would make the load read more manifests than it has files in one job. */
    public static final int MOST = 10_000;

    /** More would be a third of what Kubernetes bears in one namespace. */
    public static final int MOST_PODS = 1_000;

    public Scale {
        Checks checks = new Checks();
        checks.that(slices >= 2 && slices <= MOST, "slices", slices, "2 to " + MOST);
        checks.that(
                pods == null || (pods >= 1 && pods <= MOST_PODS), "pods", String.valueOf(pods), "1 to " + MOST_PODS);
        checks.done();
    }
}
