package dev.millrace.task;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * Those of some loads that the warehouse's ledger has as committed, answered to a {@link Wanted} at {@code POST /loads}.
 *
 * @param loads their ids, in any order
 */
@Serdeable
public record CommittedLoads(List<String> loads) {
    /** The subject of service tokens for asking for them. */
    public static final String SUBJECT = "loads";

    /** Most ids that are asked for at once. */
    public static final int MOST = 1_000;

    public CommittedLoads {
        loads = List.copyOf(loads);
    }

    /**
     * @param loads ids, at most {@value CommittedLoads#MOST}
     * @param credentials name of the Google credentials that the loads have; null: those of the service
     */
    @Serdeable
    public record Wanted(List<String> loads, @Nullable String credentials) {
        public Wanted {
            loads = List.copyOf(loads);
            if (loads.size() > MOST) {
                throw new IllegalArgumentException(loads.size() + " loads (expected: at most " + MOST + ")");
            }
        }
    }
}
