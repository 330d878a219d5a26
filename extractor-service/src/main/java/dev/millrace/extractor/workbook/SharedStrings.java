package dev.millrace.extractor.workbook;

import dev.millrace.extractor.record.MalformedSource;
import java.util.ArrayList;
import java.util.List;

/** The texts that the cells of an .xlsx share, which are held in memory: one byte for a character of Latin-1, two for others. */
final class SharedStrings {
    private static final int CHUNK = 1 << 20;
    private static final int LIST = 1 << 14;
    private static final int MIB = 1024 * 1024;

    /** In memory. */
    private static final int MOST = 128 * MIB;

    /** Of the part that they are in, unpacked: what is around texts takes about as much as they do, seldom several times. */
    private static final long MOST_OF_PART = 4L * MOST;

    private static final int HEAD = 5; // the length, and whether it is of Latin-1

    private final List<byte[]> chunks = new ArrayList<>();
    private final List<long[]> places = new ArrayList<>();
    private int count;
    private byte[] chunk = {};
    private int used;
    private long total;

    void add(char[] text, int from, int to) throws MalformedSource {
        int length = to - from;
        boolean latin = true;
        for (int i = from; i < to && latin; i++) {
            latin = text[i] < 256;
        }
        int size = HEAD + (latin ? length : 2 * length);
        total += size + Long.BYTES;
        if (total > MOST) {
            throw tooMany();
        }
        if (chunk.length - used < size) {
            chunk = new byte[Math.max(CHUNK, size)];
            chunks.add(chunk);
            used = 0;
        }
        if (count % LIST == 0) {
            places.add(new long[LIST]);
        }
        places.getLast()[count % LIST] = ((long) (chunks.size() - 1) << 32) | used;
        count++;
        chunk[used] = (byte) (latin ? 1 : 0);
        for (int i = 0; i < 4; i++) {
            chunk[used + 1 + i] = (byte) (length >> (8 * i));
        }
        int at = used + HEAD;
        for (int i = from; i < to; i++) {
            chunk[at++] = (byte) text[i];
            if (!latin) {
                chunk[at++] = (byte) (text[i] >> 8);
            }
        }
        used = at;
    }

    /** @param unpacked bytes of the part that they are in, so that one that is meant to fill the memory fills none */
    static void checkPart(long unpacked) throws MalformedSource {
        if (unpacked > MOST_OF_PART) {
            throw tooMany();
        }
    }

    private static MalformedSource tooMany() {
        return MalformedSource.unreadable("its shared strings take more than " + MOST / MIB
                + " MiB, which is the most that is held in memory (expected: a smaller workbook, or several)");
    }

    /** @return false when there is none of that number, counted from 0 */
    boolean write(int number, SheetRow row) throws MalformedSource {
        if (number < 0 || number >= count) {
            return false;
        }
        long place = places.get(number / LIST)[number % LIST];
        byte[] from = chunks.get((int) (place >> 32));
        int at = (int) place;
        boolean latin = from[at] == 1;
        int length = 0;
        for (int i = 0; i < 4; i++) {
            length |= (from[at + 1 + i] & 0xff) << (8 * i);
        }
        row.append(from, at + HEAD, length, latin);
        return true;
    }
}
