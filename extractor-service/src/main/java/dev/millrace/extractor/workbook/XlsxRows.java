package dev.millrace.extractor.workbook;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.workbook.SheetRow.Kind;
import java.io.IOException;
import javax.xml.stream.XMLStreamConstants;
import org.codehaus.stax2.XMLStreamReader2;

/** The rows of a sheet of an .xlsx, as they come. */
final class XlsxRows implements Workbook.Rows {
    private static final int MOST_ROWS = 1_048_576;

    private final Xlsx workbook;
    private final XlsxPart part;
    private final XMLStreamReader2 xml;
    private int last;

    XlsxRows(Xlsx workbook, XlsxPart part) {
        this.workbook = workbook;
        this.part = part;
        this.xml = part.xml();
    }

    @Override
    public boolean next(SheetRow row) throws IOException, MalformedSource {
        while (true) {
            int event = part.next();
            if (event == XMLStreamConstants.END_DOCUMENT) {
                return false;
            }
            if (event == XMLStreamConstants.START_ELEMENT && xml.getLocalName().equals("row")) {
                read(row);
                return true;
            }
        }
    }

    private void read(SheetRow row) throws IOException, MalformedSource {
        int number = part.number("r", last + 1);
        if (number <= last || number > MOST_ROWS) {
            throw new MalformedSource("row " + number + " comes after row " + last
                    + " (expected: rows in their order, up to " + MOST_ROWS + ")");
        }
        last = number;
        row.begin(number);
        int next = 0;
        while (true) {
            int event = part.next();
            if (event == XMLStreamConstants.START_ELEMENT && xml.getLocalName().equals("c")) {
                next = cell(row, next) + 1;
            } else if (event == XMLStreamConstants.END_ELEMENT
                    && xml.getLocalName().equals("row")) {
                return;
            } else if (event == XMLStreamConstants.END_DOCUMENT) {
                throw new MalformedSource("the sheet ends within row " + number);
            }
        }
    }

    /** @return its column */
    private int cell(SheetRow row, int next) throws IOException, MalformedSource {
        int column = next;
        int style = -1;
        String type = "n";
        for (int i = 0; i < xml.getAttributeCount(); i++) {
            String name = xml.getAttributeLocalName(i);
            switch (name) {
                case "r" -> column = Xlsx.column(xml.getAttributeValue(i));
                case "s" -> style = number(xml.getAttributeValue(i));
                case "t" -> type = xml.getAttributeValue(i);
                default -> {
                    // what is shown, and how, is not asked
                }
            }
        }
        if (column < 0) {
            throw new MalformedSource("row " + row.number() + " has a cell without a column in its reference");
        }
        row.open();
        boolean formula = false;
        boolean value = false;
        boolean inside = false;
        while (true) {
            switch (part.next()) {
                case XMLStreamConstants.START_ELEMENT -> {
                    String name = xml.getLocalName();
                    if (name.equals("v")) {
                        inside = true;
                    } else if (name.equals("f")) {
                        formula = true;
                    } else if (name.equals("is")) {
                        Xlsx.inline(part, "is", row);
                        value = true;
                    }
                }
                case XMLStreamConstants.CHARACTERS, XMLStreamConstants.CDATA, XMLStreamConstants.SPACE -> {
                    if (inside) {
                        Xlsx.append(part, row);
                        value = true;
                    }
                }
                case XMLStreamConstants.END_ELEMENT -> {
                    inside = false;
                    if (xml.getLocalName().equals("c")) {
                        end(row, column, type, style, formula, value);
                        return column;
                    }
                }
                case XMLStreamConstants.END_DOCUMENT ->
                    throw new MalformedSource("the sheet ends within row " + row.number());
                default -> {
                    // comments say nothing
                }
            }
        }
    }

