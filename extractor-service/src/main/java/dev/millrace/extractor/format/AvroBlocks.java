package dev.millrace.extractor.format;

import dev.millrace.staging.CheckedStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes of an Avro file, of which the lengths are looked at as they pass: Avro's library makes room for whatever a length says, and
 * takes the end of a file within the head of a block for its end. For one thread.
 *
 * @see <a href="https://avro.apache.org/docs/1.12.0/specification/#object-container-files">Object container files</a>
 */
final class AvroBlocks extends CheckedStream {
    private static final int MAGIC = 4;
    private static final int MARKER = 16;

    /** Of a block, and of what stands in the header; blocks are usually 64 KB. */
    static final int MOST = 64 * 1024 * 1024;

    /** What comes next. */
    private enum Next {
        MAGIC,
        /** How many keys and values follow in the header; 0 ends them. */
        ENTRIES,
        BYTES_OF_ENTRIES,
        LENGTH_OF_KEY,
        KEY,
        LENGTH_OF_VALUE,
        VALUE,
        MARKER,
        RECORDS,
        LENGTH_OF_BLOCK
    }

    private Next next = Next.MAGIC;
    private long skipped = MAGIC;
    private long number;
    private int bits;
    private long entries;

    /** @param in from the first byte of the file */
    AvroBlocks(InputStream in) {
        super(in);
    }

    /** Whether no block has begun that hasn't ended. */
    boolean areWhole() {
        return next == Next.RECORDS && bits == 0;
    }

    @Override
    protected void passed(byte[] buffer, int offset, int count) throws IOException {
        int at = offset;
        int end = offset + count;
        while (at < end) {
            if (skipped > 0) {
                int some = (int) Math.min(skipped, end - at);
                at += some;
                skipped -= some;
                if (skipped == 0) {
                    passed();
                }
            } else {
                digits(buffer[at++]);
            }
        }
    }

    /** Of a number: seven bits at a time, the lowest first, and the sign as the very lowest. */
    private void digits(byte one) throws IOException {
        if (bits > 63) {
            throw new IOException("a number has more than 64 bits");
        }
        number |= (one & 0x7fL) << bits;
        bits += 7;
        if (one >= 0) {
            long whole = (number >>> 1) ^ -(number & 1);
            number = 0;
            bits = 0;
            passed(whole);
        }
    }

    private void passed() {
        next = switch (next) {
            case MAGIC -> Next.ENTRIES;
            case KEY -> Next.LENGTH_OF_VALUE;
            case VALUE -> --entries > 0 ? Next.LENGTH_OF_KEY : Next.ENTRIES;
            case MARKER -> Next.RECORDS;
            case ENTRIES, BYTES_OF_ENTRIES, LENGTH_OF_KEY, LENGTH_OF_VALUE, RECORDS, LENGTH_OF_BLOCK ->
                throw new IllegalStateException(next + " is a number");
        };
    }

    private void passed(long found) throws IOException {
        switch (next) {
            case ENTRIES -> {
                entries = Math.abs(found);
                next = found == 0 ? Next.MARKER : found < 0 ? Next.BYTES_OF_ENTRIES : Next.LENGTH_OF_KEY;
                skipped = found == 0 ? MARKER : 0;
            }
            case BYTES_OF_ENTRIES -> next = Next.LENGTH_OF_KEY;
            case LENGTH_OF_KEY -> skip(Next.KEY, found, 0);
            case LENGTH_OF_VALUE -> skip(Next.VALUE, found, 0);
            case RECORDS -> next = Next.LENGTH_OF_BLOCK;
            case LENGTH_OF_BLOCK -> skip(Next.MARKER, found, MARKER);
            case MAGIC, KEY, VALUE, MARKER -> throw new IllegalStateException(next + " is no number");
        }
    }

    private void skip(Next then, long length, int more) throws IOException {
        if (length < 0 || length > MOST) {
            throw new IOException(
                    "a length of " + length + " bytes (expected: " + MOST / 1024 / 1024 + " MiB at most)");
        }
        next = then;
        skipped = length + more;
        if (skipped == 0) {
            passed();
        }
    }

    @Override
    protected void ended() {}
}
