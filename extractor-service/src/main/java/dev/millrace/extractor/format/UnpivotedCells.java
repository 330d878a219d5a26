package dev.millrace.extractor.format;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.workbook.SheetRow;
import dev.millrace.extractor.workbook.SheetRow.Kind;
import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.format.Unpivot;
import dev.millrace.staging.Origin;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Each cell in a column with values is a record, with what names its row and its column. */
final class UnpivotedCells extends SheetRecords {
    private static final String BETWEEN_HEADINGS = " / ";

    private final Unpivot unpivot;
    private final CellTexts texts;
    private final byte[][] names;
    private final List<Integer> values = new ArrayList<>();
    private final BitSet valueColumns = new BitSet();
    /** Of each column with values, as the members of an object. */
    private final List<byte[]> ofHeader = new ArrayList<>();
    /** Columns that name rows; those to the left of all values, where ids have no columns of their own. */
    private final List<Integer> idColumns = new ArrayList<>();

    private final List<Pattern> patterns;
    private final List<String> headings = new ArrayList<>();
    private final ObjectBytes object = new ObjectBytes();
    /** Of the cell that has no text among those of {@code headings}; null: all have one. */
    private @Nullable String headingFlaw;

    private boolean headingsGoOn;

    /** @param label column of the header's own name */
    UnpivotedCells(
            Format.Excel format,
            Unpivot unpivot,
            String sheet,
            SheetHeader header,
            int label,
            CellTexts texts,
            List<String> expected,
            RecordSink sink)
            throws MalformedSource {
        super(format, sink);
        this.unpivot = unpivot;
        this.texts = texts;
        this.names = FieldNames.encoded(unpivot.fields());
        this.patterns = unpivot.ids().stream()
                .map(id -> Pattern.compile(id.matches() == null ? "(?s).*" : id.matches()))
                .toList();
        for (SheetHeader.Line line : header.lines()) {
            if (line.flaw() != null) {
                throw MalformedSource.unreadable("sheet '" + sheet + "': the header in " + header.place()
                        + " doesn't name its columns: " + line.flaw());
            }
        }
        FieldNames.check("the fields of unpivot have no ", unpivot.fields(), expected);
        boolean byHeader = unpivot.ids().getFirst().header() != null;
        if (byHeader) {
            for (Unpivot.Id id : unpivot.ids()) {
                idColumns.add(columnOf(sheet, header, String.valueOf(id.header())));
            }
        }
        for (int column = byHeader ? 0 : label + 1; column < header.width(); column++) {
            if (!header.isEmpty(column) && !idColumns.contains(column)) {
                values.add(column);
                valueColumns.set(column);
            }
        }
        if (values.isEmpty()) {
            throw noColumns(header);
        }
        for (int column = 0; column < values.getFirst() && !byHeader; column++) {
            idColumns.add(column);
        }
        int first = names.length - 1 - unpivot.names().size();
        for (int column : values) {
            ObjectBytes members = new ObjectBytes();
            for (int i = 0; i < unpivot.names().size(); i++) {
                String text = header.lines().get(i).text(column);
                if (names[first + i].length > 0) {
                    members.write(',');
                    members.verbatim(names[first + i]);
                    if (text.isEmpty()) {
                        members.nothing();
                    } else {
                        members.text(text.toCharArray(), 0, text.length());
                    }
                }
            }
            ofHeader.add(members.copy());
        }
        sink.onSheet(sheet, Map.of());
    }

    private static int columnOf(String sheet, SheetHeader header, String wanted) throws MalformedSource {
        TextPattern pattern = new TextPattern(wanted);
        int found = -1;
        for (int column = 0; column < header.width(); column++) {
            if (!header.isEmpty(column) && pattern.matches(header.name(column))) {
                if (found >= 0) {
                    int row = header.lines().getLast().number();
                    throw MalformedSource.unreadable(
                            "sheet '" + sheet + "': two columns match unpivot.ids '" + wanted + "', "
                                    + SheetHeader.cell(found, row) + " and " + SheetHeader.cell(column, row)
                                    + " (expected: one)");
                }
                found = column;
            }
        }
        if (found < 0) {
            throw MalformedSource.unreadable("sheet '" + sheet + "': the header in " + header.place()
                    + " has no column that matches unpivot.ids '" + wanted + "'");
        }
        return found;
    }

