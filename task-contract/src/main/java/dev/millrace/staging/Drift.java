package dev.millrace.staging;

import dev.millrace.pipeline.Default;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the records of a run have, compared with what the schema reads of them. A field that is null is there. Of a
 * record that is no JSON object nothing is counted.
 *
 * @param records that were looked at; of a record that is exploded each element is one
 * @param missing columns whose field no record had, though it could have: not those that are optional, and none whose
 *     way ended at a null or an empty array; in the order of the schema, those within a RECORD as {@code record.field}
 * @param partial columns whose field some of the records lacked, optional ones included; the first {@link #MOST}
 * @param unread fields that no column reads; those that came most often, at most {@link #MOST}
 * @param unnamed how many further fields no column reads
 * @param changes columns that the load adds or widens, and those with values that they can't hold; the first {@link #MOST}
 * @param unseen of a slice, columns within objects of which its records have none, so that they say nothing of them; otherwise
 *     empty
 */
@Serdeable
public record Drift(
        long records,
        List<String> missing,
        List<Seen> partial,
        List<Seen> unread,
        long unnamed,
        @Default("[]") List<Change> changes,

        @Default("[]") List<String> unseen) {
    /** Of a kind that is listed. */
    public static final int MOST = 100;

    /** What the line of a log begins with that says that columns are missing. */
    public static final String LINE = "drift: ";

    /** Named in a line of a log. */
    private static final int IN_LINE = 20;

    @Creator // of several constructors, that which reads JSON
    public Drift {
        missing = List.copyOf(missing);
        partial = List.copyOf(partial);
        unread = List.copyOf(unread);
        changes = List.copyOf(changes);
        unseen = List.copyOf(unseen);
        if (records < 0 || unnamed < 0 || partial.size() > MOST || unread.size() > MOST) {
            throw new IllegalArgumentException("drift: " + records + " records, " + partial.size() + " partial, "
                    + unread.size() + " unread, " + unnamed + " unnamed (expected: none below 0, at most " + MOST
                    + " partial or unread)");
        }
    }

    /** Of records that change no column. */
    public Drift(long records, List<String> missing, List<Seen> partial, List<Seen> unread, long unnamed) {
        this(records, missing, partial, unread, unnamed, List.of());
    }

    /** Of a step as a whole. */
    public Drift(
            long records,
            List<String> missing,
            List<Seen> partial,
            List<Seen> unread,
            long unnamed,
            List<Change> changes) {
        this(records, missing, partial, unread, unnamed, changes, List.of());
    }

    /**
     * Of the records of two slices, or more. A column is missing if it is in each that says anything of it. How many
     * records have a column within objects is known of those slices only in which some lack it.
     */
    public Drift joined(Drift other) {
        if (records == 0 || other.records == 0) {
            return records == 0 ? other : this;
        }
        Set<String> anywhere = new LinkedHashSet<>(missing);
        anywhere.addAll(other.missing);
        List<String> nowhere = anywhere.stream()
                .filter(column -> lacks(column) && other.lacks(column))
                .toList();
        Map<String, Seen> some = new LinkedHashMap<>();
        Stream.of(missing, other.missing)
                .flatMap(List::stream)
                .filter(column -> !nowhere.contains(column))
                .forEach(column -> some.put(column, seen(column).plus(other.seen(column))));
        Stream.of(partial, other.partial)
                .flatMap(List::stream)
                .map(Seen::name)
                .forEach(column -> some.put(column, seen(column).plus(other.seen(column))));
        Map<String, Seen> fields = new HashMap<>();
        Stream.of(unread, other.unread)
                .flatMap(List::stream)
                .forEach(field -> fields.merge(
                        field.name(), new Seen(field.name(), field.records(), records + other.records), Seen::among));
        List<Seen> most = fields.values().stream()
                .map(field -> new Seen(field.name(), field.records(), Math.max(field.records(), field.of())))
                .sorted(Comparator.comparingLong(Seen::records).reversed().thenComparing(Seen::name))
                .toList();
        Map<String, Change> changed = new LinkedHashMap<>();
        Stream.of(changes, other.changes)
                .flatMap(List::stream)
                .forEach(change -> changed.merge(change.kind() + change.column(), change, Change::plus));
        return new Drift(
                records + other.records,
                nowhere,
                some.values().stream()
                        .filter(column -> column.records() < column.of())
                        .limit(MOST)
                        .toList(),
                most.stream().limit(MOST).toList(),
                Math.max(unnamed, other.unnamed) + Math.max(0, most.size() - MOST),
                changed.values().stream().limit(MOST).toList(),
                unseen.stream().filter(other.unseen::contains).toList());
    }

    private boolean lacks(String column) {
        return missing.contains(column) || unseen.contains(column);
    }

    /** In how many of the records a column is; none of none where only the slices know. */
    private Seen seen(String column) {
        boolean within = column.indexOf('.') >= 0;
        return partial.stream()
                .filter(some -> some.name().equals(column))
                .findFirst()
                .orElseGet(() -> within
                        ? new Seen(column, 0, 0)
                        : new Seen(column, missing.contains(column) ? 0 : records, records));
    }

    /** The same of a slice. */
    public Drift ofSlice(List<String> columns) {
        return new Drift(records, missing, partial, unread, unnamed, changes, columns);
    }

    /** The same with more changes. */
    public Drift with(List<Change> more) {
        List<Change> all = new ArrayList<>(changes);
        all.addAll(more);
        return new Drift(
                records,
                missing,
                partial,
                unread,
                unnamed,
                all.stream().limit(MOST).toList(),
                unseen);
    }

    /** What the records do to a column. */
    public enum Kind {
        /** The table hasn't had it. */
        ADDED,
        /** It gets a type that holds more numbers. */
        WIDENED,
        /** It stays as it is, and values that it can't hold are rejected. */
        RETYPED
    }

    /**
     * A column that the records change, or would.
     *
     * @param column its name, within a RECORD as {@code record.field}
     * @param from its type before; null: there was none
     * @param to its type now; null: no other one
     * @param records that have such values
     * @param example one of the values, shortened; null where there is none to be shown
     */
    @Serdeable
    public record Change(
            Kind kind,
            String column,
            @Nullable String from,
            @Nullable String to,
            long records,
            @Nullable String example) {
        private Change plus(Change other) {
            return new Change(
                    kind, column, from, to, records + other.records, example == null ? other.example : example);
        }

        @Override
        public String toString() {
            String values = " (" + records + (records == 1 ? " record" : " records")
                    + (example == null ? "" : ", such as '" + example + "'") + ")";
            return switch (kind) {
                case ADDED -> "new column " + column + " " + to + values;
                case WIDENED -> "column " + column + " from " + from + " to " + to + values;
                case RETYPED -> "column " + column + " is " + from + " and can't hold some values" + values;
            };
        }
    }

    /**
     * A column or field that was there.
     *
     * @param name the column's, or the path of the field
     * @param records that had it
     * @param of how many could have had it: all records, or the objects around it
     */
    @Serdeable
    public record Seen(String name, long records, long of) {
        private Seen plus(Seen other) {
            return new Seen(name, records + other.records, of + other.of);
        }

        /** Of the same records. */
        private Seen among(Seen other) {
            return new Seen(name, records + other.records, of);
        }

        @Override
        public String toString() {
            return name + " in " + records + " of " + of;
        }
    }

    /** Whether there is anything to be said of it. */
    public boolean hasAny() {
        return !missing.isEmpty() || !partial.isEmpty() || !changes.isEmpty() || unreadFields() > 0;
    }

    /** Of fields that no column reads. */
    public long unreadFields() {
        return unread.size() + unnamed;
    }

    /** That columns are missing, in a sentence. */
    public String missingLine() {
        return LINE + "no record of " + records + " has " + named(missing, missing.size())
                + ", which the schema reads (expected there, unless optional: true)";
    }

    /** Which columns some records lack, in a sentence. */
    public String partialLine() {
        return "in some records only: " + named(partial, partial.size());
    }

    /** Which fields nobody reads, in a sentence. */
    public String unreadLine() {
        return "fields that no column reads: " + named(unread, unreadFields());
    }

    /** What becomes of columns, in a sentence. */
    public String changesLine() {
        return LINE + named(changes, changes.size());
    }

    private static String named(List<?> names, long all) {
        int shown = Math.min(IN_LINE, names.size());
        return names.stream().limit(IN_LINE).map(Object::toString).collect(Collectors.joining(", "))
                + (all > shown ? " and " + (all - shown) + " more" : "");
    }
}
