package dev.millrace.extractor.format;

import dev.millrace.extractor.format.SheetHeader.Line;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.workbook.MergedRows;
import dev.millrace.extractor.workbook.SheetRow;
import dev.millrace.extractor.workbook.Workbook;
import dev.millrace.extractor.workbook.Workbook.Sheet;
import dev.millrace.extractor.workbook.Workbooks;
import dev.millrace.pipeline.format.Format;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The table on a sheet of a workbook: finds the sheet and the header, and hands on what is below. For one thread. */
final class ExcelFile {
    /** In which a header is looked for where it says which sheet is meant. */
    private static final int MOST_ROWS_BEFORE = 1_000;

    private final Format.Excel format;
    private final List<String> expected;
    private final RecordSink sink;
    private final Consumer<String> log;
    private final CellTexts texts;
    private final List<TextPattern> leaveOut;
    private final @Nullable TextPattern end;
    private final SheetRow row = new SheetRow();
    private long leftOut;
    private long repeated;
    private long notes;

    /**
     * @param expected what the header, or unpivot, has to name; empty: anything
     * @param log takes what was taken as what, before the first record, and at the end what was left out
     */
    ExcelFile(Format.Excel format, List<String> expected, RecordSink sink, Consumer<String> log) {
        this.log = log;
        this.format = format;
        this.expected = expected;
        this.sink = sink;
        this.texts = new CellTexts(format.header());
        this.leaveOut = TextPattern.all(format.leaveOut());
        this.end = format.end() == null ? null : new TextPattern(format.end());
    }

    void read(InputStream in, Workbooks workbooks) throws IOException, MalformedSource {
        try (Workbook workbook = workbooks.open(in)) {
            read(workbook, sheet(workbook));
        }
    }

    private Sheet sheet(Workbook workbook) throws IOException, MalformedSource {
        List<Sheet> seen = workbook.sheets().stream()
                .filter(sheet -> format.hidden() || !sheet.hidden())
                .toList();
        List<Sheet> candidates = seen;
        if (format.sheet() != null) {
            TextPattern wanted = new TextPattern(format.sheet());
            candidates =
                    seen.stream().filter(sheet -> wanted.matches(sheet.name())).toList();
            if (candidates.isEmpty()) {
                throw MalformedSource.unreadable(
                        "no sheet is called '" + format.sheet() + "'; the workbook has " + names(workbook.sheets()));
            }
        }
        if (candidates.size() == 1) {
            return candidates.getFirst();
        }
        List<Sheet> found = new ArrayList<>();
        List<String> places = new ArrayList<>();
        for (Sheet sheet : candidates) {
            SheetHeader header = find(workbook, sheet);
            if (header != null) {
                found.add(sheet);
                places.add("'" + sheet.name() + "' in " + header.place());
            }
        }
        if (found.size() == 1) {
            return found.getFirst();
        }
        String wanted = format.header().contains().isEmpty() ? "" : " with " + wanted();
        if (found.isEmpty()) {
            throw MalformedSource.unreadable(
                    "no sheet has a header" + wanted + "; the workbook has " + names(workbook.sheets()));
        }
        throw MalformedSource.unreadable(found.size() + " sheets have a header" + wanted
                + ", and nobody knows which one counts: " + String.join(", ", places)
                + " (expected: the key sheet, or texts in header.contains that only one has)");
    }

    private static String names(List<Sheet> sheets) {
        return sheets.isEmpty()
                ? "no sheets with cells"
                : sheets.stream()
                        .map(sheet -> "'" + sheet.name() + "'"
                                + (sheet.hidden() ? " (hidden; with hidden: true it is looked at)" : ""))
                        .collect(Collectors.joining(", "));
    }

    private String wanted() {
        return format.header().contains().stream().map(text -> "'" + text + "'").collect(Collectors.joining(", "))
                + (format.header().rows() == 1 ? "" : " in " + format.header().rows() + " rows");
    }

    private @Nullable SheetHeader find(Workbook workbook, Sheet sheet) throws IOException, MalformedSource {
        HeaderSearch search = new HeaderSearch(format, texts);
        try (Workbook.Rows rows = workbook.rows(sheet)) {
            for (int i = 0; i < MOST_ROWS_BEFORE && rows.next(row); i++) {
                SheetHeader header = search.offer(row);
                if (header != null) {
                    return header;
                }
            }
        }
        return null;
    }