    @Override
    boolean row(SheetRow row, boolean afterBlank) {
        boolean any = false;
        for (int column = 0; column < row.width(); column++) {
            if (row.kind(column) == Kind.EMPTY) {
                continue;
            }
            if (valueColumns.get(column)) {
                any = true;
            } else if (!idColumns.contains(column)) {
                stray(row, column);
            }
        }
        if (!any) {
            return heading(row, afterBlank);
        }
        headingsGoOn = false;
        String flaw = headingFlaw == null ? flawOfNames(row) : headingFlaw;
        byte[] ofRow = members(row);
        for (int i = 0; i < values.size(); i++) {
            if (row.kind(values.get(i)) != Kind.EMPTY) {
                cell(row, values.get(i), flaw, ofRow, ofHeader.get(i));
            }
        }
        return true;
    }

    /** Why the row isn't named; null: it is. */
    private @Nullable String flawOfNames(SheetRow row) {
        for (int column : idColumns) {
            String flaw = flawOfValue(row, column);
            if (flaw != null) {
                return flaw;
            }
        }
        return null;
    }

    /** What the cell says that names a row; empty: nothing, or an error that is NULL. */
    private String named(SheetRow row, int column) {
        return row.kind(column) == Kind.ERROR ? "" : texts.cleaned(row, column);
    }

    /** Those of rows that follow each other are one. */
    private boolean heading(SheetRow row, boolean afterBlank) {
        List<String> said = new ArrayList<>();
        for (int column : idColumns) {
            String text = named(row, column);
            if (!text.isEmpty() || row.kind(column) == Kind.ERROR || row.kind(column) == Kind.FLAWED) {
                said.add(text);
            }
        }
        if (said.isEmpty() || unpivot.heading() == null) {
            return false;
        }
        if (afterBlank || !headingsGoOn) {
            headings.clear();
            headingFlaw = null;
        }
        headingFlaw = headingFlaw == null ? flawOfNames(row) : headingFlaw;
        headingsGoOn = true;
        said.removeIf(String::isEmpty);
        headings.addAll(said);
        return true;
    }

    /** @param ofNames why what names the cell is none; null: it is one */
    private void cell(SheetRow row, int column, @Nullable String ofNames, byte[] ofRow, byte[] ofColumn) {
        String flaw = ofNames == null ? flawOfValue(row, column) : ofNames;
        if (flaw != null) {
            reject(row, column, flaw);
            return;
        }
        sink().beginsAt(row.number(), column + 1);
        object.clear();
        object.verbatim(ofRow);
        object.verbatim(ofColumn);
        object.write(',');
        object.verbatim(names[names.length - 1]);
        value(row, column, object);
        object.end();
        object.hand(sink(), () -> shown(row));
    }

    /** The beginning of the objects of a row. */
    private byte[] members(SheetRow row) {
        object.begin();
        int next = 0;
        if (unpivot.heading() != null) {
            member(names[next++], String.join(BETWEEN_HEADINGS, headings));
        }
        for (String id : ids(row)) {
            member(names[next++], id);
        }
        return object.copy();
    }

    private void member(byte[] name, String text) {
        object.field(name);
        if (text.isEmpty()) {
            object.nothing();
        } else {
            object.text(text.toCharArray(), 0, text.length());
        }
    }

    private List<String> ids(SheetRow row) {
        List<String> cells = new ArrayList<>();
        idColumns.forEach(column -> cells.add(named(row, column)));
        if (unpivot.ids().getFirst().header() != null) {
            return cells;
        }
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < unpivot.ids().size(); i++) {
            taken.add(unpivot.ids().get(i).matches() == null ? "" : take(cells, patterns.get(i)));
        }
        for (int i = 0; i < unpivot.ids().size(); i++) {
            if (unpivot.ids().get(i).matches() == null) {
                taken.set(i, take(cells.reversed(), patterns.get(i)));
            }
        }
        return taken;
    }

    private static String take(List<String> cells, Pattern wanted) {
        for (int i = 0; i < cells.size(); i++) {
            String text = cells.get(i);
            if (!text.isEmpty() && wanted.matcher(text).matches()) {
                cells.set(i, "");
                return text;
            }
        }
        return "";
    }

    @Override
    List<String> cells() {
        return List.of("rows are named in " + columns(idColumns), "values are in " + columns(values));
    }

    private static String columns(List<Integer> columns) {
        String first = Origin.Cells.letters(columns.getFirst() + 1);
        return columns.size() == 1 ? first : first + ":" + Origin.Cells.letters(columns.getLast() + 1);
    }
}
