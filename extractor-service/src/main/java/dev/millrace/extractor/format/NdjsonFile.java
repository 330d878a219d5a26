package dev.millrace.extractor.format;

import dev.millrace.extractor.format.Pieces.Piece;
import dev.millrace.extractor.record.LineSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.PieceSink;
import dev.millrace.extractor.record.RecordSink;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Arrays;
import java.util.List;

/** Lines that are records; those of a large file are read by several threads. */
final class NdjsonFile {
    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private final RecordSink sink;
    private final int pieceSize;

    /** @param pieceSize bytes that a thread reads at once */
    NdjsonFile(RecordSink sink, int pieceSize) {
        this.sink = sink;
        this.pieceSize = pieceSize;
    }

    /**
     * Where a large file may be cut.
     *
     * @param each bytes of a range, about
     */
    List<FileRange> ranges(InputStream in, long each) throws IOException {
        byte[] start = in.readNBytes(MARK.length);
        RowEnds ends = RowEnds.ofLines(0, Arrays.equals(start, MARK) ? MARK.length : 0);
        InputStream whole = new SequenceInputStream(new ByteArrayInputStream(start), in);
        return new RangeScan(ends, each, pieceSize).ranges(whole, List.of());
    }

    private static LineSlicer lines(InputStream in, long before, RecordSink sink) {
        return before == 0 ? new LineSlicer(in, sink) : LineSlicer.after(before, in, sink);
    }

    /** @param before lines of the file that come before the stream's */
    void read(InputStream in, long before) throws IOException, MalformedSource {
        PieceSink pieceSink = sink.pieces();
        if (pieceSink == null) {
            lines(in, before, sink).slice();
            return;
        }
        Pieces pieces = new Pieces(in, RowEnds.ofLines(before, 0), pieceSize);
        Piece first = pieces.next();
        if (first != null && pieces.isAtEnd()) {
            lines(first.stream(), before, sink).slice();
            return;
        }
        try (PieceReaders readers = new PieceReaders(pieceSink)) {
            for (Piece piece = first; piece != null; piece = pieces.next()) {
                Piece one = piece;
                readers.add(records -> {
                    lines(one.stream(), one.linesBefore(), records).slice();
                    one.release();
                });
            }
            readers.finish();
        }
        if (!pieces.isAtEnd()) { // what follows has no line end for long
            lines(pieces.rest(), pieces.linesBefore(), sink).slice();
        }
    }
}
