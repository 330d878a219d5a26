package dev.millrace.extractor.workbook;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.workbook.SheetRow.Kind;
import dev.millrace.extractor.workbook.Workbook.Merge;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/** The rows of a sheet with what merged cells have, which is stored in the first of them only, in each of them. */
public final class MergedRows implements Workbook.Rows {
    private final Workbook.Rows rows;
    private final Deque<Merge> next;
    private final List<Filled> active = new ArrayList<>();

    /** @param why null: it can be read */
    private record Filled(
            Merge merge, Kind kind, String text, @Nullable String why) {}

    /** @param rows closed with this */
    public MergedRows(Workbook.Rows rows, List<Merge> merges) {
        this.rows = rows;
        this.next = new ArrayDeque<>(
                merges.stream().sorted(Comparator.comparingInt(Merge::firstRow)).toList());
    }

    @Override
    public boolean next(SheetRow row) throws IOException, MalformedSource {
        if (!rows.next(row)) {
            return false;
        }
        active.removeIf(filled -> filled.merge().lastRow() < row.number());
        while (!next.isEmpty() && next.getFirst().firstRow() <= row.number()) {
            Merge merge = next.removeFirst();
            // one whose first row has no cells at all has nothing to give
            if (merge.firstRow() == row.number() && row.kind(merge.firstColumn()) != Kind.EMPTY) {
                int first = merge.firstColumn();
                Kind kind = row.kind(first);
                active.add(new Filled(merge, kind, row.text(first), kind == Kind.FLAWED ? row.why(first) : null));
            }
        }
        for (Filled filled : active) {
            fill(row, filled);
        }
        return true;
    }

    private static void fill(SheetRow row, Filled filled) throws MalformedSource {
        int last = Math.min(filled.merge().lastColumn(), Workbook.MOST_COLUMNS - 1);
        for (int column = filled.merge().firstColumn(); column <= last; column++) {
            if (row.kind(column) == Kind.EMPTY) {
                row.open();
                row.append(filled.text());
                if (filled.why() == null) {
                    row.end(column, filled.kind());
                } else {
                    row.flawed(column, filled.why());
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        rows.close();
    }
}
