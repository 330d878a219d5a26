package dev.millrace.extractor.format;

import dev.millrace.extractor.record.Gunzip;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.TooLarge;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Arrays;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarUtils;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZInputStream;

/** How bytes are packed, by the first of them, whatever a name or a header says. */
public enum Packing {
    NONE("something else, such as text"),
    GZIP("packed with gzip"),
    BZIP2("packed with bzip2"),
    ZIP("a zip archive, as a workbook of Excel is too"),
    TAR("a tar archive"),
    ZSTD("packed with zstd"),
    XZ("packed with xz"),
    SEVEN_ZIP("a 7z archive"),
    PARQUET("a Parquet file"),
    AVRO("an Avro file"),
    ORC("an ORC file, which is not read"),
    ARROW("an Arrow or Feather file");

    private static final String TEXT = "text, gzip, bzip2, zstd or xz";

    /** In KiB, as much as the largest preset of xz wants. */
    private static final int MOST_OF_DICTIONARY = 128 * 1024;

    /** Bytes that tell it. */
    private static final int START = 512;

    private final String words;

    Packing(String words) {
        this.words = words;
    }

    /** After "the file is". */
    public String words() {
        return words;
    }

    /**
     * What a file is that is none of what was expected, after "the file is".
     *
     * @param in which stays where it is
     */
    static String wordsOf(BufferedInputStream in) throws IOException {
        in.mark(1);
        boolean empty = in.read() < 0;
        in.reset();
        return empty ? "empty" : of(in).words;
    }

    /**
     * The failure of a file that is something else.
     *
     * @param expected what it should be, in brackets
     */
    static MalformedSource other(BufferedInputStream in, String expected) throws IOException {
        String message = "the file is " + wordsOf(in) + expected;
        return of(in) == NONE ? new MalformedSource(message) : MalformedSource.unreadable(message);
    }

    /** The stream again, in a form that can be looked at. */
    public static BufferedInputStream buffered(InputStream in) {
        return new BufferedInputStream(in, 64 * 1024);
    }

    /** @param in which stays where it is */
    public static Packing of(BufferedInputStream in) throws IOException {
        in.mark(START);
        byte[] start = in.readNBytes(START);
        in.reset();
        return of(start);
    }

    private static Packing of(byte[] start) {
        if (startsWith(start, 0x1f, 0x8b)) {
            return GZIP;
        } else if (startsWith(start, 'P', 'K', 3, 4) || startsWith(start, 'P', 'K', 5, 6)) {
            return ZIP;
        } else if (startsWith(start, 0x28, 0xb5, 0x2f, 0xfd)) {
            return ZSTD;
        } else if (startsWith(start, 'B', 'Z', 'h')
                && start.length > 4
                && startsWith(Arrays.copyOfRange(start, 4, start.length), 0x31, 0x41, 0x59)) {
            return BZIP2;
        } else if (startsWith(start, 0xfd, '7', 'z', 'X', 'Z', 0)) {
            return XZ;
        } else if (startsWith(start, '7', 'z', 0xbc, 0xaf)) {
            return SEVEN_ZIP;
        } else if (startsWith(start, 'P', 'A', 'R', '1', 0x15)) {
            return PARQUET;
        } else if (startsWith(start, 'O', 'b', 'j', 1)) {
            return AVRO;
        } else if (startsWith(start, 'O', 'R', 'C') && hasZero(start)) {
            return ORC;
        } else if (startsWith(start, 'A', 'R', 'R', 'O', 'W', '1', 0, 0) || startsWith(start, 'F', 'E', 'A', '1', 0)) {
            return ARROW;
        }
        return isTar(start) ? TAR : NONE;
    }

    /** Text has no zeros, which every header of a tar archive has. */
    private static boolean isTar(byte[] start) {
        return start.length == START
                && start[START - 1] == 0
                && (TarArchiveInputStream.matches(start, START) || hasChecksumOfTar(start) || isZero(start));
    }

    private static boolean hasChecksumOfTar(byte[] start) {
        try {
            return TarUtils.verifyCheckSum(start);
        } catch (IllegalArgumentException e) {
            return false; // there is no number in its place
        }
    }

