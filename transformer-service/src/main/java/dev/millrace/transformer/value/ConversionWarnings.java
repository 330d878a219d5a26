package dev.millrace.transformer.value;

import dev.millrace.staging.Origin;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** The count, by column, of values that were not taken as they were sent. For one thread. */
public final class ConversionWarnings {
    /** What became of a value. */
    public enum Kind {
        NULLED("values became NULL", false),
        EMPTIED("arrays were NULL or missing and became empty", false),
        NULL_MARKER("texts mean NULL", true),
        TRUNCATED("values were truncated", true),
        ROUNDED("values were rounded", true);

        private final String words;
        private final boolean meant;

        Kind(String words, boolean meant) {
            this.words = words;
            this.meant = meant;
        }

        /** Whether the pipeline file says that there are such values, so that one is no warning. */
        public boolean isMeant() {
            return meant;
        }

        public String words() {
            return words;
        }
    }

    /** @param column its number among all columns, those within records included */
    record Key(int column, Kind kind) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            return column != other.column ? Integer.compare(column, other.column) : kind.compareTo(other.kind);
        }
    }

    /** One value of a record. */
    public record Change(Key key, String reason) {}

    /** @param first where the first one was and why */
    private record Count(long count, String first) {
        Count and(Count later) {
            return new Count(count + later.count, first);
        }
    }

    private final TreeMap<Key, Count> counts = new TreeMap<>();
    private final List<Change> ofRecord = new ArrayList<>();

    /** Notes a change to the current record. */
    public void note(int column, Kind kind, String reason) {
        ofRecord.add(new Change(new Key(column, kind), reason));
    }

    /** A point to which {@link #forgetSince} can go back. */
    public int mark() {
        return ofRecord.size();
    }

    public void forgetSince(int mark) {
        ofRecord.subList(mark, ofRecord.size()).clear();
    }

    /** What was noted of the current record, which is over. */
    public List<Change> take() {
        if (ofRecord.isEmpty()) {
            return List.of();
        }
        List<Change> taken = List.copyOf(ofRecord);
        ofRecord.clear();
        return taken;
    }

    /** Counts what was noted of a record whose rows are handed on. */
    public void count(List<Change> taken, Origin origin) {
        for (Change change : taken) {
            String first = "row " + origin.row() + " of " + origin.place()
                    + (change.reason.isEmpty() ? "" : ": it " + change.reason);
            counts.merge(change.key, new Count(1, first), Count::and);
        }
    }

    /** @param later of records that come after those of this */
    public void add(ConversionWarnings later) {
        later.counts.forEach((key, count) -> counts.merge(key, count, Count::and));
    }

    /** Called in the order of the columns. */
    public interface Taker {
        /** @param sentence without the column */
        void take(int column, Kind kind, String sentence);
    }

    public void forEach(Taker taker) {
        counts.forEach((key, count) -> taker.take(
                key.column, key.kind, count.count + " " + key.kind.words() + ", the first in " + count.first));
    }
}
