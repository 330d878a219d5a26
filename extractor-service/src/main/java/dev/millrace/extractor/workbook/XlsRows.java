package dev.millrace.extractor.workbook;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.workbook.SheetRow.Kind;
import org.apache.poi.hssf.record.RecordInputStream;
import org.apache.poi.hssf.record.StringRecord;
import org.apache.poi.hssf.util.RKUtil;
import org.apache.poi.poifs.filesystem.DocumentInputStream;
import org.apache.poi.ss.usermodel.FormulaError;

/** The rows of a sheet of an .xls, by the records of its cells, which come row by row. */
final class XlsRows implements Workbook.Rows {
    private static final int FORMULA = 0x0006;
    private static final int NUMBER = 0x0203;
    private static final int TEXT = 0x0204;
    private static final int TRUTH_OR_ERROR = 0x0205;
    private static final int TEXT_OF_FORMULA = 0x0207;
    private static final int SHORT_NUMBER = 0x027e;
    private static final int SHORT_NUMBERS = 0x00bd;
    private static final int SHARED_TEXT = 0x00fd;
    private static final int NONE = -1;

    /** Of the eight bytes of a formula's value: the two last ones, when it is no number. */
    private static final int NO_NUMBER = 0xffff;

    private final Xls workbook;
    private final DocumentInputStream in;
    private final RecordInputStream records;
    private int depth = 1;
    /** Of the record whose first two bytes are read, the rest not yet; none: there is none such. */
    private int begun = NONE;

    private int last = NONE;
    private int formula = NONE;

    XlsRows(Xls workbook, DocumentInputStream in, RecordInputStream records) {
        this.workbook = workbook;
        this.in = in;
        this.records = records;
    }

    @Override
    public boolean next(SheetRow row) throws MalformedSource {
        try {
            return read(row);
        } catch (RuntimeException e) {
            throw Xls.damaged(e);
        }
    }

    private boolean read(SheetRow row) throws MalformedSource {
        boolean any = begun != NONE;
        if (any) {
            begin(row, begun);
            begun = NONE;
            cells(row);
        }
        while (depth > 0) {
            if (!records.hasNextRecord()) {
                throw new MalformedSource("the file is damaged or cut off: a sheet has no end");
            }
            records.nextRecord();
            switch (records.getSid()) {
                case Xls.BOF -> depth++;
                case Xls.EOF -> depth--;
                case TEXT_OF_FORMULA -> text(row);
                case FORMULA, NUMBER, TEXT, TRUTH_OR_ERROR, SHORT_NUMBER, SHORT_NUMBERS, SHARED_TEXT -> {
                    int number = depth == 1 ? records.readUShort() : NONE;
                    if (number != NONE && any && number != last) {
                        begun = number;
                        return true;
                    }
                    if (number != NONE) {
                        if (!any) {
                            begin(row, number);
                            any = true;
                        }
                        cells(row);
                    }
                }
                default -> {
                    // how cells look, charts and drawings
                }
            }
            records.readRemainder();
        }
        return any;
    }

    private void begin(SheetRow row, int number) throws MalformedSource {
        if (number <= last) {
            throw new MalformedSource(
                    "row " + (number + 1) + " comes after row " + (last + 1) + " (expected: rows in their order)");
        }
        last = number;
        formula = NONE;
        row.begin(number + 1);
    }

    /** Of the record whose row is read. */
    private void cells(SheetRow row) throws MalformedSource {
        int column = records.readUShort();
        row.open();
        switch (records.getSid()) {
            case NUMBER -> {
                int style = records.readUShort();
                number(row, column, style, records.readDouble());
            }
            case SHORT_NUMBER -> {
                int style = records.readUShort();
                number(row, column, style, RKUtil.decodeNumber(records.readInt()));
            }
            case SHORT_NUMBERS -> {
                for (int i = 0; records.remaining() > 2; i++) {
                    row.open();
                    int style = records.readUShort();
                    number(row, column + i, style, RKUtil.decodeNumber(records.readInt()));
                }
            }
            case SHARED_TEXT -> {
                int _ = records.readUShort();
                shared(row, column, records.readInt());
            }
            case TRUTH_OR_ERROR -> {
                int _ = records.readUShort();
                int value = records.readUByte();
                truthOrError(row, column, value, records.readUByte() != 0);
            }
            case FORMULA -> {
                int style = records.readUShort();
                formula(row, column, style, records.readLong());
            }
            default -> {
                int _ = records.readUShort();
                row.append(plain());
                row.end(column, Kind.TEXT);
            }
        }
        records.readRemainder();
    }

    /** The text of a cell that isn't shared; the record's style is read. */
    private String plain() {
        int length = records.readUShort();
        boolean wide = (records.readUByte() & 1) == 1;
        return wide ? records.readUnicodeLEString(length) : records.readCompressedUnicode(length);
    }

    private void shared(SheetRow row, int column, int number) throws MalformedSource {
        if (number < 0 || number >= workbook.strings().getNumUniqueStrings()) {
            row.flawed(column, "is a shared string that the workbook doesn't have");
            return;
        }
        row.append(workbook.strings().getString(number).getString());
        row.end(column, Kind.TEXT);
    }

    private void number(SheetRow row, int column, int styleNumber, double number) throws MalformedSource {
        CellStyle style = workbook.style(styleNumber);
        String text = style == CellStyle.NUMBER
                ? NumberText.of(number, workbook.displayed())
                : style.text(number, workbook.from1904());
        if (text.isEmpty()) {
            String stored = NumberText.of(number, workbook.displayed());
            row.append(stored);
            row.flawed(column, CellStyle.noDay(stored, workbook.from1904()));
            return;
        }
        row.append(text);
        row.end(column, Kind.VALUE);
    }

    private static void truthOrError(SheetRow row, int column, int value, boolean error) throws MalformedSource {
        if (error) {
            row.append(
                    FormulaError.isValidCode(value) ? FormulaError.forInt(value).getString() : "#" + value);
            row.end(column, Kind.ERROR);
        } else {
            row.append(value == 0 ? "false" : "true");
            row.end(column, Kind.VALUE);
        }
    }

    private void formula(SheetRow row, int column, int style, long value) throws MalformedSource {
        if (value >>> 48 != NO_NUMBER) {
            number(row, column, style, Double.longBitsToDouble(value));
            return;
        }
        int content = (int) (value >>> 16) & 0xff;
        switch ((int) value & 0xff) {
            case 0 -> formula = column; // its text is the next record
            case 1 -> truthOrError(row, column, content, false);
            case 2 -> truthOrError(row, column, content, true);
            default -> row.end(column, Kind.EMPTY);
        }
    }

    private void text(SheetRow row) throws MalformedSource {
        if (formula != NONE) {
            row.open();
            row.append(new StringRecord(records).getString());
            row.end(formula, Kind.TEXT);
            formula = NONE;
        }
    }

    @Override
    public void close() {
        in.close();
    }
}
