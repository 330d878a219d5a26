package dev.millrace.extractor.format;

import dev.millrace.extractor.format.Pieces.Piece;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.PieceSink;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.StrictReader;
import dev.millrace.pipeline.format.Format;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.Charset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Rows of a CSV file as JSON objects of texts. A column that has no name in the header is left out, and its values are
 * read by nobody.
 */
final class CsvFile {
    private final Format.Csv format;
    private final List<String> expected;
    private final RecordSink sink;
    private final int pieceSize;
    private final Charset charset;

    /**
     * @param expected what a header has to name; empty: anything, and every column has a name
     * @param pieceSize bytes that a thread reads at once
     */
    CsvFile(Format.Csv format, List<String> expected, RecordSink sink, int pieceSize) {
        this.pieceSize = pieceSize;
        this.charset = Charset.forName(format.encoding());
        this.format = format;
        this.expected = expected;
        this.sink = sink;
    }

    /** @return how many lines were left out as comments */
    long read(InputStream in) throws IOException, MalformedSource {
        if (!format.header() && format.columns().isEmpty()) {
            throw MalformedSource.unreadable("there is no header, and no columns are named");
        }
        PieceSink pieceSink = sink.pieces();
        CsvRowEnds ends = pieceSink == null ? null : CsvRowEnds.of(format);
        if (pieceSink == null || ends == null) {
            return readWhole(in);
        }
        Pieces pieces = new Pieces(in, ends, pieceSize);
        Piece first = pieces.next();
        if (first == null || pieces.isAtEnd()) {
            return readWhole(first == null ? pieces.rest() : first.stream());
        }
        CsvRows rows = rows(first.stream());
        byte[][] names;
        try {
            names = names(rows);
        } catch (MalformedSource e) { // which is true of all of the file, or isn't
            return readWhole(new SequenceInputStream(first.stream(), pieces.rest()));
        }
        return read(first, rows, names, pieces, pieceSink);
    }

    /**
     * Reads a range but the first one, which is read as a file.
     *
     * @return how many lines of it were left out as comments
     */
    long read(InputStream in, FileRange range) throws IOException, MalformedSource {
        byte[][] names = FieldNames.encoded(range.columns());
        PieceSink pieceSink = sink.pieces();
        if (pieceSink == null) {
            return read(rowsAfter(range.lines(), in), names, sink);
        }
        Pieces pieces = new Pieces(in, CsvRowEnds.after(range.lines(), format), pieceSize);
        Piece first = pieces.next();
        return first == null
                ? read(rowsAfter(range.lines(), pieces.rest()), names, sink)
                : read(first, rowsAfter(range.lines(), first.stream()), names, pieces, pieceSink);
    }

    /**
     * Where a large file may be cut; nothing: it can't be, or what is wrong with it is said when it is read.
     *
     * @param each bytes of a range, about
     */
    List<FileRange> ranges(InputStream in, long each) throws IOException {
        CsvRowEnds ends = CsvRowEnds.of(format);
        Pieces pieces = ends == null ? null : new Pieces(in, ends, pieceSize);
        Piece first = pieces == null ? null : pieces.next();
        if (pieces == null || first == null) {
            return List.of();
        }
        CsvRows rows = rows(first.stream());
        List<String> columns;
        try {
            columns = columns(rows);
        } catch (MalformedSource e) {
            return List.of();
        }
        CsvRowEnds counting = CsvRowEnds.counting(format, rows.linesPassed(), emptyLinesCount(columns.size()));
        return new RangeScan(counting, each, pieceSize)
                .ranges(new SequenceInputStream(first.stream(), pieces.rest()), columns);
    }

    private long readWhole(InputStream in) throws IOException, MalformedSource {
        CsvRows rows = rows(in);
        return read(rows, names(rows), sink);
    }

    /** A large file, by several threads. */
    private long read(Piece first, CsvRows firstRows, byte[][] names, Pieces pieces, PieceSink pieceSink)
            throws IOException, MalformedSource {
        AtomicLong comments = new AtomicLong();
        try (PieceReaders readers = new PieceReaders(pieceSink)) {
            readers.add(records -> {
                comments.addAndGet(read(firstRows, names, records));
                first.release();
            });
            for (Piece piece = pieces.next(); piece != null; piece = pieces.next()) {
                Piece one = piece;
                readers.add(records -> {
                    comments.addAndGet(read(rowsAfter(one.linesBefore(), one.stream()), names, records));
                    one.release();
                });
            }
            readers.finish();
        }
        return pieces.isAtEnd()
                ? comments.get()
                // a row that is too long to be held, or a quote that is never closed
                : comments.addAndGet(read(rowsAfter(pieces.linesBefore(), pieces.rest()), names, sink));
    }

