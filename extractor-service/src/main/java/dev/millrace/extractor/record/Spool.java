package dev.millrace.extractor.record;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Lines of a page that is not whole yet: what was staged can't be taken back when the connection breaks in the
 * middle of it. Held in memory up to a limit, then in a scratch file, so a page may be larger than memory. For one
 * thread; {@link #clear} makes it empty again.
 */
public final class Spool implements AutoCloseable {
    private static final byte[] LINE_END = {'\n'};

    private final Path folder;
    private final byte[] memory;
    private int held;
    private long lines;
    private long size;
    /** Of the page's records, by the first line of each stretch of records that follow each other. */
    private final List<Stretch> stretches = new ArrayList<>();

    private long lastRow;
    private @Nullable String place;
    private @Nullable FileChannel file;
    private long inFile;
    private Mark mark = Mark.START;

    /**
     * @param folder for the scratch file
     * @param memory bytes to be held before there is a file
     */
    public Spool(Path folder, int memory) {
        this.folder = folder;
        this.memory = new byte[memory];
    }

    /**
     * Lines whose records follow each other in the page.
     *
     * @param line that is the first, from 1
     * @param row of its record in the page, from 1
     * @param place of that page; null: whoever stages the lines knows it
     */
    record Stretch(long line, long row, @Nullable String place) {}

    /** What was there when a page began that may have to be taken back. */
    private record Mark(long size, long lines, int stretches) {
        static final Mark START = new Mark(0, 0, 0);
    }

    /** Takes lines, without their ends. */
    public interface LineTarget {
        /** @param row of its record in the page, from 1 */
        void line(byte[] bytes, int offset, int length, long row);
    }

    /**
     * Begins another page, whose lines {@link #restart} takes back.
     *
     * @param placeOfThePage in the source
     */
    public void begin(String placeOfThePage) {
        mark = new Mark(size, lines, stretches.size());
        place = placeOfThePage;
        lastRow = 0;
    }

    /** Makes it what it was when the last page began, if one has, or else empty. */
    public void restart() {
        if (mark.equals(Mark.START)) {
            String kept = place;
            clear();
            place = kept;
            return;
        }
        stretches.subList(mark.stretches(), stretches.size()).clear();
        lines = mark.lines();
        size = mark.size();
        lastRow = 0;
        if (size >= inFile) {
            held = (int) (size - inFile);
            return;
        }
        held = 0;
        inFile = size;
        try {
            if (file != null) {
                FileChannel _ = file.truncate(size).position(size);
            }
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    /**
     * Adds a line whose record is in a row of the page, from 1; its end is added here. The rows grow from line to line,
     * with gaps where records are elsewhere.
     */
    public void line(byte[] bytes, int offset, int length, long row) {
        follow(row);
        line(bytes, offset, length);
    }

    /** Adds a line of two pieces, likewise. */
    public void line(byte[] head, byte[] bytes, int offset, int length, long row) {
        follow(row);
        write(head, 0, head.length);
        size += head.length;
        line(bytes, offset, length);
    }

    private void follow(long row) {
        if (row != lastRow + 1 || lines == mark.lines()) {
            stretches.add(new Stretch(lines + 1, row, place));
        }
        lastRow = row;
    }

    /** Where the records of the lines stood in the page; empty: nobody knows. */
    List<Stretch> stretches() {
        return stretches;
    }

    /** Adds a line; its end is added here. */
    public void line(byte[] bytes, int offset, int length) {
        write(bytes, offset, length);
        write(LINE_END, 0, 1);
        lines++;
        size += length + 1;
    }

    private void write(byte[] bytes, int offset, int length) {
        if (held + length > memory.length) {
            spill();
        }
        if (length > memory.length) {
            toFile(bytes, offset, length);
        } else {
            System.arraycopy(bytes, offset, memory, held, length);
            held += length;
        }
    }

    private void spill() {
        toFile(memory, 0, held);
        held = 0;
    }

    private void toFile(byte[] bytes, int offset, int length) {
        try {
            FileChannel target = file;
            if (target == null) {
                target = create();
                file = target;
            }
            ByteBuffer rest = ByteBuffer.wrap(bytes, offset, length);
            while (rest.hasRemaining()) {
                target.write(rest);
            }
            inFile += length;
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    /** On Unix such a file loses its name at once, so that even a killed process leaves none behind. */
    private FileChannel create() throws IOException {
        Files.createDirectories(folder);
        return FileChannel.open(
                folder.resolve("page-" + UUID.randomUUID() + ".ndjson"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE);
    }

    public long lines() {
        return lines;
    }

    /** Bytes of all lines, with their ends. */
    long size() {
        return size;
    }

    /** Hands on everything in pieces; nothing is added afterwards before {@link #clear}. */
    public void drain(Target target) {
        FileChannel spilled = file;
        if (spilled != null) {
            try {
                ByteBuffer piece = ByteBuffer.allocate(64 * 1024);
                for (long at = 0; spilled.read(piece, at) > 0; at += piece.position(), piece.clear()) {
                    target.write(piece.array(), 0, piece.position());
                }
            } catch (IOException e) {
                throw unavailable(e);
            }
        }
        target.write(memory, 0, held);
    }

    /** The lines one by one, in their order; nothing is added afterwards before {@link #clear}. */
    public SpooledLines eachLine() {
        return new SpooledLines(file, memory, held, stretches.iterator(), this::unavailable);
    }

    /** Hands on the lines one by one; nothing is added afterwards before {@link #clear}. */
    public void forEachLine(LineTarget target) {
        SpooledLines each = eachLine();
        while (each.advance()) {
            target.line(each.bytes(), each.offset(), each.length(), each.row());
        }
    }

    public void clear() {
        held = 0;
        lines = 0;
        size = 0;
        inFile = 0;
        mark = Mark.START;
        place = null;
        stretches.clear();
        lastRow = 0;
        FileChannel open = file;
        file = null;
        try {
            if (open != null) {
                open.close();
            }
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    @Override
    public void close() {
        clear();
    }

    private MillraceException unavailable(IOException cause) {
        return new MillraceException(
                ErrorCode.STAGING_UNAVAILABLE,
                "can't use the scratch folder " + folder + ": "
                        + (cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage()),
                cause);
    }

    /** Takes pieces of a sequence of lines. */
    public interface Target {
        void write(byte[] bytes, int offset, int length);
    }
}
