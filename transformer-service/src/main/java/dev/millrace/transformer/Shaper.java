package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Reject;
import dev.millrace.task.Step;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Makes rows of records, or says what is wrong with them. Immutable, for use by several threads. */
final class Shaper {
    private final List<String> paths = new ArrayList<>();
    private final List<ColumnReading> columns;
    private final FieldTree tree;

    /** @throws MillraceException with {@code PIPELINE_INVALID} when a format or a default doesn't fit its column */
    Shaper(List<Column> schema, Rules rules) {
        this.columns = ColumnReading.of(schema, paths, rules);
        this.tree = FieldTree.of(schema);
    }

    List<ColumnReading> columns() {
        return columns;
    }

    /** @param column its number in {@link Changes} */
    String path(int column) {
        return paths.get(column);
    }

    Shaped shape(Lines lines) {
        RecordScanner scanner = new RecordScanner(tree);
        List<Object[]> rows = new ArrayList<>(lines.count());
        List<Reject> rejects = new ArrayList<>();
        Changes changes = new Changes();
        for (int i = 0; i < lines.count(); i++) {
            Rejected rejected = null;
            if (lines.oversized()) {
                rejected = new Rejected(null, null, "the record is longer than 16 MiB");
            } else {
                try {
                    Field[] fields = scanner.scan(lines.bytes(), lines.start(i), lines.end(i));
                    Object[] row = new Object[columns.size()];
                    rejected = fill(row, fields, changes);
                    if (rejected == null) {
                        changes.count(lines, i);
                        rows.add(row);
                    }
                } catch (Misfit e) {
                    rejected = new Rejected(null, null, "the record " + e.reason());
                }
            }
            if (rejected != null) {
                changes.forgetSince(0);
                rejects.add(reject(lines, i, rejected));
            }
        }
        return new Shaped(rows, rejects, changes, lines.size());
    }

    private record Rejected(
            @Nullable String column, @Nullable String value, String reason) {}

    /** Null when the row is good. */
    private @Nullable Rejected fill(Object[] row, Field[] fields, Changes changes) {
        for (int i = 0; i < row.length; i++) {
            ColumnReading column = columns.get(i);
            try {
                row[i] = column.value(fields[i], changes);
            } catch (Misfit e) {
                String path = column.column().name() + e.path();
                return new Rejected(path, e.value(), path + " " + e.reason());
            }
        }
        return null;
    }

    private static Reject reject(Lines lines, int line, Rejected rejected) {
        int start = lines.start(line);
        // a character takes four bytes at most
        int length = Math.min(lines.end(line) - start, 4 * Reject.MAX_RECORD);
        return new Reject(
                Step.TRANSFORM.name(),
                lines.part().path(),
                lines.firstRow() + line,
                rejected.column(),
                rejected.value(),
                rejected.reason(),
                new String(lines.bytes(), start, length, StandardCharsets.UTF_8));
    }
}
