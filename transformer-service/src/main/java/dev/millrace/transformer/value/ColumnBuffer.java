package dev.millrace.transformer.value;

import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * The values of one column, row after row, as the engine's vectors have them. On the heap, and used again for the rows
 * that come later: whoever hands values to the engine copies them, all of a column at once. For one
 * thread.
 */
public abstract sealed class ColumnBuffer {
    private static final int FIRST_ROWS = 1_024;
    private static final int FIRST_BYTES = 16 * 1024;

    /** Larger arrays aren't kept for the rows that come later. */
    private static final int MOST_KEPT = 8 * 1024 * 1024;

    private int size;
    private int nulls;
    /** A bit for each row that is NULL; rows behind its end are none. */
    private long[] nullBits = {};

    /** Rows so far. */
    public final int size() {
        return size;
    }

    /** How many of the rows are NULL. */
    public final int nulls() {
        return nulls;
    }

    /** A bit for each row that is NULL, from the lowest of the first; may end before the last row. */
    public final long[] nullBits() {
        return nullBits;
    }

    public final boolean isNull(int row) {
        int word = row >>> 6;
        return nulls > 0 && word < nullBits.length && (nullBits[word] >>> row & 1) != 0;
    }

    public final void appendNull() {
        int word = size >>> 6;
        if (word >= nullBits.length) {
            nullBits = Arrays.copyOf(nullBits, Math.max(2 * nullBits.length, word + 1));
        }
        nullBits[word] |= 1L << size;
        nulls++;
        placeholder();
        size++;
    }

    /** A row has got its value. */
    final void appended() {
        size++;
    }

    /** What {@link #value} has given; null is NULL. */
    public final void append(@Nullable Object value) {
        if (value == null) {
            appendNull();
        } else {
            put(value);
        }
    }

    /** The value of a row, as the column's parser reads it; null is NULL. */
    public final @Nullable Object value(int row) {
        return isNull(row) ? null : get(row);
    }

    /** Forgets the rows from this one on. */
    public final void truncate(int rows) {
        if (rows < size) {
            for (int row = rows; nulls > 0 && row < size; row++) {
                clearNull(row);
            }
            shorten(rows);
            size = rows;
        }
    }

    private void clearNull(int row) {
        if (isNull(row)) {
            nullBits[row >>> 6] &= ~(1L << row);
            nulls--;
        }
    }

    /** Forgets all rows, and gives back what only very long ones need. */
    public final void clear() {
        truncate(0);
        release(MOST_KEPT);
    }

    /** Forgets all rows but these. */
    public final void keep(BitSet rows) {
        int to = 0;
        compact(rows);
        for (int row = rows.nextSetBit(0); row >= 0 && row < size; row = rows.nextSetBit(row + 1)) {
            if (nulls > 0 && to != row) {
                boolean isNull = isNull(row);
                clearNull(to);
                if (isNull) {
                    clearNull(row);
                    nullBits[to >>> 6] |= 1L << to;
                    nulls++;
                }
            }
            to++;
        }
        truncate(to);
    }

    /** Another one for the same kind of values, without rows. */
    public abstract ColumnBuffer another();

    /** Takes the place of a value that isn't there. */
    abstract void placeholder();

    public abstract void put(Object value);

    public abstract Object get(int row);

    /** Before the row after the last one is another. */
    public void shorten(int rows) {}

    /** Moves the values of these rows to the front, one after the other. */
    abstract void compact(BitSet rows);

    /** Of the arrays, those with more bytes. */
    public abstract void release(int bytes);

    /** Values of 64 bits. */
    public static final class Longs extends ColumnBuffer {
        /** What they are. */
        public enum Form {
            WHOLE,
            /** Bits of a double. */
            FLOATING,
            /** Microseconds since 1970 in UTC. */
            MOMENT
        }

        private final Form form;
        private long[] values = new long[FIRST_ROWS];

        public Longs(Form form) {
            this.form = form;
        }

        public Form form() {
            return form;
        }

        public long[] values() {
            return values;
        }

        public void append(long value) {
            int row = size();
            if (row == values.length) {
                values = Arrays.copyOf(values, 2 * row);
            }
            values[row] = value;
            appended();
        }

        @Override
        public ColumnBuffer another() {
            return new Longs(form);
        }

        @Override
        void placeholder() {
            if (size() == values.length) {
                values = Arrays.copyOf(values, 2 * values.length);
            }
            values[size()] = 0;
        }

        @Override
        public void put(Object value) {
            append(form == Form.FLOATING ? Double.doubleToRawLongBits((double) value) : (long) value);
        }

        @Override
        public Object get(int row) {
            return form == Form.FLOATING ? (Object) Double.longBitsToDouble(values[row]) : (Object) values[row];
        }

        @Override
        void compact(BitSet rows) {
            int to = 0;
            for (int row = rows.nextSetBit(0); row >= 0 && row < size(); row = rows.nextSetBit(row + 1)) {
                values[to++] = values[row];
            }
        }

        @Override
        public void release(int bytes) {
            if (values.length > bytes / Long.BYTES) {
                values = new long[FIRST_ROWS];
            }
        }
    }

