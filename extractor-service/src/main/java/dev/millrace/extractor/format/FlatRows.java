package dev.millrace.extractor.format;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.workbook.SheetRow;
import dev.millrace.extractor.workbook.SheetRow.Kind;
import dev.millrace.pipeline.format.Format;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Each row is a record of the columns that the header names. */
final class FlatRows extends SheetRecords {
    private final byte[][] names;
    private final int named;
    private final ObjectBytes object = new ObjectBytes();
    private boolean inNotes;

    FlatRows(Format.Excel format, String sheet, SheetHeader header, List<String> expected, RecordSink sink)
            throws MalformedSource {
        super(format, sink);
        List<String> texts = new ArrayList<>();
        Map<String, Integer> columns = new HashMap<>();
        for (int column = 0; column < header.width(); column++) {
            String name = header.name(column);
            texts.add(name);
            Integer before = name.isEmpty() ? null : columns.put(name, column + 1);
            if (before != null) {
                int row = header.lines().getLast().number();
                throw MalformedSource.unreadable(
                        "sheet '" + sheet + "': the header names column '" + name + "' twice, in "
                                + SheetHeader.cell(before - 1, row) + " and " + SheetHeader.cell(column, row)
                                + " (expected: each name once; header.rows takes more rows into the names)");
            }
        }
        FieldNames.check(
                "sheet '" + sheet + "': the header in " + header.place() + " has no column ",
                texts.stream().filter(name -> !name.isEmpty()).toList(),
                expected);
        this.names = FieldNames.encoded(texts);
        this.named = columns.size();
        sink.onSheet(sheet, columns);
    }

    @Override
    boolean row(SheetRow row, boolean afterBlank) {
        int filled = 0;
        int flawed = -1;
        String flaw = null;
        for (int column = 0; column < row.width(); column++) {
            if (row.kind(column) == Kind.EMPTY) {
                continue;
            }
            if (column >= names.length || names[column].length == 0) {
                stray(row, column);
                continue;
            }
            filled++;
            if (flaw == null) {
                flaw = flawOfValue(row, column);
                flawed = column;
            }
        }
        if (filled == 0) {
            return false;
        }
        inNotes = filled == 1 && named > 1 && (afterBlank || inNotes);
        if (inNotes) {
            return false;
        }
        if (flaw != null) {
            reject(row, flawed, flaw);
            return true;
        }
        sink().beginsAt(row.number());
        object.begin();
        for (int column = 0; column < names.length; column++) {
            if (names[column].length > 0) {
                object.field(names[column]);
                value(row, column, object);
            }
        }
        object.end();
        object.hand(sink(), () -> shown(row));
        return true;
    }

    @Override
    List<String> cells() {
        return List.of();
    }
}
