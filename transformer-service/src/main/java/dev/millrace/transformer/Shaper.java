package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Reject;
import dev.millrace.task.Step;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes rows of records, or says what is wrong with them. Immutable, for use by several threads. */
final class Shaper {
    private final List<Column> schema;
    private final List<Reading> readings;
    private final Object[] defaults;
    private final FieldTree tree;
    private final boolean[] raw;

    /** @throws MillraceException with {@code PIPELINE_INVALID} when a format or a default doesn't fit its column */
    Shaper(List<Column> schema) {
        this.schema = schema;
        this.readings = new ArrayList<>();
        this.defaults = new Object[schema.size()];
        this.tree = FieldTree.of(schema);
        this.raw = new boolean[schema.size()];
        for (int i = 0; i < schema.size(); i++) {
            Column column = schema.get(i);
            raw[i] = column.type() == Column.Type.JSON;
            try {
                Reading reading = Reading.of(column);
                readings.add(reading);
                defaults[i] = defaultOf(column, reading);
            } catch (IllegalArgumentException e) {
                throw new MillraceException(
                        ErrorCode.PIPELINE_INVALID, "column " + column.name() + ": " + e.getMessage(), e);
            }
        }
    }

    private static @Nullable Object defaultOf(Column column, Reading reading) {
        String text = column.defaultValue();
        if (text == null) {
            return null;
        }
        try {
            if (reading instanceof Reading.Json) {
                checkJson(text);
            }
            return reading.read(new Field(Field.Kind.TEXT, text));
        } catch (Misfit e) {
            throw new IllegalArgumentException("default '" + text + "' " + e.reason(), e);
        }
    }

    private static void checkJson(String text) throws Misfit {
        byte[] record = ("{\"default\":" + text + "}").getBytes(StandardCharsets.UTF_8);
        Field[] _ = new RecordScanner(FieldTree.of(List.of()), new boolean[0]).scan(record, 0, record.length);
    }

    List<Reading> readings() {
        return readings;
    }

    Shaped shape(Lines lines) {
        RecordScanner scanner = new RecordScanner(tree, raw);
        List<Object[]> rows = new ArrayList<>(lines.count());
        List<Reject> rejects = new ArrayList<>();
        Map<Integer, Shaped.Nulled> nulled = new HashMap<>();
        for (int i = 0; i < lines.count(); i++) {
            Rejected rejected = null;
            if (lines.oversized()) {
                rejected = new Rejected(null, null, "the record is longer than 16 MiB");
            } else {
                try {
                    Field[] fields = scanner.scan(lines.bytes(), lines.start(i), lines.end(i));
                    Object[] row = new Object[schema.size()];
                    rejected = fill(row, fields, lines, i, nulled);
                    if (rejected == null) {
                        rows.add(row);
                    }
                } catch (Misfit e) {
                    rejected = new Rejected(null, null, "the record " + e.reason());
                }
            }
            if (rejected != null) {
                rejects.add(reject(lines, i, rejected));
            }
        }
        return new Shaped(rows, rejects, nulled, lines.size());
    }

    private record Rejected(
            @Nullable Column column, @Nullable String value, String reason) {}

    /** Null when the row is good. The values that became NULL are counted only then. */
    private @Nullable Rejected fill(
            Object[] row, Field[] fields, Lines lines, int line, Map<Integer, Shaped.Nulled> nulled) {
        List<Integer> misfits = new ArrayList<>(0);
        List<String> reasons = new ArrayList<>(0);
        for (int i = 0; i < row.length; i++) {
            Column column = schema.get(i);
            Field field = fields[i];
            try {
                row[i] = value(i, field);
            } catch (Misfit e) {
                if (column.onError() == Column.OnError.REJECT) {
                    return new Rejected(
                            column, field.isNothing() ? null : field.text(), column.name() + " " + e.reason());
                }
                misfits.add(i);
                reasons.add(e.reason());
            }
        }
        for (int i = 0; i < misfits.size(); i++) {
            String first =
                    "row " + (lines.firstRow() + line) + " of " + lines.part().path() + ": it " + reasons.get(i);
            nulled.merge(misfits.get(i), new Shaped.Nulled(1, first), Shaped.Nulled::and);
        }
        return null;
    }

    private @Nullable Object value(int position, Field field) throws Misfit {
        if (field.kind() == Field.Kind.BLOCKED) {
            throw new Misfit(
                    "can't be reached: " + schema.get(position).path() + " leads through a value that is no object");
        }
        if (!field.isNothing()) {
            return readings.get(position).read(field);
        }
        Object substitute = defaults[position];
        if (substitute == null && schema.get(position).mode() == Column.Mode.REQUIRED) {
            throw new Misfit("is REQUIRED, and " + (field.kind() == Field.Kind.NULL ? "null" : "missing"));
        }
        return substitute;
    }

    private static Reject reject(Lines lines, int line, Rejected rejected) {
        int start = lines.start(line);
        // a character takes four bytes at most
        int length = Math.min(lines.end(line) - start, 4 * Reject.MAX_RECORD);
        return new Reject(
                Step.TRANSFORM.name(),
                lines.part().path(),
                lines.firstRow() + line,
                rejected.column() == null ? null : rejected.column().name(),
                rejected.value(),
                rejected.reason(),
                new String(lines.bytes(), start, length, StandardCharsets.UTF_8));
    }
}
