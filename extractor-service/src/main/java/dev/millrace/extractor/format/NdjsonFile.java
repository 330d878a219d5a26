package dev.millrace.extractor.format;

import dev.millrace.extractor.format.Pieces.Piece;
import dev.millrace.extractor.record.LineSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.PieceSink;
import dev.millrace.extractor.record.RecordSink;
import java.io.IOException;
import java.io.InputStream;

/** Lines that are records; those of a large file are read by several threads. */
final class NdjsonFile {
    private final RecordSink sink;
    private final int pieceSize;

    /** @param pieceSize bytes that a thread reads at once */
    NdjsonFile(RecordSink sink, int pieceSize) {
        this.sink = sink;
        this.pieceSize = pieceSize;
    }

    private static LineSlicer lines(InputStream in, long before, RecordSink sink) {
        return before == 0 ? new LineSlicer(in, sink) : LineSlicer.after(before, in, sink);
    }

    void read(InputStream in) throws IOException, MalformedSource {
        PieceSink pieceSink = sink.pieces();
        if (pieceSink == null) {
            new LineSlicer(in, sink).slice();
            return;
        }
        Pieces pieces = new Pieces(in, RowEnds.ofLines(), pieceSize);
        Piece first = pieces.next();
        if (first != null && pieces.isAtEnd()) {
            new LineSlicer(first.stream(), sink).slice();
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
