package dev.millrace.extractor.format;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.workbook.SheetRow;
import dev.millrace.extractor.workbook.SheetRow.Kind;
import dev.millrace.pipeline.format.Format;
import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;
import java.util.Arrays;
import java.util.List;

/** What becomes of the rows below a header. For one sheet and one thread. */
abstract class SheetRecords {
    private final boolean errorsAreNull;
    private final char[][] nulls;
    private final RecordSink sink;
    private long nullCells;
    private long nullErrors;
    private long strayCells;
    private String firstStray = "";

    SheetRecords(Format.Excel format, RecordSink sink) {
        this.errorsAreNull = format.errors() == Format.Excel.Errors.NULL;
        this.nulls = format.nulls().stream().map(String::toCharArray).toArray(char[][]::new);
        this.sink = sink;
    }

    /**
     * @param afterBlank whether the row above has nothing, or was left out
     * @return whether it is of the table; a note below it is not
     */
    abstract boolean row(SheetRow row, boolean afterBlank);

    /** For the log: which cells are what. */
    abstract List<String> cells();

    /** For the log: how many cells were not what they seem. */
    final void counts(List<String> said) {
        if (nullCells > 0) {
            said.add(nullCells + (nullCells == 1 ? " cell is NULL" : " cells are NULL") + " by nulls");
        }
        if (nullErrors > 0) {
            said.add(nullErrors + (nullErrors == 1 ? " error is NULL" : " errors are NULL"));
        }
        if (strayCells > 0) {
            said.add(strayCells + (strayCells == 1 ? " cell" : " cells")
                    + " in columns without a header left out, the first is " + firstStray);
        }
    }

    final RecordSink sink() {
        return sink;
    }

    final void stray(SheetRow row, int column) {
        if (strayCells++ == 0) {
            firstStray = SheetHeader.cell(column, row.number());
        }
    }

    /** Why the cell is no value; null: it is one, or NULL. */
    final @Nullable String flawOfValue(SheetRow row, int column) {
        boolean error = row.kind(column) == Kind.ERROR;
        String flaw = error && errorsAreNull ? null : flaw(row, column);
        return error && flaw != null ? flaw + " (expected: a value; with errors: \"null\" it is NULL)" : flaw;
    }

    /** Why a cell has no text of its own; null: it has one, or nothing. */
    static @Nullable String flaw(SheetRow row, int column) {
        return switch (row.kind(column)) {
            case EMPTY, TEXT, VALUE -> null;
            case ERROR -> "cell " + SheetHeader.cell(column, row.number()) + " is " + row.text(column);
            case FLAWED -> "cell " + SheetHeader.cell(column, row.number()) + " " + row.why(column);
        };
    }

    /** Writes the value of a cell without a flaw. */
    final void value(SheetRow row, int column, ObjectBytes object) {
        Kind kind = row.kind(column);
        if (kind == Kind.EMPTY) {
            object.nothing();
        } else if (kind == Kind.ERROR) {
            nullErrors++;
            object.nothing();
        } else if (isNull(row, column)) {
            nullCells++;
            object.nothing();
        } else {
            object.text(row.characters(), row.start(column), row.end(column));
        }
    }

    private boolean isNull(SheetRow row, int column) {
        int start = row.start(column);
        int end = row.end(column);
        while (nulls.length > 0 && start < end && row.characters()[start] <= ' ') {
            start++;
        }
        while (nulls.length > 0 && start < end && row.characters()[end - 1] <= ' ') {
            end--;
        }
        for (char[] wanted : nulls) {
            if (Arrays.equals(wanted, 0, wanted.length, row.characters(), start, end)) {
                return true;
            }
        }
        return false;
    }

    final void reject(SheetRow row, int column, String flaw) {
        sink.beginsAt(row.number(), column + 1);
        sink.reject(flaw, shown(row));
    }

    static String shown(SheetRow row) {
        StringBuilder shown = new StringBuilder();
        for (int column = 0; column < row.width() && shown.length() < Reject.MAX_RECORD; column++) {
            shown.append(column == 0 ? "" : " | ").append(row.text(column));
        }
        return shown.toString();
    }

    /** The failure of a header that has names of rows only. */
    static MalformedSource noColumns(SheetHeader header) {
        return MalformedSource.unreadable("the header in " + header.place()
                + " has no columns with values to the right of those that name rows (expected: one at least)");
    }
}
