package dev.millrace.extractor.upload;

import dev.millrace.extractor.record.RecordSink;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.util.Map;

/** Hands records on, of a file that may have so many and has to have one. For one thread. */
final class CountedRecords implements RecordSink {
    private final String file;
    private final long most;
    private final RecordSink sink;
    private long count;

    CountedRecords(String file, long most, RecordSink sink) {
        this.file = file;
        this.most = most;
        this.sink = sink;
    }

    @Override
    public void beginsAt(long line) {
        sink.beginsAt(line);
    }

    @Override
    public void onSheet(String name, Map<String, Integer> columns) {
        sink.onSheet(name, columns);
    }

    @Override
    public void beginsAt(long line, int column) {
        sink.beginsAt(line, column);
    }

    @Override
    public void record(byte[] bytes, int offset, int length) {
        count();
        sink.record(bytes, offset, length);
    }

    @Override
    public void reject(String reason, String start) {
        count();
        sink.reject(reason, start);
    }

    private void count() {
        count++;
        if (count > most) {
            throw refused("has more than " + most + " rows");
        }
    }

    /** @throws MillraceException with {@code UPLOAD_REFUSED} when there were none */
    void done() {
        if (count == 0) {
            throw refused("has no rows");
        }
    }

    private MillraceException refused(String what) {
        return new MillraceException(
                ErrorCode.UPLOAD_REFUSED, file + " " + what + " (expected: 1 to " + most + "); nothing is loaded");
    }
}
