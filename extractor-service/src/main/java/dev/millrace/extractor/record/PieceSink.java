package dev.millrace.extractor.record;

/** A receiver of pieces that several threads read of one source, each as a whole. */
public interface PieceSink {
    /**
     * Takes what has been read, in the order of the source.
     *
     * @param piece is used again for another afterwards
     */
    void take(RecordPiece piece);
}
