package dev.millrace.extractor.record;

import dev.millrace.staging.Part;
import java.util.List;

/** Lines that are staged beside the records, and in no manifest. For one thread. */
public final class LinesAside implements AutoCloseable {
    private final StagedLines lines;

    LinesAside(StagedLines lines) {
        this.lines = lines;
    }

    /** Adds a line; its end is added here. */
    public void line(byte[] bytes) {
        lines.line(bytes, 0, bytes.length);
    }

    /** Ends the last part. */
    public List<Part> finish() {
        return lines.finish();
    }

    @Override
    public void close() {
        lines.close();
    }
}
