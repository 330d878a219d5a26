package dev.millrace.extractor.format;

import dev.millrace.staging.CheckedStream;
import java.io.CharConversionException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Bytes that have to be UTF-8: anything else is a {@link CharConversionException} with its line. For parsers that take
 * some of what is none, such as characters in more bytes than they need, and make others of it.
 */
final class StrictUtf8 extends CheckedStream {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long HIGH = 0x8080808080808080L;
    private static final long ONES = 0x0101010101010101L;
    private static final long LINE_FEEDS = ONES * '\n';

    private long line = 1;
    private int following; // bytes that belong to the character that has begun
    private int least; // of the next one of them, without a sign
    private int most;

    StrictUtf8(InputStream in) {
        super(in);
    }

    @Override
    protected void passed(byte[] buffer, int offset, int count) throws CharConversionException {
        int end = offset + count;
        int at = offset;
        while (at < end) {
            if (following == 0 && end - at >= Long.BYTES) {
                long eight = (long) LONGS.get(buffer, at);
                if ((eight & HIGH) == 0) {
                    // a byte without its highest bit is zero exactly if subtracting one borrows
                    long others = eight ^ LINE_FEEDS;
                    line += Long.bitCount(((others | HIGH) - ONES ^ HIGH) & HIGH);
                    at += Long.BYTES;
                    continue;
                }
            }
            next(buffer[at] & 0xff);
            at++;
        }
    }

    private void next(int one) throws CharConversionException {
        if (following > 0) {
            if (one < least || one > most) {
                throw invalid();
            }
            following--;
            least = 0x80;
            most = 0xbf;
        } else if (one < 0x80) {
            line += one == '\n' ? 1 : 0;
        } else {
            begin(one);
        }
    }

    /** The Unicode Standard, table 3-7. */
    private void begin(int one) throws CharConversionException {
        if (one < 0xc2 || one > 0xf4) {
            throw invalid();
        }
        following = one < 0xe0 ? 1 : one < 0xf0 ? 2 : 3;
        least = one == 0xe0 ? 0xa0 : one == 0xf0 ? 0x90 : 0x80;
        most = one == 0xed ? 0x9f : one == 0xf4 ? 0x8f : 0xbf;
    }

    @Override
    protected void ended() throws CharConversionException {
        if (following > 0) {
            throw invalid();
        }
    }

    private CharConversionException invalid() {
        return new CharConversionException("line " + line + ": a byte sequence that is not UTF-8");
    }
}