    private static int number(String text) {
        int number = 0;
        for (int i = 0; i < text.length(); i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9 || number > 1_000_000) {
                return -1;
            }
            number = 10 * number + digit;
        }
        return text.isEmpty() ? -1 : number;
    }

    private void end(SheetRow row, int column, String type, int style, boolean formula, boolean value)
            throws MalformedSource {
        if (!value) {
            if (formula && !type.equals("str")) {
                row.flawed(column, "is a formula without a value (expected: the one that Excel stores when it saves)");
            } else {
                row.end(column, Kind.EMPTY);
            }
            return;
        }
        switch (type) {
            case "s" -> shared(row, column);
            case "n" -> numeric(row, column, style);
            case "b" -> truth(row, column);
            case "e" -> row.end(column, Kind.ERROR);
            case "d" -> date(row, column, style);
            case "str", "inlineStr" -> {
                String text = row.openText();
                if (text.contains("_x")) {
                    row.clear();
                    row.append(Xlsx.unescaped(text));
                }
                row.end(column, Kind.TEXT);
            }
            default -> row.flawed(column, "is of the type '" + type + "', which no workbook has");
        }
    }

    private void shared(SheetRow row, int column) throws MalformedSource {
        int number = 0;
        for (int i = row.openStart(); i < row.openStart() + row.openLength(); i++) {
            int digit = row.characters()[i] - '0';
            number = digit < 0 || digit > 9 || number > 200_000_000 || number < 0 ? -1 : 10 * number + digit;
        }
        row.clear();
        if (workbook.strings().write(number, row)) {
            row.end(column, Kind.TEXT);
        } else {
            row.flawed(column, "is a shared string that the workbook doesn't have");
        }
    }

    private void numeric(SheetRow row, int column, int styleNumber) throws MalformedSource {
        CellStyle style = workbook.style(styleNumber);
        int start = row.openStart();
        if (style == CellStyle.NUMBER) {
            if (!NumberText.isPlain(row.characters(), start, start + row.openLength())) {
                String text = row.openText();
                String number = NumberText.of(text, workbook.displayed());
                if (number.isEmpty()) {
                    row.flawed(column, "has '" + text + "' (expected: a number)");
                    return;
                }
                value(row, column, number);
            } else {
                row.end(column, Kind.VALUE);
            }
            return;
        }
        String text = row.openText();
        String day = "";
        try {
            day = style.text(Double.parseDouble(text.strip()), workbook.from1904());
        } catch (NumberFormatException e) {
            // said below
        }
        if (day.isEmpty()) {
            row.flawed(column, CellStyle.noDay(text, workbook.from1904()));
            return;
        }
        value(row, column, day);
    }

    private static void value(SheetRow row, int column, String text) throws MalformedSource {
        row.clear();
        row.append(text);
        row.end(column, Kind.VALUE);
    }

    private static void truth(SheetRow row, int column) throws MalformedSource {
        String text = row.openText().strip();
        switch (text) {
            case "1", "true" -> value(row, column, "true");
            case "0", "false" -> value(row, column, "false");
            default -> row.flawed(column, "has '" + text + "' (expected: a truth value, 0 or 1)");
        }
    }

    /** Of the strict form: ISO 8601, and whether the time counts says the style. */
    private void date(SheetRow row, int column, int style) throws MalformedSource {
        String text = row.openText().strip();
        String day = text.endsWith("Z") ? text.substring(0, text.length() - 1) : text;
        if (!day.matches("(\\d{4}-\\d\\d-\\d\\d)?(T?\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?)?") || day.isEmpty()) {
            row.flawed(column, "has '" + text + "' (expected: a date of ISO 8601)");
            return;
        }
        boolean midnight = day.matches(".*T00:00(:00(\\.0+)?)?");
        value(
                row,
                column,
                midnight && workbook.style(style) != CellStyle.DATE_TIME ? day.substring(0, day.indexOf('T')) : day);
    }

    @Override
    public void close() throws IOException {
        part.close();
    }
}
