package dev.millrace.loader.bucket;

import dev.millrace.task.LoadResult;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The ledger of a key of a bucket, or a day of it: what was decided about loads that publish there. One object,
 * replaced only by who has read what it replaces, so that of a commit and an abort one comes first and the other sees
 * it.
 *
 * @param current null before the first publication
 * @param decisions the last ones, oldest first, at most one for each load
 */
@Serdeable
record PublishLedger(@Nullable PublicationMarker current, List<Decision> decisions) {
    static final PublishLedger EMPTY = new PublishLedger(null, List.of());

    /** A service that was asleep for so many further runs of the same key and day is not going to wake up. */
    private static final int KEPT = 200;

    PublishLedger {
        decisions = List.copyOf(decisions);
    }

    /**
     * @param generation that was committed; or up to which nothing commits any more
     * @param result of the commit; null when the load was aborted
     */
    @Serdeable
    record Decision(String load, int generation, @Nullable LoadResult result) {}

    Optional<Decision> of(String load) {
        return decisions.stream()
                .filter(decision -> decision.load().equals(load))
                .findFirst();
    }

    PublishLedger committed(String load, int generation, PublicationMarker published) {
        return new PublishLedger(published, with(new Decision(load, generation, published.result())));
    }

    PublishLedger aborted(String load, int generation) {
        return new PublishLedger(current, with(new Decision(load, generation, null)));
    }

    private List<Decision> with(Decision last) {
        List<Decision> kept = new ArrayList<>(decisions);
        kept.removeIf(decision -> decision.load().equals(last.load()));
        kept.add(last);
        return kept.subList(Math.max(0, kept.size() - KEPT), kept.size());
    }

    long nextNumber() {
        return current == null ? 1 : current.number() + 1;
    }
}
