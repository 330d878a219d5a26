package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.transformer.engine.RowBuffers;
import dev.millrace.transformer.json.Field;
import dev.millrace.transformer.json.FieldTree;
import dev.millrace.transformer.json.InvalidFieldValue;
import dev.millrace.transformer.json.JsonCursor;
import dev.millrace.transformer.json.Name;
import dev.millrace.transformer.json.RecordScanner;
import dev.millrace.transformer.value.ColumnBuffer;
import dev.millrace.transformer.value.ColumnReader;
import dev.millrace.transformer.value.ConversionWarnings;
import dev.millrace.transformer.value.QuickReader;
import dev.millrace.transformer.value.ValueParser;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What records look like, learned from those before: which names follow which value, byte by byte as they were sent. So a
 * usual record is a matter of comparing, and its values go straight into the columns. Whatever is another way, or could be
 * wrong, is left to {@link RecordScanner} and {@link ColumnReader}, which know why, and from which the template learns.
 *
 * <p>A value's place in a record is where its names lead. From each place there are steps to others: what stands in
 * between, with the names that it has. As no name is passed twice in a record, none occurs twice in an object. For one
 * thread.
 */
final class Template {
    /** Steps in all; records whose names are data have ever other ones. */
    private static final int MOST_STEPS = 4_000;

    /** From one place. */
    private static final int MOST_CHOICES = 64;

    /** Of one object. */
    private static final int MOST_NAMES = 500;

    /** Records that were looked at to learn from them, of which most had nothing new. */
    private static final int MOST_LOOKS = 20_000;

    private static final Step[] NONE = {};

    private final List<ColumnReader> columns;
    private final MetadataValues metadata;
    private final RowBuffers rows;
    private final Slot[] slots;
    private final Path root;
    private final Place start = new Place();
    private final List<Step> steps = new ArrayList<>();
    private int names;
    private int looks;

    /** Names and claims of the record that is read, one bit each. */
    private long[] passed = {};

    private Step[] way = new Step[64];

    /** Records within the one that is read, whose fields are counted if it becomes a row. */
    private final List<Found> found = new ArrayList<>();

    private long records;

    /** @param tree of a record that isn't exploded */
    Template(FieldTree tree, List<ColumnReader> columns, MetadataValues metadata, RowBuffers rows) {
        this.columns = columns;
        this.metadata = metadata;
        this.rows = rows;
        this.slots = new Slot[columns.size()];
        for (int i = 0; i < slots.length; i++) {
            slots[i] = new Slot(columns.get(i), rows.column(i), names++);
        }
        this.root = new Path(names++, tree);
    }

    private record Found(ColumnReader column, Field field) {}

    /** A name in its object, or the record. */
    private static final class Path {
        private final int number;
        private final @Nullable FieldTree tree;
        private final Place place = new Place();
        private final Map<Name, Path> below = new HashMap<>();

        Path(int number, @Nullable FieldTree tree) {
            this.number = number;
            this.tree = tree;
        }
    }

    /** What can follow a value. */
    private static final class Place {
        private Step[] steps = NONE;
    }

    /** A column whose values are read. */
    private static final class Slot {
        private final ColumnReader column;
        private final ColumnBuffer buffer;
        private final @Nullable QuickReader quick;
        private final boolean nullable;
        private final boolean asItIs;
        /** Of the column among the names, for one that can be found at several places. */
        private final int claim;

        Slot(ColumnReader column, ColumnBuffer buffer, int claim) {
            this.column = column;
            this.buffer = buffer;
            this.quick = QuickReader.of(column, buffer);
            this.nullable = column.column().mode() == Column.Mode.NULLABLE
                    && column.column().defaultValue() == null
                    && !column.hasTextRules();
            this.asItIs = column.parser() instanceof ValueParser.JsonParser json
                    && !json.json().isLimited()
                    && !column.hasTextRules();
            this.claim = claim;
        }
    }

    /** From one value to the next. */
    private static final class Step {
        /** As it was sent. */
        private final byte[] between;
        /** That are passed, by their numbers. */
        private final int[] names;
        /** The columns that read the value; empty: none does. */
        private final FieldTree.Target[] targets;
        /** Of the value; null: the record has ended. */
        private final @Nullable Place next;
        /** Of the value, in objects around it. */
        private final int depth;
        /** Path of the value, if no column reads it; null: one does, or all that is around it. */
        private final @Nullable String unread;
        /** Objects in between that are null. */
        private final List<FieldTree> nothing;

        private long records;

        Step(
                byte[] between,
                List<Integer> names,
                List<FieldTree.Target> targets,
                @Nullable Place next,
                int depth,
                @Nullable String unread,
                List<FieldTree> nothing) {
            this.between = between;
            this.names = names.stream().mapToInt(Integer::intValue).toArray();
            this.targets = targets.toArray(FieldTree.Target[]::new);
            this.next = next;
            this.depth = depth;
            this.unread = unread;
            this.nothing = List.copyOf(nothing);
        }
    }

