package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.JsonSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The records of one page on their way into its slot. For one thread. */
final class PageLines implements RecordSink {
    private final String place;
    private final Pages.Slot slot;
    private final StagedRecords staged;
    private final ListNotes notes;
    private final @Nullable RecordCursors cursors;
    private final @Nullable JsonPath pathInLast;
    /** How each record begins; empty: as it came. */
    private final byte[] head;

    private final @Nullable JsonPath nameOfEach;
    private final boolean withLines;
    private final ByteArrayOutputStream last = new ByteArrayOutputStream();
    private final Checksum content = new Checksum();
    private long row;
    private long line;

    /**
     * @param cursor null: nobody looks for those of the records
     * @param pathInLast of a value in the last record; null: nobody looks for one
     * @param each what the list is asked for, which each record gets as a field; null: for nothing
     * @param withLines whether rejects are told with their lines
     */
    PageLines(
            String place,
            Pages.Slot slot,
            StagedRecords staged,
            ListNotes notes,
            @Nullable RunCursor cursor,
            @Nullable JsonPath pathInLast,
            @Nullable Each each,
            boolean withLines) {
        this.place = place;
        this.slot = slot;
        this.staged = staged;
        this.notes = notes;
        this.cursors = cursor == null ? null : cursor.ofPage();
        this.pathInLast = pathInLast;
        this.head = each == null ? new byte[0] : ("{" + each.field()).getBytes(StandardCharsets.UTF_8);
        this.nameOfEach = each == null ? null : JsonPath.of(each.name());
        this.withLines = withLines;
    }

    /**
     * The page, when all its records have come.
     *
     * @param bytes of the body
     */
    Page page(
            String name,
            Page.Head answer,
            Map<JsonPath, String> values,
            Set<JsonPath> present,
            long bytes,
            Page.Kind kind)
            throws IOException, MalformedSource {
        byte[] lastRecord = last.toByteArray();
        return new Page(
                name,
                answer,
                values,
                present,
                pathInLast == null || lastRecord.length == 0 ? null : JsonSlicer.valueAt(lastRecord, pathInLast),
                row,
                bytes,
                content.value(),
                cursors,
                kind);
    }

    @Override
    public void beginsAt(long beginning) {
        line = withLines ? beginning : 0;
    }

    @Override
    public void record(byte[] record, int offset, int length) {
        if (cursors == null || cursors.see(record, offset, length)) {
            if (nameOfEach == null || record[offset] != '{') {
                slot.records().line(record, offset, length, row + 1);
            } else if (isIn(record, offset, length, nameOfEach)) {
                rejectLine(
                        "the record has a field '" + nameOfEach + "' itself, which is what forEach calls that which"
                                + " the request is sent for (expected: another name there, behind as)",
                        new String(record, offset, Math.min(length, 4 * Reject.MAX_RECORD), StandardCharsets.UTF_8));
            } else {
                ofEach(record, offset, length);
            }
        }
        if (pathInLast != null) {
            last.reset();
            last.write(record, offset, length);
        }
        content.add(record, offset, length);
        next();
    }

    /** The record with what it was asked for in front of its own fields. */
    private void ofEach(byte[] record, int offset, int length) {
        int next = offset + 1;
        while (record[next] <= ' ' && record[next] >= 0) {
            next++;
        }
        byte[] begin = head;
        if (record[next] != '}') {
            begin = Arrays.copyOf(head, head.length + 1);
            begin[head.length] = ',';
        }
        slot.records().line(begin, record, next, offset + length - next, row + 1);
    }

    private void rejectLine(String reason, String start) {
        byte[] rejected = staged.rejectLine(place, row + 1, line == 0 ? null : line, reason, start);
        slot.rejects().line(rejected, 0, rejected.length);
    }

    @Override
    public void reject(String reason, String start) {
        rejectLine(reason, start);
        last.reset();
        byte[] shown = (reason + start).getBytes(StandardCharsets.UTF_8);
        content.add(shown, 0, shown.length);
        next();
    }

    private void next() {
        row++;
        if (row % 1024 == 0) {
            notes.check().run();
            notes.progress().accept(row);
        }
    }

    /** A reject that a sink has made of the record. */
    void rejected(byte[] bytes, int offset, int length) {
        slot.rejects().line(bytes, offset, length);
        last.reset();
        content.add(bytes, offset, length);
        next();
    }

    /** Whether a record has a field of the name. Where it can't be read, whoever shapes it says why. */
    private static boolean isIn(byte[] record, int offset, int length, JsonPath name) {
        byte[] wanted = ('"' + name.toString() + '"').getBytes(StandardCharsets.UTF_8);
        boolean maybe = false;
        for (int i = offset; i < offset + length && !maybe; i++) {
            maybe = record[i] == '\\'
                    || (record[i] == '"'
                            && i + wanted.length <= offset + length
                            && Arrays.equals(record, i, i + wanted.length, wanted, 0, wanted.length));
        }
        if (!maybe) {
            return false;
        }
        try {
            return !JsonSlicer.wholeAt(Arrays.copyOfRange(record, offset, offset + length), List.of(name))
                    .isEmpty();
        } catch (IOException | MalformedSource e) {
            return false;
        }
    }
}
