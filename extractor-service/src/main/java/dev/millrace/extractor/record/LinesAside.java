package dev.millrace.extractor.record;

import dev.millrace.staging.Part;
import java.util.List;

/** Lines that are staged beside the records, and in no manifest. For one thread. */
public final class LinesAside implements AutoCloseable {
    private static final byte[] LINE_END = {'\n'};

    private final StagedLines lines;

    LinesAside(StagedLines lines) {
        this.lines = lines;
    }

    /** Adds a line; its end is added here. */
    public void line(byte[] bytes) {
        lines.write(bytes, 0, bytes.length);
        lines.write(LINE_END, 0, 1);
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