    /** Days since 1970. */
    public static final class Days extends ColumnBuffer {
        private int[] values = new int[FIRST_ROWS];

        public int[] values() {
            return values;
        }

        public void append(long day) {
            placeholder();
            values[size()] = (int) day;
            appended();
        }

        @Override
        public ColumnBuffer another() {
            return new Days();
        }

        @Override
        void placeholder() {
            if (size() == values.length) {
                values = Arrays.copyOf(values, 2 * values.length);
            }
            values[size()] = 0;
        }

        @Override
        public void put(Object value) {
            append((long) value);
        }

        @Override
        public Object get(int row) {
            return (long) values[row];
        }

        @Override
        void compact(BitSet rows) {
            int to = 0;
            for (int row = rows.nextSetBit(0); row >= 0 && row < size(); row = rows.nextSetBit(row + 1)) {
                values[to++] = values[row];
            }
        }

        @Override
        public void release(int bytes) {
            if (values.length > bytes / Integer.BYTES) {
                values = new int[FIRST_ROWS];
            }
        }
    }

    public static final class Truths extends ColumnBuffer {
        private boolean[] values = new boolean[FIRST_ROWS];

        public boolean[] values() {
            return values;
        }

        public void append(boolean value) {
            placeholder();
            values[size()] = value;
            appended();
        }

        @Override
        public ColumnBuffer another() {
            return new Truths();
        }

        @Override
        void placeholder() {
            if (size() == values.length) {
                values = Arrays.copyOf(values, 2 * values.length);
            }
            values[size()] = false;
        }

        @Override
        public void put(Object value) {
            append((boolean) value);
        }

        @Override
        public Object get(int row) {
            return values[row];
        }

        @Override
        void compact(BitSet rows) {
            int to = 0;
            for (int row = rows.nextSetBit(0); row >= 0 && row < size(); row = rows.nextSetBit(row + 1)) {
                values[to++] = values[row];
            }
        }

        @Override
        public void release(int bytes) {
            if (values.length > bytes) {
                values = new boolean[FIRST_ROWS];
            }
        }
    }

    /** Decimal numbers of up to 38 digits, nine of them behind the point: whole numbers of 128 bits. */
    public static final class Decimals extends ColumnBuffer {
        public static final int SCALE = 9;

        /** Of each number the lower half, then the upper one. */
        private long[] halves = new long[2 * FIRST_ROWS];

        public long[] halves() {
            return halves;
        }

        /** @param unscaled the number, multiplied with 10^9 */
        public void append(long unscaled) {
            append(unscaled, unscaled >> 63);
        }

        private void append(long lower, long upper) {
            int at = 2 * size();
            if (at == halves.length) {
                halves = Arrays.copyOf(halves, 2 * at);
            }
            halves[at] = lower;
            halves[at + 1] = upper;
            appended();
        }

        @Override
        public ColumnBuffer another() {
            return new Decimals();
        }

        @Override
        void placeholder() {
            int at = 2 * size();
            if (at == halves.length) {
                halves = Arrays.copyOf(halves, 2 * at);
            }
            halves[at] = 0;
            halves[at + 1] = 0;
        }

        @Override
        public void put(Object value) {
            BigInteger unscaled = ((BigDecimal) value).unscaledValue();
            append(unscaled.longValue(), unscaled.shiftRight(Long.SIZE).longValue());
        }

        @Override
        public Object get(int row) {
            long lower = halves[2 * row];
            BigInteger upper = BigInteger.valueOf(halves[2 * row + 1]).shiftLeft(Long.SIZE);
            BigInteger unsigned = BigInteger.valueOf(lower >>> 1).shiftLeft(1).or(BigInteger.valueOf(lower & 1));
            return new BigDecimal(upper.or(unsigned), SCALE);
        }

        @Override
        void compact(BitSet rows) {
            int to = 0;
            for (int row = rows.nextSetBit(0); row >= 0 && row < size(); row = rows.nextSetBit(row + 1)) {
                halves[to++] = halves[2 * row];
                halves[to++] = halves[2 * row + 1];
            }
        }

        @Override
        public void release(int bytes) {
            if (halves.length > bytes / Long.BYTES) {
                halves = new long[2 * FIRST_ROWS];
            }
        }
    }

    /** Texts in UTF-8, or bytes. */
    public static final class Texts extends ColumnBuffer {
        /** Of an array of Java's, and of what Arrow's places can say. */
        private static final int MOST_BYTES = Integer.MAX_VALUE - 8;

        private final boolean binary;
        private byte[] bytes = new byte[FIRST_BYTES];
        /** Where each row begins, and behind the last one where that ends. */
        private int[] starts = new int[FIRST_ROWS];

        public Texts(boolean binary) {
            this.binary = binary;
        }

        public boolean isBinary() {
            return binary;
        }

        public byte[] bytes() {
            return bytes;
        }

        public int[] starts() {
            return starts;
        }

        public int length() {
            return starts[size()];
        }

        public void append(byte[] source, int from, int to) {
            int start = room(to - from);
            System.arraycopy(source, from, bytes, start, to - from);
            appended();
        }

