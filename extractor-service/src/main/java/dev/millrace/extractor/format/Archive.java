package dev.millrace.extractor.format;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.ScratchFile;
import dev.millrace.extractor.record.TooLarge;
import dev.millrace.staging.CheckedStream;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * The files in one archive: zip, read by its directory from a scratch file, in the order of their names; or tar, packed
 * or not, as it comes. For one thread.
 */
public final class Archive {
    private static final int MOST_NAMES = 20;
    private static final long NEVER_TOO_MUCH = 64 * 1024 * 1024;
    private static final int BLOCK = 512; // of tar
    private static final String EXPECTED =
            " (expected: a zip archive, or a tar archive, which may be packed with gzip, bzip2, zstd or xz)";
    private static final Pattern OUT_OF_IT =
            Pattern.compile("[/\\\\].*|[A-Za-z]:.*|(.*[/\\\\])?\\.\\.([/\\\\].*)?", Pattern.DOTALL);

    private final Path scratch;
    private final int mostTimes;
    private final Predicate<String> wanted;
    private final EntryReader reader;
    private final Set<String> read = new HashSet<>();
    private final List<String> others = new ArrayList<>();
    private long unpacked;

    /**
     * @param scratch folder for a zip archive while it is read
     * @param mostTimes of its size that an archive may unpack to
     * @param wanted which files to read, by their names with slashes
     */
    public Archive(Path scratch, int mostTimes, Predicate<String> wanted, EntryReader reader) {
        this.scratch = scratch;
        this.mostTimes = mostTimes;
        this.wanted = wanted;
        this.reader = reader;
    }

    /** Takes the files. */
    public interface EntryReader {
        /**
         * @param name in the archive
         * @param in is checked at its end, up to which it is to be read; its failures are {@link DamagedPacking}
         *     and {@link TooLarge}
         */
        void read(String name, InputStream in) throws IOException, MalformedSource, InterruptedException;
    }

    /**
     * Reads the archive to its end.
     *
     * @return how many files were wanted
     * @throws MalformedSource when it is none, or has what can't be read or mustn't be there
     * @throws DamagedPacking when its bytes are damaged or cut off
     * @throws TooLarge when they unpack to too many
     * @throws IOException of the stream or of the reader
     */
    public int read(InputStream in) throws IOException, MalformedSource, InterruptedException {
        BufferedInputStream bytes = Packing.buffered(in);
        Packing packing = Packing.of(bytes);
        switch (packing) {
            case ZIP -> zip(bytes);
            case TAR -> tar(bytes, () -> Long.MAX_VALUE);
            case GZIP, BZIP2, ZSTD, XZ -> {
                Passed packed = new Passed(bytes);
                BufferedInputStream inner = Packing.buffered(Packing.opened(packing, packed));
                if (Packing.of(inner) != Packing.TAR) {
                    throw MalformedSource.unreadable("the file is " + packing.words() + ", and "
                            + Packing.wordsOf(inner) + " inside" + EXPECTED);
                }
                tar(inner, packed::count);
            }
            case NONE, SEVEN_ZIP, PARQUET, AVRO, ORC, ARROW -> throw Packing.other(bytes, EXPECTED);
        }
        return read.size();
    }

    /** Some of the names that weren't wanted. */
    public List<String> others() {
        return Collections.unmodifiableList(others);
    }

