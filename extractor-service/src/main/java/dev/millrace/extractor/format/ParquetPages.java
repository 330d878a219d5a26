package dev.millrace.extractor.format;

import dev.hardwood.metadata.ColumnMetaData;
import dev.hardwood.metadata.RowGroup;
import dev.millrace.extractor.record.MalformedSource;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * The heads of all pages of a Parquet file, looked at before anything is read: Hardwood believes what they say, and not each that lies
 * ends with an error there. For one thread.
 *
 * @see <a href="https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift">PageHeader</a>
 * @see <a href="https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md">Thrift's compact protocol</a>
 */
final class ParquetPages {
    private static final int USUAL_HEAD = 256;

    /** Statistics may make one large. */
    private static final int LARGEST_HEAD = 16 * 1024 * 1024;

    /** Bytes by which a column may be longer than the footer says: old writers have forgotten the head of its dictionary. */
    private static final int FORGOTTEN = 100;

    private static final int DEEPEST = 16;

    // kinds of values in Thrift's compact protocol
    private static final int TRUE = 1;
    private static final int FALSE = 2;
    private static final int BYTE = 3;
    private static final int I16 = 4;
    private static final int I32 = 5;
    private static final int I64 = 6;
    private static final int DOUBLE = 7;
    private static final int BINARY = 8;
    private static final int LIST = 9;
    private static final int SET = 10;
    private static final int MAP = 11;
    private static final int STRUCT = 12;

    private final FileChannel file;

    // of the head that was read last
    private long length;
    private long unpacked;
    private long packed;
    private long values;
    private boolean isDictionary;

    ParquetPages(FileChannel file) {
        this.file = file;
    }

    /**
     * Looks at the pages of a row group.
     *
     * @param number of the row group, for messages
     * @return what the largest page of each column takes, unpacked, together with its dictionary
     * @throws MalformedSource when one can't be what its head says
     */
    long largest(RowGroup group, int number) throws IOException, MalformedSource {
        long largest = 0;
        for (int i = 0; i < group.columns().size(); i++) {
            ColumnMetaData column = group.columns().get(i).metaData();
            largest += largest(column, "row group " + number + ", column '" + column.pathInSchema() + "', page ");
        }
        return largest;
    }

    private long largest(ColumnMetaData column, String place) throws IOException, MalformedSource {
        long start = ParquetFile.start(column);
        long end = Math.min(file.size(), start + column.totalCompressedSize() + FORGOTTEN);
        long at = start;
        long left = column.numValues();
        long dictionary = 0;
        long page = 0;
        for (int number = 1; left > 0; number++) {
            if (start < 0 || at >= end || !readHead(at)) {
                throw new MalformedSource(place + number + " is damaged or cut off (expected: pages with " + left
                        + " more values, as the footer says)");
            }
            check(column, place + number, end - at - length);
            at += length + packed;
            left -= isDictionary ? 0 : values;
            dictionary += isDictionary ? unpacked : 0;
            page = isDictionary ? page : Math.max(page, unpacked);
            if (left < 0) {
                throw new MalformedSource(place + number + " says that it has " + values + " values (expected: "
                        + (left + values) + ", the last ones of the column)");
            }
        }
        return dictionary + page;
    }

    private void check(ColumnMetaData column, String place, long room) throws MalformedSource {
        if (packed < 0 || packed > room) {
            throw new MalformedSource(place + " says that it takes " + packed + " bytes (expected: " + Math.max(0, room)
                    + " at most, up to the end of the column)");
        }
        long most = column.totalUncompressedSize() + FORGOTTEN;
        boolean isNothing = unpacked == 0 && values > 0;
        if (unpacked < 0 || unpacked > most || isNothing) {
            throw new MalformedSource(place + " says that it unpacks to " + unpacked + " bytes (expected: "
                    + (isNothing ? "more, since it has " + values + " values" : most + " at most, as all of the column")
                    + ")");
        }
    }