    /**
     * Makes a row of a record, if it is a usual one.
     *
     * @param scanner for what takes a closer look
     * @param changes take what becomes of its values
     * @param presence takes what fields within its values there are
     * @return whether there is a row; else nothing has changed
     */
    boolean read(
            byte[] bytes,
            int from,
            int end,
            RecordScanner scanner,
            MetadataValues.About about,
            ConversionWarnings changes,
            Presence presence) {
        if (start.steps.length == 0) {
            return false;
        }
        int row = rows.size();
        int mark = changes.mark();
        found.clear();
        scanner.tryOut(bytes, from, end);
        try {
            int passedSteps = values(bytes, from, end, scanner, changes);
            if (passedSteps > 0) {
                complete(row, about, changes);
                for (int i = 0; i < passedSteps; i++) {
                    way[i].records++;
                    for (FieldTree nothing : way[i].nothing) {
                        scanner.nothingAt(nothing);
                    }
                }
                scanner.keep();
                for (int i = 0; i < found.size(); i++) {
                    presence.countFields(found.get(i).column(), found.get(i).field());
                }
                records++;
                rows.added();
                return true;
            }
        } catch (InvalidFieldValue e) {
            // whoever looks at the record closely says what is wrong with it
        }
        rows.truncate(row);
        changes.forgetSince(mark);
        return false;
    }

    /** How many steps it took to the end of the record; 0: it is another one. */
    private int values(byte[] bytes, int from, int end, RecordScanner scanner, ConversionWarnings changes)
            throws InvalidFieldValue {
        Arrays.fill(passed, 0);
        Place place = start;
        int at = from;
        int count = 0;
        while (true) {
            Step step = follow(place, bytes, at, end);
            if (step == null || !pass(step)) {
                return 0;
            }
            at += step.between.length;
            if (count == way.length) {
                way = Arrays.copyOf(way, 2 * count);
            }
            way[count++] = step;
            if (step.next == null) {
                return count;
            }
            if (at >= end) {
                return 0;
            }
            at = step.targets.length == 0
                    ? scanner.behindValue(at, step.depth)
                    : targets(step, bytes, at, end, scanner, changes);
            place = step.next;
        }
    }

    private static @Nullable Step follow(Place place, byte[] bytes, int at, int end) {
        Step[] choices = place.steps;
        for (int i = 0; i < choices.length; i++) {
            Step step = choices[i];
            byte[] between = step.between;
            int behind = at + between.length;
            if (behind <= end
                    && Arrays.equals(bytes, at, behind, between, 0, between.length)
                    && (step.next != null || behind == end)) {
                return step;
            }
        }
        return null;
    }

    private boolean pass(Step step) {
        int[] numbers = step.names;
        for (int i = 0; i < numbers.length; i++) {
            int word = numbers[i] >>> 6;
            long bit = 1L << numbers[i];
            if ((passed[word] & bit) != 0) {
                return false;
            }
            passed[word] |= bit;
        }
        return true;
    }

    private int targets(Step step, byte[] bytes, int at, int end, RecordScanner scanner, ConversionWarnings changes)
            throws InvalidFieldValue {
        int behind = at;
        for (FieldTree.Target target : step.targets) {
            Slot slot = slots[target.position()];
            behind = quick(slot, bytes, at, end);
            if (behind < 0) {
                behind = closely(slot, step, target, bytes, at, scanner, changes);
            }
        }
        return behind;
    }

    private static int quick(Slot slot, byte[] bytes, int at, int end) {
        if (slot.nullable && bytes[at] == 'n') {
            int behind = QuickReader.behindNull(bytes, at, end);
            if (behind >= 0) {
                slot.buffer.appendNull();
            }
            return behind;
        }
        return slot.quick == null ? QuickReader.NOT_USUAL : slot.quick.read(bytes, at, end);
    }

    private int closely(
            Slot slot,
            Step step,
            FieldTree.Target target,
            byte[] bytes,
            int at,
            RecordScanner scanner,
            ConversionWarnings changes)
            throws InvalidFieldValue {
        if (slot.asItIs && bytes[at] > ' ' && bytes[at] != 'n') {
            int behind = scanner.behindValue(at, step.depth);
            ((ColumnBuffer.Texts) slot.buffer).append(bytes, at, behind);
            return behind;
        }
        Field field = scanner.field(target, at, step.depth);
        slot.buffer.append(slot.column.value(field, changes));
        if (!slot.column.fields().isEmpty()) {
            found.add(new Found(slot.column, field));
        }
        return scanner.position();
    }

    /** Gives the row what was not in the record. */
    private void complete(int row, MetadataValues.About about, ConversionWarnings changes) throws InvalidFieldValue {
        for (int i = 0; i < slots.length; i++) {
            Slot slot = slots[i];
            if (slot.buffer.size() == row) {
                Column column = slot.column.column();
                if (column.isRead()) {
                    slot.buffer.append(slot.column.value(Field.MISSING, changes));
                } else if (column.metadata() != null) {
                    slot.buffer.append(metadata.value(i, about, null, changes));
                }
            }
        }
    }

