package dev.millrace.transformer;

import dev.millrace.staging.Drift;
import dev.millrace.transformer.json.Field;
import dev.millrace.transformer.json.RecordScanner;
import dev.millrace.transformer.value.ColumnReader;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * In how many records the fields of columns were there, and fields that no column reads. A column is counted by its
 * number among all columns, those within records included. For one thread.
 */
final class Presence {
    /** Fields that no column reads, by path; objects whose names are data have ever other ones. */
    private static final int MAX_UNREAD = 10_000;

    private final long[] there;
    private final long[] objects;
    private final boolean[] outOfReach;
    private final Map<String, Long> unread = new HashMap<>();
    private long records;
    private long replaced;

    /** @param columns how many there are in all */
    Presence(int columns) {
        there = new long[columns];
        objects = new long[columns];
        outOfReach = new boolean[columns];
    }

    /** Counts a record, or an element of one that is exploded. */
    void count(List<ColumnReader> columns, Field[] fields) {
        records++;
        for (int i = 0; i < fields.length; i++) {
            Field field = fields[i];
            if (field != Field.MISSING) {
                count(columns.get(i), field);
            }
        }
    }

    private void count(ColumnReader column, Field field) {
        there[column.number()]++;
        if (!column.fields().isEmpty()) {
            countFields(column, field);
        }
    }

    /** Counts further records. */
    void addRecords(long more) {
        records += more;
    }

    /** Counts the field of a column, but not those within it. */
    void addThere(ColumnReader column, long times) {
        there[column.number()] += times;
    }

    /** Of a RECORD, or of each in an array of them. */
    void countFields(ColumnReader column, Field field) {
        List<Field> parts = field.parts();
        if (field.kind() == Field.Kind.ARRAY) {
            for (Field element : parts) {
                countFields(column, element);
            }
        } else if (field.kind() == Field.Kind.OBJECT) {
            objects[column.number()]++;
            List<ColumnReader> fields = column.fields();
            for (int i = 0; i < parts.size(); i++) {
                if (parts.get(i) != Field.MISSING) {
                    count(fields.get(i), parts.get(i));
                }
            }
        }
    }

    /** Adds what the scanner has noticed of the records that were counted. */
    void add(RecordScanner scanner) {
        for (int i = 0; i < outOfReach.length; i++) {
            outOfReach[i] |= scanner.wasOutOfReach(i);
        }
        scanner.unread(this::addUnread);
        replaced += scanner.replaced();
    }

    /** Halves of characters that were replaced. */
    long replaced() {
        return replaced;
    }

    void add(Presence other) {
        records += other.records;
        replaced += other.replaced;
        for (int i = 0; i < there.length; i++) {
            there[i] += other.there[i];
            objects[i] += other.objects[i];
            outOfReach[i] |= other.outOfReach[i];
        }
        other.unread.forEach(this::addUnread);
    }

    /** Counts a field that no column reads. */
    void addUnread(String path, long times) {
        if (unread.size() < MAX_UNREAD || unread.containsKey(path)) {
            unread.merge(path, times, Long::sum);
        }
    }

    /**
     * @param paths of all columns, by their numbers
     * @param elsewhere what no column here has to read
     */
    Drift drift(List<ColumnReader> columns, List<String> paths, ReadElsewhere elsewhere) {
        List<String> missing = new ArrayList<>();
        List<Drift.Seen> partial = new ArrayList<>();
        compare(columns, null, paths, missing, partial);
        List<Map.Entry<String, Long>> missed = unread.entrySet().stream()
                .filter(field -> !elsewhere.reads(field.getKey()))
                .toList();
        List<Drift.Seen> most = missed.stream()
                .map(field -> new Drift.Seen(field.getKey(), field.getValue(), Math.max(records, field.getValue())))
                .sorted(Comparator.comparingLong(Drift.Seen::records).reversed().thenComparing(Drift.Seen::name))
                .limit(Drift.MOST)
                .toList();
        return new Drift(
                records, missing, partial.stream().limit(Drift.MOST).toList(), most, missed.size() - most.size());
    }

    /** Columns within objects of which the records have none. */
    List<String> unseen(List<ColumnReader> columns, List<String> paths) {
        List<String> unseen = new ArrayList<>();
        for (ColumnReader column : columns) {
            if (objects[column.number()] == 0) {
                column.fields().stream()
                        .filter(field -> field.column().isRead())
                        .forEach(field -> unseen.add(paths.get(field.number())));
            }
            unseen.addAll(unseen(column.fields(), paths));
        }
        return unseen;
    }

    /** @param around the column of the RECORD that the columns are in; null: they are those of the table */
    private void compare(
            List<ColumnReader> columns,
            @Nullable ColumnReader around,
            List<String> paths,
            List<String> missing,
            List<Drift.Seen> partial) {
        long of = around == null ? records : objects[around.number()];
        for (ColumnReader column : columns) {
            int number = column.number();
            if (!column.column().isRead()) {
                continue;
            }
            if (there[number] < of) {
                if (there[number] == 0
                        && !outOfReach[number]
                        && !column.column().optional()) {
                    missing.add(paths.get(number));
                } else {
                    partial.add(new Drift.Seen(paths.get(number), there[number], of));
                }
            }
            compare(column.fields(), column, paths, missing, partial);
        }
    }
}
