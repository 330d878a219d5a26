package dev.millrace.task;

import io.micronaut.serde.annotation.Serdeable;

/**
 * The request of an attempt at extraction for permits of its source, sent to {@code permits} below the task's
 * callback. May be repeated; each says anew what is wanted.
 *
 * @param wanted requests that it would have under way at once; 0: it needs none, or the source has no such limit
 * @param underWay requests that it has under way now, which can't be taken back
 * @param starts requests that it would begin next; 0: none, or the source has no such limit
 */
@Serdeable
public record PermitRequest(int wanted, int underWay, int starts) {
    public PermitRequest {
        if (wanted < 0 || underWay < 0 || starts < 0) {
            throw new IllegalArgumentException("permits: " + wanted + " wanted, " + underWay + " under way, " + starts
                    + " starts (expected: none below 0)");
        }
    }

    /**
     * What it gets. It has to ask again within its lease, and does so sooner for the sake of others.
     *
     * @param held requests that it may have under way at once; never below what was under way
     * @param starts requests that it may begin; what isn't begun in time is void
     * @param inMicros until the first of them may begin
     * @param everyMicros between two of them
     */
    @Serdeable
    public record Grant(int held, int starts, long inMicros, long everyMicros) {}
}