    /** Tells in how many records fields were since it was told last. */
    void tell(Presence presence) {
        presence.addRecords(records);
        records = 0;
        for (Step step : steps) {
            if (step.records > 0) {
                for (FieldTree.Target target : step.targets) {
                    presence.addThere(columns.get(target.position()), step.records);
                }
                if (step.unread != null) {
                    presence.addUnread(step.unread, step.records);
                }
                step.records = 0;
            }
        }
    }

    /** Learns from a record that has become one row. */
    void learn(byte[] bytes, int from, int end) {
        if (looks < MOST_LOOKS && steps.size() < MOST_STEPS) {
            looks++;
            try {
                new Lesson(bytes, from, end).learn();
            } catch (InvalidFieldValue e) {
                throw new IllegalStateException("the record has been found to be JSON", e);
            }
        }
    }

    /** The way through one record. */
    private final class Lesson {
        private final JsonCursor json = new JsonCursor(false);
        private final byte[] bytes;
        private final int end;
        private final List<Step> ways = new ArrayList<>();
        private final List<Place> from = new ArrayList<>();
        private final List<Integer> passing = new ArrayList<>();
        private final List<FieldTree> nothing = new ArrayList<>();
        private Place place = start;
        private int behindLast;
        private int depth;

        Lesson(byte[] bytes, int start, int end) {
            this.bytes = bytes;
            this.end = end;
            this.behindLast = start;
            json.reset(bytes, start, end);
        }

        void learn() throws InvalidFieldValue {
            byte _ = json.next();
            passing.add(root.number);
            if (object(root)) {
                step(end, List.of(), null, null);
                for (int i = 0; i < ways.size(); i++) {
                    add(from.get(i), ways.get(i));
                }
                passed = new long[names / Long.SIZE + 1];
            }
        }

        /** Whether all that is in it can be learned. */
        private boolean object(Path object) throws InvalidFieldValue {
            FieldTree tree = object.tree;
            if (tree == null) {
                return false;
            }
            depth++;
            for (boolean more = json.enter('}'); more; more = json.more('}')) {
                json.name();
                if (json.isEscaped()) {
                    return false;
                }
                Name name = new Name(json.bytes(), json.textStart(), json.textEnd());
                FieldTree child = tree.child(name);
                Path known = object.below.get(name);
                if (known == null) {
                    if (object.below.size() == MOST_NAMES) {
                        return false;
                    }
                    known = new Path(names++, child);
                    Path _ = object.below.put(name.alone(), known);
                }
                passing.add(known.number);
                if (!member(tree, known, name)) {
                    return false;
                }
            }
            depth--;
            return true;
        }

        private boolean member(FieldTree around, Path name, Name called) throws InvalidFieldValue {
            byte first = json.next();
            FieldTree tree = name.tree;
            if (tree == null) {
                String unread = around.isReadWhole() ? null : around.pathOf(called.toString());
                step(json.position(), List.of(), name, unread);
                return pass();
            }
            if (tree.isExploded() || tree.keepsFromExploding(first) || tree.hasElements()) {
                return false;
            }
            if (tree.hasFields()) {
                return tree.targets().isEmpty() && (first == '{' ? object(name) : first == 'n' && nothing(tree));
            }
            for (FieldTree.Target target : tree.targets()) {
                if (target.oneOfSeveral() != null) {
                    passing.add(slots[target.position()].claim);
                }
            }
            step(json.position(), tree.targets(), name, null);
            return pass();
        }

        private boolean nothing(FieldTree tree) throws InvalidFieldValue {
            nothing.add(tree);
            json.word("null");
            return true;
        }

        private void step(int to, List<FieldTree.Target> targets, @Nullable Path next, @Nullable String unread) {
            from.add(place);
            ways.add(new Step(
                    Arrays.copyOfRange(bytes, behindLast, to),
                    passing,
                    targets,
                    next == null ? null : next.place,
                    depth,
                    unread,
                    nothing));
            passing.clear();
            nothing.clear();
            if (next != null) {
                place = next.place;
            }
        }

        private boolean pass() throws InvalidFieldValue {
            RecordScanner.skip(json);
            behindLast = json.position();
            return true;
        }
    }

    private void add(Place place, Step step) {
        for (Step known : place.steps) {
            if (Arrays.equals(known.between, step.between) && (known.next == null) == (step.next == null)) {
                return;
            }
        }
        if (place.steps.length < MOST_CHOICES && steps.size() < MOST_STEPS) {
            steps.add(step);
            Step[] more = Arrays.copyOf(place.steps, place.steps.length + 1);
            more[more.length - 1] = step;
            place.steps = more;
        }
    }
}