    private CsvRows rows(InputStream in) {
        return new CsvRows(new StrictReader(in, charset), format);
    }

    private CsvRows rowsAfter(long lines, InputStream in) {
        return CsvRows.after(lines, StrictReader.after(lines, in, charset), format);
    }

    /** Passes what is before the first record. */
    private byte[][] names(CsvRows rows) throws IOException, MalformedSource {
        return FieldNames.encoded(columns(rows));
    }

    private List<String> columns(CsvRows rows) throws IOException, MalformedSource {
        rows.skip(format.skip(), rows.passSeparatorLine() ? 1 : 0);
        return format.header() ? header(rows) : format.columns();
    }

    private boolean emptyLinesCount(int columns) {
        return columns == 1 && !format.trailingDelimiter();
    }

    /** @return how many lines were left out as comments */
    private long read(CsvRows rows, byte[][] names, RecordSink records) throws IOException, MalformedSource {
        ObjectBytes object = new ObjectBytes();
        boolean emptyLinesCount = emptyLinesCount(names.length);
        while (rows.next()) {
            if (!rows.isBlank() || emptyLinesCount) {
                hand(rows, names, object, records);
            }
        }
        return rows.comments();
    }

    private List<String> header(CsvRows rows) throws IOException, MalformedSource {
        while (rows.next()) {
            if (!rows.isBlank()) {
                return headerOf(rows);
            }
        }
        throw new MalformedSource(
                format.skip() == 0 && rows.comments() == 0
                        ? "the file is empty (expected: a header line)"
                        : "nothing follows the lines that are left out (expected: a header line)");
    }

    private List<String> headerOf(CsvRows row) throws MalformedSource {
        String place = "line " + row.line() + ": ";
        if (row.flawOfNames() != null) {
            throw new MalformedSource(place + "the header: " + row.flawOfNames());
        }
        boolean endsWithDelimiter = format.trailingDelimiter() && row.size() > 1 && row.isNothing(row.size() - 1);
        List<String> sent = IntStream.range(0, row.size() - (endsWithDelimiter ? 1 : 0))
                .mapToObj(row::text)
                .toList();
        if (format.columns().isEmpty()) {
            checkNamed(place, sent);
            FieldNames.check(place + "the header has no column ", sent, expected);
            return sent;
        }
        if (sent.size() != format.columns().size()) {
            throw MalformedSource.unreadable(place + "the header has " + sent.size()
                    + (sent.size() == 1 ? " name, " : " names, ")
                    + FieldNames.list(sent) + ", and columns has "
                    + format.columns().size() + ", " + FieldNames.list(format.columns())
                    + " (expected: one for each)");
        }
        FieldNames.check("columns, by which the header's columns are named, has no ", format.columns(), expected);
        return format.columns();
    }

    private void checkNamed(String place, List<String> names) throws MalformedSource {
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            if (name.isEmpty() && expected.isEmpty()) {
                throw MalformedSource.unreadable(place + "column " + (i + 1) + " of the header has no name");
            }
            Integer before = name.isEmpty() ? null : seen.put(name, i + 1);
            if (before != null) {
                throw MalformedSource.unreadable(
                        place + "the header names column '" + name + "' twice, in places " + before + " and " + (i + 1)
                                + " (expected: each name once; the key columns can name them instead)");
            }
        }
    }

    private void hand(CsvRows row, byte[][] names, ObjectBytes object, RecordSink records) {
        records.beginsAt(row.line());
        String flaw = row.flaw() == null ? otherFields(row, names.length) : row.flaw();
        if (flaw != null) {
            records.reject(flaw, row.start());
            return;
        }
        object.begin();
        for (int i = 0; i < names.length; i++) {
            if (names[i].length == 0) {
                continue;
            }
            object.field(names[i]);
            if (row.isNothing(i)) {
                object.nothing();
            } else {
                row.write(i, object);
            }
        }
        object.end();
        object.hand(records, row::start);
    }

    /** Why the row's fields aren't those that are named; null: they are. */
    private @Nullable String otherFields(CsvRows row, int named) {
        int fields = row.size();
        if (format.trailingDelimiter()) {
            boolean endsWithDelimiter = row.isNothing(fields - 1);
            if (fields == named + 1 && !endsWithDelimiter) {
                return "there is text after the last delimiter (expected: none, with trailingDelimiter: true)";
            }
            if (fields == named) {
                return "the record has " + named + (named == 1 ? " field" : " fields")
                        + " and doesn't end with a delimiter (expected: one, with trailingDelimiter: true)";
            }
            fields -= endsWithDelimiter ? 1 : 0;
        }
        return fields == named
                ? null
                : fields + (fields == 1 ? " field" : " fields") + " where "
                        + (format.header() ? "the header has " : "there are ") + named
                        + (format.header() ? "" : " columns");
    }
}