    /** @return false when it is none */
    private boolean readHead(long at) throws IOException {
        for (int size = USUAL_HEAD; size <= LARGEST_HEAD; size *= 16) {
            ByteBuffer head = ByteBuffer.allocate((int) Math.min(size, file.size() - at));
            while (head.hasRemaining() && file.read(head, at + head.position()) >= 0) {
                // as far as there is any
            }
            head.flip();
            unpacked = -1;
            packed = -1;
            values = 0;
            isDictionary = false;
            try {
                struct(head, 0, 0);
                length = head.position();
                return true;
            } catch (BufferUnderflowException e) {
                if (head.limit() < size) {
                    return false;
                }
            } catch (IllegalArgumentException e) {
                return false;
            }
        }
        return false;
    }

    /** @param of the field that it is, of the head; 0: the head itself */
    private void struct(ByteBuffer in, int depth, int of) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("too deep");
        }
        int field = 0;
        for (int mark = in.get() & 0xff; mark != 0; mark = in.get() & 0xff) {
            field = mark >>> 4 == 0 ? (int) number(in) : field + (mark >>> 4);
            int kind = mark & 0xf;
            if (kind >= I16 && kind <= I64) {
                take(of, field, number(in));
            } else if (kind == STRUCT && depth == 0) {
                isDictionary |= field == 7;
                struct(in, depth + 1, field);
            } else {
                skip(in, kind, depth + 1);
            }
        }
    }

    private void take(int of, int field, long number) {
        if (of == 0 && field == 2) {
            unpacked = number;
        } else if (of == 0 && field == 3) {
            packed = number;
        } else if ((of == 5 || of == 7 || of == 8) && field == 1) { // a page of data, a dictionary, a page of version 2
            values = number;
        }
    }

    private void skip(ByteBuffer in, int kind, int depth) {
        switch (kind) {
            case TRUE, FALSE -> {
                // is the value itself
            }
            case BYTE -> {
                byte _ = in.get();
            }
            case I16, I32, I64 -> {
                long _ = varint(in);
            }
            case DOUBLE -> {
                long _ = in.getLong();
            }
            case BINARY -> bytes(in, varint(in));
            case LIST, SET -> {
                int head = in.get() & 0xff;
                long count = head >>> 4 == 15 ? varint(in) : head >>> 4;
                elements(in, count, head & 0xf, depth);
            }
            case MAP -> {
                long count = varint(in);
                int kinds = count == 0 ? 0 : in.get() & 0xff;
                for (long i = 0; i < count; i++) {
                    elements(in, 1, kinds >>> 4, depth);
                    elements(in, 1, kinds & 0xf, depth);
                }
            }
            case STRUCT -> struct(in, depth, -1);
            default -> throw new IllegalArgumentException("kind " + kind);
        }
    }

    private void elements(ByteBuffer in, long count, int kind, int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("too deep");
        }
        for (long i = 0; i < count; i++) {
            if (kind == TRUE || kind == FALSE) {
                byte _ = in.get();
            } else {
                skip(in, kind, depth + 1);
            }
        }
    }

    private static void bytes(ByteBuffer in, long count) {
        if (count < 0) {
            throw new IllegalArgumentException("a length of " + count);
        }
        if (count > in.remaining()) {
            throw new BufferUnderflowException();
        }
        in.position(in.position() + (int) count);
    }

    private static long number(ByteBuffer in) {
        long digits = varint(in);
        return (digits >>> 1) ^ -(digits & 1);
    }

    private static long varint(ByteBuffer in) {
        long number = 0;
        for (int bits = 0; bits < Long.SIZE; bits += 7) {
            byte digits = in.get();
            number |= (digits & 0x7fL) << bits;
            if (digits >= 0) {
                return number;
            }
        }
        throw new IllegalArgumentException("a number of more than 64 bits");
    }
}
