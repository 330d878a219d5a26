package dev.millrace.extractor.workbook;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.workbook.SheetRow.Kind;
import dev.millrace.extractor.workbook.Workbook.Merge;
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

    private record Filled(Merge merge, Kind kind, String text) {}

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
                active.add(new Filled(merge, row.kind(merge.firstColumn()), row.text(merge.firstColumn())));
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
                row.end(column, filled.kind());
            }
        }
    }

    @Override
    public void close() throws IOException {
        rows.close();
    }
}
