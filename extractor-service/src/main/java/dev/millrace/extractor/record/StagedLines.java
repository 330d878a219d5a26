package dev.millrace.extractor.record;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines on their way into staging, as numbered parts, compressed as {@link Work.Parts} says: zstd for the
 * transformer, gzip for a bucket and for rejects. Failures to write are {@code STAGING_UNAVAILABLE}, so that
 * nobody takes them for failures of the source. Closed without {@link #finish}, it leaves the part that was being
 * written out of staging. For one thread.
 */
final class StagedLines implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StagedLines.class);
    private static final int MAX_ORIGINS_WITH_LINES = 1_000;
    /** In a manifest, which is held in memory; where records stand beyond that, only the part says. */
    private static final int MAX_ORIGINS = 20_000;

    /** Of all parts, where many are small because they end with the list of a request. */
    private static final int MAX_ORIGINS_OF_SMALL_PARTS = 200_000;

    private static final byte[] LINE_END = {'\n'};

    private final StagingStore staging;
    private final String prefix;
    private final long partBytes;
    private final long partRows;
    private final Manifest.Format format;
    private final List<Part> parts = new ArrayList<>();
    private @Nullable Upload upload;
    private @Nullable OutputStream out;
    private long rowsInPart;
    private long bytesInPart;
    private List<Origin> origins = new ArrayList<>();
    private int originsBefore;
    /** Of the line that was written last. */
    private String originPlace = "";

    private long originRow;
    private long originLine;
    private long originStep = 1;
    private int originColumn;

    /**
     * @param prefix of the parts' names
     * @param partBytes uncompressed size at which a part ends
     * @param parts how they are written, and how many lines end one
     */
    StagedLines(StagingStore staging, String prefix, long partBytes, Work.Parts parts) {
        this.staging = staging;
        this.prefix = prefix;
        this.partBytes = partBytes;
        this.partRows = parts.rows() == null ? Long.MAX_VALUE : parts.rows();
        this.format = parts.format();
    }

    /**
     * Where the line that is written next stood in the source.
     *
     * @param line 0: unknown
     * @param column of the sheet, from 1, if the record is a cell; 0: it is none
     * @param cells of the sheet, if the place is one
     */
    void origin(String place, long row, long line, int column, Origin.@Nullable Cells cells) {
        // records with line breaks in them would need an origin each, and the rows of a sheet whose cells are records
        // do
        long known = origins.size() < (column > 0 ? MAX_ORIGINS : MAX_ORIGINS_WITH_LINES) ? line : 0;
        boolean isNext = rowsInPart > 0
                && row == originRow + 1
                && place.equals(originPlace)
                && (column == 0 ? originColumn == 0 : line == originLine && column == originColumn + 1);
        Origin first = isNext && known > 0 && originLine > 0 ? origins.getLast() : null;
        if (first != null && first.firstRow() == rowsInPart && first.place().equals(place)) {
            // the second of a stretch tells how far they are apart
            origins.removeLast();
            originStep = known - originLine;
            origins.add(
                    originStep == 1
                            ? first
                            : new Origin(
                                    first.firstRow(),
                                    place,
                                    first.row(),
                                    null,
                                    new Origin.Lines(originLine, originStep),
                                    first.cells()));
        }
        if (!(isNext && (known == 0 ? originLine == 0 : known == originLine + originStep))) {
            Origin.Cells at = column == 0 || cells == null ? cells : new Origin.Cells(column, cells.columns());
            add(new Origin(rowsInPart + 1, place, row, known == 0 ? null : known, null, at));
            originStep = 1;
        }
        originPlace = place;
        originRow = row;
        originLine = known;
        originColumn = column;
    }

    private void add(Origin origin) {
        int most = Math.min(MAX_ORIGINS, Math.max(MAX_ORIGINS_OF_SMALL_PARTS - originsBefore, 1));
        if (origins.size() < most) {
            origins.add(origin);
        } else if (origins.size() == most) {
            origins.add(new Origin(origin.firstRow(), name(), origin.firstRow(), null));
        }
    }

    /** One line, given without its end. */
    void line(byte[] bytes, int offset, int length) {
        compress(bytes, offset, length);
        compress(LINE_END, 0, 1);
        rowsInPart++;
        if (bytesInPart >= partBytes || rowsInPart == partRows) {
            endPart();
        }
    }

    /**
     * All lines of a piece, packed as they are.
     *
     * @param ofRecord hears of each of them, and says its origin
     */
    void piece(RecordPiece piece, LongConsumer ofRecord, RecordPiece.RejectVisitor ofReject) {
        if (out != null) {
            endPart(); // that of single lines, whose packing goes on
        }
        piece.forEach(
                line -> {
                    ofRecord.accept(line);
                    rowsInPart++;
                },
                ofReject);
        if (piece.records() == 0) {
            return;
        }
        try {
            Upload begun = upload == null ? staging.upload(name()) : upload;
            upload = begun;
            piece.writeTo(begun.stream());
            bytesInPart += piece.bytes();
        } catch (IOException e) {
            throw unavailable(e);
        }
        if (bytesInPart >= partBytes) {
            endPart();
        }
    }

    /** Any piece of a sequence of lines that each end in a line feed. */
    void write(byte[] bytes, int offset, int length) {
        int from = offset;
        for (int i = offset; i < offset + length; i++) {
            if (bytes[i] == '\n') {
                rowsInPart++;
                if (bytesInPart + i + 1 - from >= partBytes || rowsInPart == partRows) {
                    compress(bytes, from, i + 1 - from);
                    from = i + 1;
                    endPart();
                }
            }
        }
        if (from < offset + length) {
            compress(bytes, from, offset + length - from);
        }
    }

    /**
     * All lines of a page, at once if no part ends within it.
     *
     * @param place where the page stood in the source; null: nobody asks
     */
    void write(Spool page, @Nullable String place) {
        if (page.lines() == 0) {
            return;
        }
        boolean fits = bytesInPart + page.size() < partBytes && rowsInPart + page.lines() < partRows;
        if (fits) {
            if (place != null) {
                page.stretches()
                        .forEach(of -> add(new Origin(
                                rowsInPart + of.line(), of.place() == null ? place : of.place(), of.row(), null)));
                originPlace = ""; // whatever comes next doesn't follow
            }
            page.drain(this::compress);
            rowsInPart += page.lines();
        } else {
            page.drain(place == null ? this::write : new LineByLine(place, page.stretches())::write);
        }
    }

    /** Lines of a page in which parts end, each with its place. */
    private final class LineByLine {
        private String place;
        private final Iterator<Spool.Stretch> following;
        private Spool.@Nullable Stretch next;
        private long line;
        private long row;
        private boolean begun;

        LineByLine(String place, List<Spool.Stretch> stretches) {
            this.place = place;
            this.following = stretches.iterator();
            this.next = following.hasNext() ? following.next() : null;
        }

        void write(byte[] bytes, int offset, int length) {
            int from = offset;
            for (int i = offset; i < offset + length; i++) {
                if (!begun) {
                    begin();
                }
                if (bytes[i] == '\n') {
                    StagedLines.this.write(bytes, from, i + 1 - from);
                    from = i + 1;
                    begun = false;
                }
            }
            if (from < offset + length) {
                StagedLines.this.write(bytes, from, offset + length - from);
            }
        }

        private void begin() {
            begun = true;
            line++;
            row++;
            Spool.Stretch stretch = next;
            if (stretch != null && stretch.line() == line) {
                row = stretch.row();
                place = stretch.place() == null ? place : stretch.place();
                next = following.hasNext() ? following.next() : null;
            }
            origin(place, row, 0, 0, null);
        }
    }

    /** Takes over parts that an earlier attempt has staged, before the first line. */
    void adopt(List<Part> earlier) {
        parts.addAll(earlier);
    }

    /** Ends the last part, after which another one may begin. */
    List<Part> finish() {
        if (upload != null) {
            endPart();
        }
        return List.copyOf(parts);
    }

    private void compress(byte[] bytes, int offset, int length) {
        try {
            OutputStream target = out;
            if (target == null) {
                if (upload != null) {
                    endPart(); // that of pieces
                }
                Upload begun = staging.upload(name());
                upload = begun;
                target = Ndjson.compress(format, begun.stream());
                out = target;
            }
            target.write(bytes, offset, length);
            bytesInPart += length;
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    private void endPart() {
        Upload ending = upload;
        if (ending == null) {
            throw new IllegalStateException("no part to end");
        }
        OutputStream target = out == null ? ending.stream() : out;
        try {
            target.close();
        } catch (IOException e) {
            throw unavailable(e);
        }
        out = null;
        parts.add(ending.commit(rowsInPart).from(origins));
        originsBefore += bytesInPart < partBytes / 2 ? origins.size() : 0;
        origins = new ArrayList<>();
        ending.close();
        upload = null;
        rowsInPart = 0;
        bytesInPart = 0;
    }

    private String name() {
        String ending = format == Manifest.Format.NDJSON_ZSTD ? "zst" : "gz";
        return String.format(Locale.ROOT, "%s-%05d.ndjson.%s", prefix, parts.size(), ending);
    }

    private MillraceException unavailable(IOException cause) {
        return new MillraceException(
                ErrorCode.STAGING_UNAVAILABLE,
                "can't write " + name() + " in staging: "
                        + (cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage()),
                cause);
    }

    @Override
    public void close() {
        if (upload == null) {
            return;
        }
        try (Upload _ = upload) {
            if (out != null) {
                out.close(); // zstd's own memory is outside of the heap, where nobody else gives it back
            }
        } catch (IOException e) {
            LOG.debug("the end of {}, which is left out of staging, could not be written", name(), e);
        }
        out = null;
        upload = null;
    }
}
