package dev.millrace.transformer.engine;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.millrace.transformer.value.ColumnBuffer;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Some rows, by columns, in memory outside of the heap as Arrow's C interface has them
 * (https://arrow.apache.org/docs/format/CDataInterface.html): the numbers of the rows, then the columns. It is the
 * caller's until it is handed to an engine, whose it is then; whoever has it gives its memory back.
 */
public final class RowBatch implements AutoCloseable {
    /** Of those that an engine has, by their numbers, which the engine brings back. */
    private static final ConcurrentMap<Long, RowBatch> HANDED_OVER = new ConcurrentHashMap<>();

    private static final AtomicLong NUMBERS = new AtomicLong();

    private final int rows;
    private final NativeMemory.Piece memory;
    private final MemorySegment rowNumbers;
    private final MemorySegment array;
    private final AtomicBoolean over = new AtomicBoolean();

    private RowBatch(int rows, NativeMemory.Piece memory, MemorySegment rowNumbers, MemorySegment array) {
        this.rows = rows;
        this.memory = memory;
        this.rowNumbers = rowNumbers;
        this.array = array;
    }

    /** Copies the rows of the columns, of which there are as many in each. */
    public static RowBatch of(List<ColumnBuffer> columns, int rows, NativeMemory memory) {
        NativeMemory.Piece piece = memory.take();
        try {
            MemorySegment children = piece.allocate(ADDRESS, columns.size() + 1L);
            MemorySegment numbers = piece.allocate(JAVA_LONG, rows);
            children.setAtIndex(ADDRESS, 0, array(piece, rows, 0, List.of(MemorySegment.NULL, numbers), List.of()));
            for (int i = 0; i < columns.size(); i++) {
                children.setAtIndex(ADDRESS, i + 1L, array(piece, columns.get(i), rows));
            }
            MemorySegment array = piece.allocate(ArrowLayout.ARRAY);
            ArrowLayout.array(
                    array, rows, 0, buffers(piece, List.of(MemorySegment.NULL)), 1, children, columns.size() + 1);
            return new RowBatch(rows, piece, numbers, array);
        } catch (Throwable e) {
            piece.close();
            throw e;
        }
    }

    private static MemorySegment array(NativeMemory.Piece memory, ColumnBuffer column, int rows) {
        MemorySegment validity = validity(memory, column, rows);
        return switch (column) {
            case ColumnBuffer.Longs longs ->
                flat(
                        memory,
                        column,
                        rows,
                        validity,
                        memory.allocateFrom(JAVA_LONG, MemorySegment.ofArray(longs.values()), JAVA_LONG, 0, rows));
            case ColumnBuffer.Days days ->
                flat(
                        memory,
                        column,
                        rows,
                        validity,
                        memory.allocateFrom(JAVA_INT, MemorySegment.ofArray(days.values()), JAVA_INT, 0, rows));
            case ColumnBuffer.Decimals decimals ->
                flat(
                        memory,
                        column,
                        rows,
                        validity,
                        memory.allocateFrom(
                                JAVA_LONG, MemorySegment.ofArray(decimals.halves()), JAVA_LONG, 0, 2L * rows));
            case ColumnBuffer.Truths truths ->
                flat(memory, column, rows, validity, bits(memory, truths.values(), rows));
            case ColumnBuffer.Texts texts ->
                array(
                        memory,
                        rows,
                        column.nulls(),
                        List.of(
                                validity,
                                starts(memory, texts.starts(), rows),
                                memory.allocateFrom(
                                        JAVA_BYTE,
                                        MemorySegment.ofArray(texts.bytes()),
                                        JAVA_BYTE,
                                        0,
                                        texts.starts()[rows])),
                        List.of());
            case ColumnBuffer.Structs structs ->
                array(
                        memory,
                        rows,
                        column.nulls(),
                        List.of(validity),
                        structs.fields().stream()
                                .map(field -> array(memory, field, rows))
                                .toList());
            case ColumnBuffer.Lists lists ->
                array(
                        memory,
                        rows,
                        column.nulls(),
                        List.of(validity, starts(memory, lists.starts(), rows)),
                        List.of(array(memory, lists.elements(), lists.starts()[rows])));
        };
    }

    private static MemorySegment flat(
            NativeMemory.Piece memory, ColumnBuffer column, int rows, MemorySegment validity, MemorySegment values) {
        return array(memory, rows, column.nulls(), List.of(validity, values), List.of());
    }

    private static MemorySegment array(
            NativeMemory.Piece memory, int rows, int nulls, List<MemorySegment> buffers, List<MemorySegment> children) {
        MemorySegment pointers = memory.allocate(ADDRESS, Math.max(1, children.size()));
        for (int i = 0; i < children.size(); i++) {
            pointers.setAtIndex(ADDRESS, i, children.get(i));
        }
        MemorySegment array = memory.allocate(ArrowLayout.ARRAY);
        ArrowLayout.array(array, rows, nulls, buffers(memory, buffers), buffers.size(), pointers, children.size());
        return array;
    }

    private static MemorySegment buffers(NativeMemory.Piece memory, List<MemorySegment> buffers) {
        MemorySegment pointers = memory.allocate(ADDRESS, buffers.size());
        for (int i = 0; i < buffers.size(); i++) {
            pointers.setAtIndex(ADDRESS, i, buffers.get(i));
        }
        return pointers;
    }

    private static MemorySegment starts(NativeMemory.Piece memory, int[] starts, int rows) {
        return memory.allocateFrom(JAVA_INT, MemorySegment.ofArray(starts), JAVA_INT, 0, rows + 1L);
    }

    /** A bit for each row that is not NULL; nothing when none is. */
    private static MemorySegment validity(NativeMemory.Piece memory, ColumnBuffer column, int rows) {
        if (column.nulls() == 0) {
            return MemorySegment.NULL;
        }
        long[] nulls = column.nullBits();
        int words = (rows + Long.SIZE - 1) / Long.SIZE;
        MemorySegment bits = memory.allocate(JAVA_LONG, words);
        for (int i = 0; i < words; i++) {
            bits.setAtIndex(JAVA_LONG, i, i < nulls.length ? ~nulls[i] : -1);
        }
        return bits;
    }

    private static MemorySegment bits(NativeMemory.Piece memory, boolean[] values, int rows) {
        int words = (rows + Long.SIZE - 1) / Long.SIZE;
        MemorySegment bits = memory.allocate(JAVA_LONG, words);
        for (int i = 0; i < words; i++) {
            long word = 0;
            int first = i * Long.SIZE;
            for (int row = first; row < Math.min(rows, first + Long.SIZE); row++) {
                word |= values[row] ? 1L << row : 0;
            }
            bits.setAtIndex(JAVA_LONG, i, word);
        }
        return bits;
    }

    public int rows() {
        return rows;
    }

    /**
     * Makes it the engine's.
     *
     * @param firstNumber of its first row; each has the one after that before it
     * @param out the engine's structure, which is filled
     */
    void handOver(long firstNumber, MemorySegment out) {
        if (!over.compareAndSet(false, true)) {
            throw new IllegalStateException("the rows are no longer here");
        }
        for (int i = 0; i < rows; i++) {
            rowNumbers.setAtIndex(JAVA_LONG, i, firstNumber + i);
        }
        long number = NUMBERS.incrementAndGet();
        RowBatch _ = HANDED_OVER.put(number, this);
        MemorySegment.copy(array, 0, out, 0, ArrowLayout.ARRAY.byteSize());
        ArrowLayout.ownArray(out, number);
    }

    /** The engine needs them no more. */
    public static void giveBack(long number) {
        RowBatch batch = HANDED_OVER.remove(number);
        if (batch != null) {
            batch.memory.close();
        }
    }

    /** Gives the memory back, unless an engine has it. */
    @Override
    public void close() {
        if (over.compareAndSet(false, true)) {
            memory.close();
        }
    }
}