    private void zip(InputStream in) throws IOException, MalformedSource, InterruptedException {
        try (FileChannel file = ScratchFile.of(in, scratch, "archive")) {
            long packed = file.size();
            ZipFile zip;
            try {
                zip = ZipFile.builder().setSeekableByteChannel(file).get();
            } catch (IOException | IllegalArgumentException e) {
                throw damaged("the zip archive is damaged or cut off", e);
            }
            try (zip) {
                List<ZipArchiveEntry> entries = new ArrayList<>();
                for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
                    if (isWanted(plain(entry.getName()), entry.isDirectory())) {
                        entries.add(entry);
                    }
                }
                entries.sort(Comparator.comparing(ZipArchiveEntry::getName));
                for (ZipArchiveEntry entry : entries) {
                    read(zip, entry, packed);
                }
            }
        }
    }

    private void read(ZipFile zip, ZipArchiveEntry entry, long packed)
            throws IOException, MalformedSource, InterruptedException {
        String name = plain(entry.getName());
        if (entry.getGeneralPurposeBit().usesEncryption()) {
            throw MalformedSource.unreadable(
                    "'" + name + "' in the archive is encrypted (expected: files without a password)");
        }
        if (!zip.canReadEntryData(entry)) {
            throw MalformedSource.unreadable("'" + name + "' in the archive is packed by the method "
                    + entry.getMethod() + " of zip, which is not unpacked (expected: deflated or stored)");
        }
        if (entry.isUnixSymlink()) {
            throw link(name);
        }
        InputStream in;
        try {
            in = zip.getInputStream(entry);
        } catch (IOException e) {
            throw damaged("the zip archive is damaged", e);
        }
        try (in) {
            hand(name, new Entry(in, () -> packed, entry.getSize(), entry.getCrc()));
        }
    }

    private void tar(InputStream in, LongSupplier packed) throws IOException, MalformedSource, InterruptedException {
        Zeros zeros = new Zeros(in);
        TarArchiveInputStream tar = new TarArchiveInputStream(zeros, "UTF-8");
        for (TarArchiveEntry entry = next(tar); entry != null; entry = next(tar)) {
            String name = plain(entry.getName());
            if (!isWanted(name, entry.isDirectory())) {
                continue;
            }
            if (entry.isLink() || entry.isSymbolicLink()) {
                throw link(name);
            }
            if (!entry.isFile() || !tar.canReadEntryData(entry)) {
                throw MalformedSource.unreadable("'" + name + "' in the archive is no plain file");
            }
            hand(name, new Entry(tar, packed, entry.getRealSize(), null));
        }
        zeros.readToTheEnd();
    }

    private static @Nullable TarArchiveEntry next(TarArchiveInputStream tar) throws IOException {
        try {
            return tar.getNextEntry();
        } catch (IOException | IllegalArgumentException e) {
            throw damaged("the tar archive is damaged or cut off", e);
        }
    }

    private void hand(String name, Entry entry) throws IOException, MalformedSource, InterruptedException {
        reader.read(name, entry);
        if (!entry.ended) {
            throw new IllegalStateException(name + " was not read to its end, where it is checked");
        }
    }

    private static MalformedSource link(String name) {
        return MalformedSource.unreadable("'" + name + "' in the archive is a link (expected: a file)");
    }

    private static String plain(String name) {
        return name.startsWith("./") ? name.substring(2) : name;
    }

    /** Of any entry, for whatever it leads to. */
    private boolean isWanted(String name, boolean isFolder) throws MalformedSource {
        if (OUT_OF_IT.matcher(name).matches()) {
            throw MalformedSource.unreadable("the archive has an entry '" + name
                    + "', which leads out of it (expected: names below" + " the archive, without ..)");
        }
        if (isFolder || isOfMac(name)) {
            return false;
        }
        if (!wanted.test(name)) {
            if (others.size() < MOST_NAMES) {
                others.add(name);
            }
            return false;
        }
        if (!read.add(name)) {
            throw MalformedSource.unreadable("the archive has '" + name
                    + "' twice, and nobody knows which one counts (expected: each name once)");
        }
        return true;
    }

    /** What macOS packs beside each file. */
    private static boolean isOfMac(String name) {
        return name.startsWith("__MACOSX/")
                || name.substring(name.lastIndexOf('/') + 1).startsWith("._");
    }

    private static IOException damaged(String what, Exception cause) {
        return switch (cause) {
            case InterruptedIOException e -> e;
            case ClosedByInterruptException e -> e;
            case DamagedPacking e -> e;
            case TooLarge e -> e;
            default -> new DamagedPacking(what, cause);
        };
    }

    /** The bytes of one file of the archive, which stays open when this is closed. */
    private final class Entry extends CheckedStream {
        private final LongSupplier packed;
        private final long size;
        private final @Nullable Long declared;
        private final CRC32 checksum = new CRC32();
        private long count;
        private boolean ended;

        /**
         * @param packed bytes of the archive
         * @param size that it has to have
         * @param checksum likewise; null: nobody knows
         */
        Entry(InputStream in, LongSupplier packed, long size, @Nullable Long checksum) {
            super(new Packing.Unpacked(in, "the archive is damaged or cut off"));
            this.packed = packed;
            this.size = size;
            this.declared = checksum;
        }

        @Override
        protected void passed(byte[] buffer, int offset, int length) throws IOException {
            count += length;
            unpacked += length;
            if (declared != null) {
                checksum.update(buffer, offset, length);
            }
            // a zip says beforehand what it unpacks to, and a tar is packed as a whole
            long most = declared == null ? unpacked : Math.max(unpacked, size);
            if (most > NEVER_TOO_MUCH && most / mostTimes > packed.getAsLong()) {
                throw new TooLarge("the archive unpacks to more than " + mostTimes
                        + " times its size, as one does that is meant to fill"
                        + " a disk; millrace.extractor.unpack-ratio lets it be more");
            }
        }

        @Override
        protected void ended() throws IOException {
            if (count != size || (declared != null && checksum.getValue() != declared)) {
                throw new DamagedPacking(
                        "the archive is damaged: " + count + " bytes came of it, where its directory says " + size
                                + ", or their checksum is another",
                        null);
            }
            ended = true;
        }

        @Override
        public void close() {
            // whoever has opened the archive closes it
        }
    }

    /** Counts bytes. */
    private static final class Passed extends CheckedStream {
        private long count;

        Passed(InputStream in) {
            super(in);
        }

        @Override
        protected void passed(byte[] buffer, int offset, int length) {
            count += length;
        }

        @Override
        protected void ended() {}

        long count() {
            return count;
        }
    }

    /** Knows how many zeros came last: a tar archive ends with blocks of them, and may be cut off between two files. */
    private static final class Zeros extends CheckedStream {
        private long zeros;

        Zeros(InputStream in) {
            super(in);
        }

        @Override
        protected void passed(byte[] buffer, int offset, int length) {
            int at = offset + length;
            while (at > offset && buffer[at - 1] == 0) {
                at--;
            }
            zeros = at == offset ? zeros + length : offset + length - at;
        }

        @Override
        protected void ended() throws IOException {
            if (zeros < BLOCK) {
                throw new DamagedPacking("the tar archive is cut off, or something follows its end", null);
            }
        }

        void readToTheEnd() throws IOException {
            transferTo(OutputStream.nullOutputStream());
        }
    }
}
