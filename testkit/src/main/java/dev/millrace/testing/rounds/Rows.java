package dev.millrace.testing.rounds;

import java.util.stream.LongStream;

/**
 * What an endpoint has in a version.
 *
 * @param version from 1; no two versions have as many records, so that a count tells the version
 * @param flawed whether some records are no rows
 */
record Rows(int version, boolean flawed) {
    private static final int FEWEST = 300;
    private static final int MORE_EACH = 7;
    private static final int FLAW_EVERY = 25;

    long records() {
        return FEWEST + (long) MORE_EACH * version;
    }

    private boolean isFlawed(long id) {
        return flawed && id % FLAW_EVERY == 7;
    }

    String record(long id) {
        return isFlawed(id)
                ? "{\"id\":" + id + ",\"v\":\"none\",\"text\":\"\"}"
                : "{\"id\":" + id + ",\"v\":" + version + ",\"text\":\"row " + id + " of " + version + "\"}";
    }

    /** Ids of the records that are rows. */
    LongStream ids() {
        return LongStream.range(0, records()).filter(id -> !isFlawed(id));
    }

    long rejected() {
        return records() - ids().count();
    }
}
