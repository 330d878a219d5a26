package dev.millrace.extractor.record;

import dev.millrace.staging.Reject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A cutter of lines: hands on each that is not blank, byte for byte, without its end, which is a line feed with or
 * without a carriage return.
 */
public final class LineSlicer {
    private final InputStream in;
    private final RecordSink sink;
    private final byte[] buffer = new byte[64 * 1024];
    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private long line;
    private long heldBytes; // those held, and those beyond the limit that were let go

    public LineSlicer(InputStream in, RecordSink sink) {
        this.in = in;
        this.sink = sink;
    }

    /** Of what follows the first lines of a source. */
    public static LineSlicer after(long lines, InputStream in, RecordSink sink) {
        LineSlicer slicer = new LineSlicer(in, sink);
        slicer.line = lines;
        return slicer;
    }

    public void slice() throws IOException {
        boolean first = line == 0;
        int count = in.readNBytes(buffer, 0, buffer.length);
        while (count > 0) {
            int start = first && startsWithMark(count) ? 3 : 0;
            first = false;
            for (int i = start; i < count; i++) {
                if (buffer[i] == '\n') {
                    line(start, i - start);
                    start = i + 1;
                }
            }
            keep(start, count - start);
            count = Math.max(0, in.read(buffer, 0, buffer.length));
        }
        line(0, 0);
    }

    private boolean startsWithMark(int count) {
        return count >= 3 && buffer[0] == (byte) 0xEF && buffer[1] == (byte) 0xBB && buffer[2] == (byte) 0xBF;
    }

    private void line(int start, int length) {
        line++;
        if (heldBytes == 0) {
            hand(buffer, start, length);
            return;
        }
        keep(start, length);
        byte[] bytes = held.toByteArray();
        if (heldBytes > Reject.RECORD_LIMIT) {
            sink.beginsAt(line);
            sink.reject(
                    "a record of " + heldBytes + " bytes, which is more than the " + Reject.RECORD_LIMIT
                            + " that are read",
                    JsonSlicer.start(bytes));
        } else {
            hand(bytes, 0, bytes.length);
        }
        held.reset();
        heldBytes = 0;
    }

    private void hand(byte[] bytes, int start, int length) {
        int used = length > 0 && bytes[start + length - 1] == '\r' ? length - 1 : length;
        for (int i = start; i < start + used; i++) {
            if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') {
                sink.beginsAt(line);
                sink.record(bytes, start, used);
                return;
            }
        }
    }

    private void keep(int from, int count) {
        heldBytes += count;
        if (heldBytes <= Reject.RECORD_LIMIT) {
            held.write(buffer, from, count);
        }
    }
}