        /** Makes room for a row, which the caller writes into {@link #bytes} from there on, and says {@link #appended}. */
        public int room(int length) {
            int row = size();
            if (row + 1 == starts.length) {
                starts = Arrays.copyOf(starts, 2 * starts.length);
            }
            int start = starts[row];
            if (length > MOST_BYTES - start) {
                throw new OutOfMemoryError("texts of more than two gigabytes");
            }
            int end = start + length;
            if (end > bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(MOST_BYTES, Math.max(2L * bytes.length, end)));
            }
            starts[row + 1] = end;
            return start;
        }

        @Override
        public ColumnBuffer another() {
            return new Texts(binary);
        }

        @Override
        void placeholder() {
            int _ = room(0);
        }

        @Override
        public void put(Object value) {
            byte[] source = value instanceof byte[] known ? known : ((String) value).getBytes(StandardCharsets.UTF_8);
            append(source, 0, source.length);
        }

        /** Bytes, whatever they are. */
        @Override
        public Object get(int row) {
            return Arrays.copyOfRange(bytes, starts[row], starts[row + 1]);
        }

        @Override
        void compact(BitSet rows) {
            int to = 0;
            int at = 0;
            for (int row = rows.nextSetBit(0); row >= 0 && row < size(); row = rows.nextSetBit(row + 1)) {
                int start = starts[row];
                int length = starts[row + 1] - start;
                System.arraycopy(bytes, start, bytes, at, length);
                at += length;
                starts[++to] = at;
            }
        }

        @Override
        public void release(int most) {
            if (bytes.length > most) {
                bytes = new byte[FIRST_BYTES];
            }
            if (starts.length > most / Integer.BYTES) {
                starts = new int[FIRST_ROWS];
            }
        }
    }

    /** Records: a buffer for each field, with as many rows. */
    public static final class Structs extends ColumnBuffer {
        private final List<ColumnBuffer> fields;
        private final List<String> names;

        /** @param names of the fields */
        public Structs(List<ColumnBuffer> fields, List<String> names) {
            this.fields = fields;
            this.names = names;
        }

        public List<ColumnBuffer> fields() {
            return fields;
        }

        public List<String> names() {
            return names;
        }

        @Override
        public ColumnBuffer another() {
            return new Structs(fields.stream().map(ColumnBuffer::another).toList(), names);
        }

        @Override
        void placeholder() {
            fields.forEach(ColumnBuffer::appendNull);
        }

        @Override
        public void put(Object value) {
            List<?> values = (List<?>) value;
            for (int i = 0; i < fields.size(); i++) {
                fields.get(i).append(values.get(i));
            }
            appended();
        }

        @Override
        public Object get(int row) {
            List<@Nullable Object> values = new ArrayList<>(fields.size());
            fields.forEach(field -> values.add(field.value(row)));
            return values;
        }

        @Override
        public void shorten(int rows) {
            fields.forEach(field -> field.truncate(rows));
        }

        @Override
        void compact(BitSet rows) {
            fields.forEach(field -> field.keep(rows));
        }

        @Override
        public void release(int bytes) {
            fields.forEach(field -> field.release(bytes));
        }
    }

    /** Arrays, whose elements are those of another buffer, one array's after the other's. */
    public static final class Lists extends ColumnBuffer {
        private final ColumnBuffer elements;
        /** Where each row begins, and behind the last one where that ends. */
        private int[] starts = new int[FIRST_ROWS];

        public Lists(ColumnBuffer elements) {
            this.elements = elements;
        }

        public ColumnBuffer elements() {
            return elements;
        }

        public int[] starts() {
            return starts;
        }

        @Override
        public ColumnBuffer another() {
            return new Lists(elements.another());
        }

        @Override
        void placeholder() {
            int row = size();
            if (row + 1 == starts.length) {
                starts = Arrays.copyOf(starts, 2 * starts.length);
            }
            starts[row + 1] = elements.size();
        }

        @Override
        public void put(Object value) {
            ((List<?>) value).forEach(elements::append);
            placeholder();
            appended();
        }

        @Override
        public Object get(int row) {
            List<@Nullable Object> values = new ArrayList<>();
            for (int i = starts[row]; i < starts[row + 1]; i++) {
                values.add(elements.value(i));
            }
            return values;
        }

        @Override
        public void shorten(int rows) {
            elements.truncate(starts[rows]);
        }

        @Override
        void compact(BitSet rows) {
            BitSet kept = new BitSet();
            int[] ends = new int[size() + 1];
            int to = 0;
            for (int row = rows.nextSetBit(0); row >= 0 && row < size(); row = rows.nextSetBit(row + 1)) {
                kept.set(starts[row], starts[row + 1]);
                ends[to + 1] = ends[to] + starts[row + 1] - starts[row];
                to++;
            }
            System.arraycopy(ends, 0, starts, 0, to + 1);
            elements.keep(kept);
        }

        @Override
        public void release(int bytes) {
            if (starts.length > bytes / Integer.BYTES) {
                starts = new int[FIRST_ROWS];
            }
            elements.release(bytes);
        }
    }
}
