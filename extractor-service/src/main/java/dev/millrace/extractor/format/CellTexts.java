package dev.millrace.extractor.format;

import dev.millrace.extractor.workbook.SheetRow;
import dev.millrace.extractor.workbook.SheetRow.Kind;
import dev.millrace.pipeline.format.ExcelHeader;
import java.util.regex.Pattern;

/** What cells say to whoever looks for a text: without marks of footnotes, line breaks and more than one blank. */
final class CellTexts {
    private static final Pattern BLANKS = Pattern.compile("[\\s\\u00a0\\u2007\\u202f]+");

    private final Pattern footnotes;

    CellTexts(ExcelHeader header) {
        this.footnotes = Pattern.compile(header.footnotes() == null ? ExcelHeader.MARKS : header.footnotes());
    }

    /** Empty of a cell that has nothing. */
    String cleaned(SheetRow row, int column) {
        if (row.kind(column) == Kind.EMPTY) {
            return "";
        }
        String text = row.text(column);
        if (row.kind(column) == Kind.TEXT) {
            // a mark may hide a blank at an end, or one of two
            String plain = BLANKS.matcher(text).replaceAll(" ").strip();
            text = BLANKS.matcher(footnotes.matcher(plain).replaceAll(""))
                    .replaceAll(" ")
                    .strip();
        }
        return text;
    }

    /** The first text of a row, cleaned; empty: it has none. */
    String first(SheetRow row) {
        for (int column = 0; column < row.width(); column++) {
            if (row.kind(column) != Kind.EMPTY) {
                return cleaned(row, column);
            }
        }
        return "";
    }
}