    private void read(Workbook workbook, Sheet sheet) throws IOException, MalformedSource {
        boolean each = format.merged() == Format.Excel.Merged.EACH;
        List<Workbook.Merge> merges = format.header().rows() == 1 && !each ? List.of() : workbook.merges(sheet);
        HeaderSearch search = new HeaderSearch(format, texts);
        try (Workbook.Rows rows = each ? new MergedRows(workbook.rows(sheet), merges) : workbook.rows(sheet)) {
            SheetHeader header = null;
            while (header == null && rows.next(row)) {
                header = search.offer(row);
            }
            if (header == null) {
                throw MalformedSource.unreadable(missing(sheet, search) + others(workbook));
            }
            SheetHeader filled = header.with(merges);
            SheetRecords records = format.unpivot() == null
                    ? new FlatRows(format, sheet.name(), filled, expected, sink)
                    : new UnpivotedCells(
                            format,
                            format.unpivot(),
                            sheet.name(),
                            filled,
                            search.label(filled),
                            texts,
                            expected,
                            sink);
            say(sheet, filled, records);
            boolean ended = table(rows, sheet, header, search, records);
            while (ended && rows.next(row)) {
                // to its end, where it is checked
            }
            sayLeftOut(sheet, records);
        }
    }

    /** Those that weren't looked at, where none is named: hidden ones, one of which may be meant. */
    private String others(Workbook workbook) {
        List<Sheet> all = workbook.sheets();
        return format.sheet() == null && all.size() > 1 ? "; the workbook has " + names(all) : "";
    }

    private String missing(Sheet sheet, HeaderSearch search) {
        String where = "sheet '" + sheet.name() + "' ";
        if (!search.hasStarted()) {
            return where + "has no cell with the text of start, '" + format.start() + "'";
        }
        return where
                + (format.header().contains().isEmpty()
                        ? "is empty (expected: a header)"
                        : "has no header with " + wanted()
                                + (format.start() == null ? "" : " below '" + format.start() + "'"));
    }

    /** @return whether it has an end, so that there may be more rows */
    private boolean table(
            Workbook.Rows rows, Sheet sheet, SheetHeader header, HeaderSearch search, SheetRecords records)
            throws IOException, MalformedSource {
        int last = header.lines().getLast().number();
        int repeats = 0;
        boolean afterBlank = false;
        HeaderSearch another = new HeaderSearch(format, texts);
        while (rows.next(row)) {
            afterBlank |= row.number() > last + 1 || row.width() == 0;
            last = row.number();
            if (row.width() == 0) {
                continue;
            }
            String first = leaveOut.isEmpty() && end == null ? "" : texts.first(row);
            if (end != null && end.matches(first)) {
                return true;
            }
            if (repeats > 0 || search.mayBegin(row)) {
                repeats = repeats(sheet, header, repeats, another);
                if (repeats > 0) {
                    repeats %= header.lines().size();
                    afterBlank = false;
                    continue;
                }
            }
            if (leaveOut.stream().anyMatch(text -> text.matches(first))) {
                leftOut++;
                afterBlank = true;
                continue;
            }
            if (!records.row(row, afterBlank)) {
                notes++;
            }
            afterBlank = false;
        }
        return false;
    }

    /**
     * @param before how many rows of the header are repeated above this one
     * @return how many are with it; 0: it is none of a header
     */
    private int repeats(Sheet sheet, SheetHeader header, int before, HeaderSearch another) throws MalformedSource {
        if (Line.of(row, texts).hasSameTexts(header.lines().get(before))) {
            repeated += before + 1 == header.lines().size() ? 1 : 0;
            return before + 1;
        }
        SheetHeader other = another.offer(row);
        if (other != null) {
            throw MalformedSource.unreadable("sheet '" + sheet.name() + "' has two headers with " + wanted()
                    + ", and nobody knows which one counts: " + header.place() + " and " + other.place()
                    + " (expected: one, or the same again; start and end keep to one of several tables)");
        }
        if (before > 0) {
            throw MalformedSource.unreadable("sheet '" + sheet.name() + "': row " + row.number()
                    + " isn't that of the header, which begins again above it (expected: all of its rows again)");
        }
        return 0;
    }

    private void say(Sheet sheet, SheetHeader header, SheetRecords records) {
        List<String> said = new ArrayList<>();
        said.add("the header is " + header.place());
        said.addAll(records.cells());
        log.accept("sheet '" + sheet.name() + "': " + String.join("; ", said));
    }

    private void sayLeftOut(Sheet sheet, SheetRecords records) {
        List<String> said = new ArrayList<>();
        if (leftOut > 0) {
            said.add(leftOut + (leftOut == 1 ? " row" : " rows") + " left out by leaveOut");
        }
        if (repeated > 0) {
            said.add("the header is repeated " + (repeated == 1 ? "once" : repeated + " times"));
        }
        if (notes > 0) {
            said.add(notes + (notes == 1 ? " row" : " rows") + " of notes");
        }
        records.counts(said);
        if (!said.isEmpty()) {
            log.accept("sheet '" + sheet.name() + "': " + String.join("; ", said));
        }
    }
}
