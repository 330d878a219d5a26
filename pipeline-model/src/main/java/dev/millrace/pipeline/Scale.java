package dev.millrace.pipeline;

import io.micronaut.serde.annotation.Serdeable;

/**
 * Into how many slices a run is cut, each of which is extracted and transformed by a task of its own, on whatever service
 * has room for it. All of them are loaded by one task, in one commit.
 *
 * @param slices at most; a run of fewer files has fewer
 */
@Serdeable
@Doc("Cuts a run into slices, so that several services work on it at once.")
public record Scale(
        @Doc("Most slices of a run; a few for each service that is to work on it.")
        int slices) {
    /** More would make the load read more manifests than it has files in one job. */
    public static final int MOST = 10_000;

    public Scale {
        Checks checks = new Checks();
        checks.that(slices >= 2 && slices <= MOST, "slices", slices, "2 to " + MOST);
        checks.done();
    }
}