    /** Text has none. */
    private static boolean hasZero(byte[] bytes) {
        for (byte one : bytes) {
            if (one == 0) {
                return true;
            }
        }
        return false;
    }

    private static boolean isZero(byte[] bytes) {
        for (byte one : bytes) {
            if (one != 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * The bytes of one file, without gzip, bzip2, zstd or xz.
     *
     * @param in whose {@code available} is 0 only at its end, and whose failures are no {@code IOException}
     * @param key beside the format that reads files in an archive, for the message; null: there is none
     * @throws MalformedSource when they are packed otherwise
     */
    public static InputStream unpacked(InputStream in, @Nullable String key) throws IOException, MalformedSource {
        BufferedInputStream bytes = buffered(in);
        Packing packing = of(bytes);
        return switch (packing) {
            case NONE -> bytes;
            case GZIP, BZIP2, ZSTD, XZ -> opened(packing, bytes);
            case ZIP, TAR ->
                throw MalformedSource.unreadable("the file is " + packing.words + ", which is not unpacked (expected: "
                        + TEXT + (key == null ? "" : "; or " + key + " for files in an archive") + ")");
            case SEVEN_ZIP ->
                throw MalformedSource.unreadable(
                        "the file is " + packing.words + ", which is not unpacked (expected: " + TEXT + ")");
            case PARQUET, AVRO, ARROW ->
                throw MalformedSource.unreadable("the file is " + packing.words + " (expected: " + TEXT
                        + "; or format: {type: " + packing.name().toLowerCase(Locale.ROOT) + "}, which reads it)");
            case ORC -> throw MalformedSource.unreadable("the file is " + packing.words + " (expected: " + TEXT + ")");
        };
    }

    /** The same of a workbook or another file that is no text, and no archive although some are packed so. */
    static InputStream unpackedBinary(InputStream in) throws IOException, MalformedSource {
        BufferedInputStream bytes = buffered(in);
        Packing packing = of(bytes);
        return switch (packing) {
            case GZIP, BZIP2, ZSTD, XZ -> opened(packing, bytes);
            case NONE, ZIP, TAR, SEVEN_ZIP, PARQUET, AVRO, ORC, ARROW ->
                bytes; // what it is instead is told with its start
        };
    }

    /**
     * Takes the packing of one file away.
     *
     * @param packing that packs one file
     */
    static InputStream opened(Packing packing, InputStream in) throws IOException {
        String name = packing.name().toLowerCase(Locale.ROOT);
        String damaged = "the " + name + " data is damaged or cut off";
        try {
            InputStream plain = switch (packing) {
                case GZIP -> new Gunzip(in);
                case BZIP2 -> new BZip2CompressorInputStream(in, true);
                case ZSTD -> new ZstdFrames(in);
                case XZ -> new XZInputStream(in, MOST_OF_DICTIONARY);
                case NONE, ZIP, TAR, SEVEN_ZIP, PARQUET, AVRO, ORC, ARROW ->
                    throw new IllegalArgumentException(packing.toString());
            };
            return new Unpacked(plain, damaged);
        } catch (InterruptedIOException | ClosedByInterruptException e) {
            throw e;
        } catch (IOException e) {
            throw new DamagedPacking(damaged, e);
        }
    }

    /** Failures of what unpacks are those of the bytes, since their source doesn't fail so. */
    static class Unpacked extends FilterInputStream {
        private final String damaged;

        Unpacked(InputStream in, String damaged) {
            super(in);
            this.damaged = damaged;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                return in.read(buffer, offset, length);
            } catch (InterruptedIOException | ClosedByInterruptException | DamagedPacking | TooLarge e) {
                throw e;
            } catch (MemoryLimitException e) {
                throw new TooLarge(
                        "the xz data needs more than " + MOST_OF_DICTIONARY / 1024 + " MiB of memory to be unpacked",
                        e);
            } catch (IOException e) {
                throw new DamagedPacking(damaged, e);
            }
        }
    }

    private static boolean startsWith(byte[] start, int... bytes) {
        if (start.length < bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if ((start[i] & 0xff) != bytes[i]) {
                return false;
            }
        }
        return true;
    }
}
