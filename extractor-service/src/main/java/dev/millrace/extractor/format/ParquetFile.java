package dev.millrace.extractor.format;

import dev.hardwood.HardwoodContext;
import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.ColumnMetaData;
import dev.hardwood.metadata.CompressionCodec;
import dev.hardwood.metadata.FileMetaData;
import dev.hardwood.metadata.RowGroup;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowGroupPredicate;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.SchemaNode;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.PieceSink;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.ScratchFile;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The rows of a Parquet file, each a record of its columns. Each file is read by its own schema, column by column by name, however those
 * of other files are; the row groups of a large one by several threads. For one thread.
 *
 * @see <a href="https://github.com/apache/parquet-format">Parquet</a>
 */
final class ParquetFile {
    private static final long NEVER_TOO_MUCH = 64L * 1024 * 1024;
    private static final String ENCRYPTED = "PARE";
    private static final byte[] MAGIC = {'P', 'A', 'R', '1'};
    private static final int START = 512;

    /** The length of the footer, and what tells the format. */
    private static final int TRAILER = 8;

    private static final String EXPECTED = " (expected: a Parquet file; what is in a file counts, not its name)";
    private static final int SHOWN = 1_000;
    private static final Set<CompressionCodec> NOT_UNPACKED = Set.of(CompressionCodec.LZO, CompressionCodec.BROTLI);

    /** Of the heap: what a page takes unpacked, it takes several times while it is read. */
    private static final int SHARE_OF_PAGES = 8;

    /** Of row groups that a thread reads at once, in bytes that they take meanwhile. */
    static final long STRETCH = 16L * 1024 * 1024;

    /** What Hardwood takes for a value beside its bytes: the value itself and two levels, twice for some time. */
    private static final int BYTES_OF_VALUE = 16;

    /** What it takes for the rows of a column that it has ready, whatever they are: with 20 columns 55 MB were measured. */
    private static final long BYTES_OF_COLUMN = 3L * 1024 * 1024;

    static {
        // pages that are unpacked ahead of whoever reads, of each column; by default as many as come
        String ahead = "hardwood.internal.maxOutstanding";
        if (System.getProperty(ahead) == null) {
            System.setProperty(ahead, "1");
        }
    }

    private final List<String> expected;
    private final RecordSink sink;
    private final FormattedRecords.Room room;
    private final long stretchBytes;
    private final Consumer<String> log;
    private final AtomicBoolean hasSaidThatItWaits = new AtomicBoolean();

    /**
     * @param expected what columns have to be called; empty: anything
     * @param stretchBytes that row groups take together which a thread reads at once, if each is smaller
     * @param log hears once when it waits for memory; of any thread
     */
    ParquetFile(
            List<String> expected,
            RecordSink sink,
            FormattedRecords.Room room,
            long stretchBytes,
            Consumer<String> log) {
        this.expected = expected;
        this.sink = sink;
        this.room = room;
        this.stretchBytes = stretchBytes;
        this.log = log;
    }

    void read(InputStream in) throws IOException, MalformedSource {
        BufferedInputStream bytes = Packing.buffered(in);
        Packing packing = Packing.of(bytes);
        if (packing != Packing.PARQUET) {
            MalformedSource other = Packing.other(bytes, EXPECTED);
            String start = new String(bytes.readNBytes(ENCRYPTED.length()), StandardCharsets.US_ASCII);
            throw start.equals(ENCRYPTED)
                    ? MalformedSource.unreadable("the file is an encrypted Parquet file" + EXPECTED)
                    : other;
        }
        try (FileChannel file = ScratchFile.of(bytes, room.scratch(), "parquet")) {
            read(file, null);
        }
    }

    /** Reads some row groups of a file, of which nothing else is there but what its footer refers to. */
    void read(RangedFile whole, FileRange range) throws IOException, MalformedSource {
        try (FileChannel file = ScratchFile.opened(room.scratch(), "parquet")) {
            long footer = copyFooter(whole, file);
            try (HardwoodContext context = HardwoodContext.create(1);
                    ParquetFileReader parquet = opened(file, context)) {
                long end = end(parquet.getFileMetaData().rowGroups());
                copy(whole, Math.min(end, footer), footer, file); // where pages are, by their values
            }
            copy(whole, range.from(), range.to(), file);
            read(file, range);
        }
    }

    /**
     * Where a large file may be cut, by its footer; nothing: it can't be, or what is wrong with it is said when it is read.
     *
     * @param each bytes of a range, about, if row groups are smaller
     */
    List<FileRange> ranges(RangedFile whole, long each) throws IOException {
        try (BufferedInputStream start = Packing.buffered(whole.open(0, Math.min(START, whole.size())))) {
            if (Packing.of(start) != Packing.PARQUET) {
                return List.of();
            }
        }
        try (FileChannel file = ScratchFile.opened(room.scratch(), "parquet")) {
            long footer = copyFooter(whole, file);
            try (HardwoodContext context = HardwoodContext.create(1);
                    ParquetFileReader parquet = opened(file, context)) {
                return ranges(parquet.getFileMetaData().rowGroups(), each, footer);
            }
        } catch (MalformedSource e) {
            return List.of();
        }
    }

    private static List<FileRange> ranges(List<RowGroup> groups, long each, long footer) {
        List<FileRange> ranges = new ArrayList<>();
        long from = groups.isEmpty() ? 0 : start(groups.getFirst());
        long end = Math.min(end(groups), footer);
        long last = 0;
        long before = 0;
        long rows = 0;
        for (RowGroup group : groups) {
            long start = start(group);
            if (start <= last || start >= end) {
                return List.of(); // they don't follow each other as they do in the footer
            }
            last = start;
            if (start / each > from / each) {
                ranges.add(new FileRange(from, start, before, before, null, List.of()));
                from = start;
                before = rows;
            }
            rows += group.numRows();
        }
        if (!ranges.isEmpty()) {
            ranges.add(new FileRange(from, end, before, before, null, List.of()));
        }
        return ranges;
    }

    /** @return where it begins */
    private long copyFooter(RangedFile whole, FileChannel file) throws IOException, MalformedSource {
        long end = whole.size() - TRAILER;
        if (end < 0) {
            throw new MalformedSource("the Parquet file is cut off");
        }
        int length;
        try (InputStream trailer = whole.open(end, whole.size())) {
            length = ByteBuffer.wrap(trailer.readAllBytes())
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getInt();
        }
        if (length <= 0 || length > end) {
            throw new MalformedSource("the Parquet file is cut off, since it doesn't end with a footer");
        }
        ScratchFile.copy(new ByteArrayInputStream(MAGIC), file, room.scratch()); // which is at the beginning, too
        copy(whole, end - length, whole.size(), file);
        return end - length;
    }

    /** To the same place, so that nothing takes space of what isn't copied. */
    private void copy(RangedFile whole, long from, long to, FileChannel file) throws IOException {
        if (from < to) {
            try (InputStream in = whole.open(from, to)) {
                ScratchFile.copy(in, file.position(from), room.scratch());
            }
        }
    }

    /** Behind the last of them. */
    private static long end(List<RowGroup> groups) {
        return groups.stream()
                .flatMap(group -> group.columns().stream())
                .map(ColumnChunk::metaData)
                .mapToLong(column -> start(column) + column.totalCompressedSize())
                .max()
                .orElse(0);
    }

    /** @param range null: all of it */
    private void read(FileChannel file, @Nullable FileRange range) throws IOException, MalformedSource {
        try (HardwoodContext context = HardwoodContext.create(1);
                ParquetFileReader parquet = opened(file, context)) {
            FileMetaData about = parquet.getFileMetaData();
            check(about);
            Stretch all = all(about, range);
            List<RowGroup> groups = about.rowGroups().stream().filter(all::has).toList();
            int readers = checkPages(file, about, all);
            List<SchemaNode> columns = parquet.getFileSchema().getRootNode().children();
            FieldNames.check(
                    "the schema has no column ",
                    columns.stream().map(SchemaNode::name).toList(),
                    expected);
            PieceSink pieces = sink.pieces();
            List<Stretch> stretches = pieces == null || readers < 2 ? List.of() : stretches(groups, all);
            if (pieces == null || stretches.size() < 2) {
                rows(parquet, columns, all, sink);
                return;
            }
            try (PieceReaders threads = new PieceReaders(pieces, readers, room.scratch())) {
                for (Stretch stretch : stretches) {
                    threads.add(records -> stretch(file, columns, stretch, records));
                }
                threads.finish();
            }
        }
    }

    /**
     * Row groups that one thread reads, one after the other.
     *
     * @param from offset in the file, in bytes
     * @param to likewise, exclusive
     * @param rowsBefore of the file
     * @param memory bytes that they take while they are read, about
     */
    private record Stretch(long from, long to, long rowsBefore, long rows, long memory) {
        boolean has(RowGroup group) {
            return start(group) >= from && start(group) < to;
        }
    }

    /** What is to be read, as if it were read by one thread. */
    private static Stretch all(FileMetaData about, @Nullable FileRange range) {
        List<RowGroup> groups = about.rowGroups().stream()
                .filter(group -> range == null || (start(group) >= range.from() && start(group) < range.to()))
                .toList();
        long most = groups.stream().mapToLong(ParquetFile::memory).max().orElse(0);
        long rows = groups.stream().mapToLong(RowGroup::numRows).sum();
        return range == null
                ? new Stretch(Long.MIN_VALUE, Long.MAX_VALUE, 0, about.numRows(), most)
                : new Stretch(range.from(), range.to(), range.rows(), rows, most);
    }

    private static long memory(RowGroup group) {
        return group.columns().stream()
                .map(ColumnChunk::metaData)
                .mapToLong(column -> column.totalUncompressedSize() + BYTES_OF_VALUE * column.numValues())
                .sum();
    }

    /** @return one where row groups don't follow each other in the file as they do in its footer */
    private List<Stretch> stretches(List<RowGroup> groups, Stretch all) {
        List<Stretch> stretches = new ArrayList<>();
        long from = -1;
        long last = -1;
        long bytes = 0;
        long rows = 0;
        long before = all.rowsBefore();
        for (RowGroup group : groups) {
            long start = start(group);
            if (start <= last) {
                return List.of();
            }
            last = start;
            if (from >= 0 && bytes + memory(group) > stretchBytes) {
                stretches.add(new Stretch(from, start, before, rows, bytes));
                before += rows;
                from = -1;
                bytes = 0;
                rows = 0;
            }
            from = from < 0 ? start : from;
            bytes += memory(group);
            rows += group.numRows();
        }
        stretches.add(new Stretch(from, all.to(), before, rows, bytes));
        return stretches;
    }

    private static long start(RowGroup group) {
        return group.columns().stream()
                .mapToLong(chunk -> start(chunk.metaData()))
                .min()
                .orElse(-1);
    }

    /** Where the pages of a column begin. */
    static long start(ColumnMetaData column) {
        Long dictionary = column.dictionaryPageOffset();
        return dictionary == null || dictionary <= 0
                ? column.dataPageOffset()
                : Math.min(dictionary, column.dataPageOffset());
    }

    /** With what unpacks pages of its own, so that the threads don't wait for the same. */
    private void stretch(FileChannel file, List<SchemaNode> columns, Stretch stretch, RecordSink records)
            throws IOException, MalformedSource {
        try (HardwoodContext context = HardwoodContext.create(1);
                ParquetFileReader parquet = opened(file, context)) {
            rows(parquet, columns, stretch, records);
        }
    }

    private static ParquetFileReader opened(FileChannel file, HardwoodContext context)
            throws IOException, MalformedSource {
        try {
            return ParquetFileReader.open(new ScratchInput(file), context);
        } catch (ClosedByInterruptException | InterruptedIOException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new MalformedSource(
                    "the Parquet file can't be opened, since it is cut off, damaged or encrypted: " + firstLine(e));
        }
    }

    private void check(FileMetaData about) throws MalformedSource {
        for (RowGroup group : about.rowGroups()) {
            for (ColumnChunk chunk : group.columns()) {
                ColumnMetaData column = chunk.metaData();
                if (NOT_UNPACKED.contains(column.codec())) {
                    throw MalformedSource.unreadable(
                            "column '" + column.pathInSchema() + "' is packed with " + column.codec()
                                    + ", which is not unpacked (expected: none, SNAPPY, GZIP, ZSTD, LZ4 or LZ4_RAW)");
                }
                if (column.totalUncompressedSize() > NEVER_TOO_MUCH
                        && column.totalUncompressedSize() / room.mostTimes() > column.totalCompressedSize()) {
                    throw MalformedSource.unreadable("column '" + column.pathInSchema() + "' unpacks to more than "
                            + room.mostTimes() + " times its size, as one does that is meant to fill the memory;"
                            + " millrace.extractor.unpack-ratio lets it be more");
                }
            }
        }
    }

    /**
     * A page is held as a whole, of each column one with its dictionary: some writers make one of all values of a column in a row group.
     *
     * @param all whose row groups are looked at
     * @return how many row groups may be read at once
     */
    private static int checkPages(FileChannel file, FileMetaData about, Stretch all)
            throws IOException, MalformedSource {
        long most = Runtime.getRuntime().maxMemory() / SHARE_OF_PAGES;
        long largest = 1;
        ParquetPages pages = new ParquetPages(file);
        for (int i = 0; i < about.rowGroups().size(); i++) {
            if (!all.has(about.rowGroups().get(i))) {
                continue;
            }
            long held = pages.largest(about.rowGroups().get(i), i + 1);
            if (held > most) {
                throw MalformedSource.unreadable("row group " + (i + 1) + ": one page of each column takes "
                        + held / 1024 / 1024 + " MiB unpacked, and they are held in memory, up to " + most / 1024 / 1024
                        + " MiB (expected: smaller row groups or pages, or a larger heap for the extractor)");
            }
            largest = Math.max(largest, held);
        }
        return (int) Math.min(Integer.MAX_VALUE, most / largest);
    }

    /** Waits until there is memory for it, which other tasks may have. */
    private void rows(ParquetFileReader parquet, List<SchemaNode> columns, Stretch stretch, RecordSink records)
            throws MalformedSource, IOException {
        long ofColumns = BYTES_OF_COLUMN * parquet.getFileSchema().getColumnCount();
        RowGroupMemory memory = RowGroupMemory.OF_HEAP;
        try (RowGroupMemory.Share _ = memory.share(ofColumns + stretch.memory(), () -> waits(memory))) {
            read(parquet, columns, stretch, records);
        }
    }

    private void waits(RowGroupMemory memory) {
        if (hasSaidThatItWaits.compareAndSet(false, true)) {
            log.accept("waits for memory, of which the row groups of all Parquet files that are read at once may take "
                    + memory.all() + " MiB");
        }
    }

    private static void read(ParquetFileReader parquet, List<SchemaNode> columns, Stretch stretch, RecordSink records)
            throws MalformedSource, IOException {
        ParquetRow record = new ParquetRow(columns);
        long row = stretch.rowsBefore();
        try (RowReader rows = opened(parquet, stretch)) {
            while (next(rows, row)) {
                row++;
                records.beginsAt(row);
                String flaw = written(record, rows, row);
                ObjectBytes bytes = record.json().bytes();
                if (flaw.isEmpty()) {
                    bytes.hand(records, () -> start(bytes));
                } else {
                    records.reject(flaw, start(bytes));
                }
            }
        }
        if (row - stretch.rowsBefore() != stretch.rows()) {
            throw new MalformedSource("the Parquet file has " + (row - stretch.rowsBefore()) + " rows"
                    + (stretch.rowsBefore() == 0 ? "" : " after row " + stretch.rowsBefore()) + " (expected: "
                    + stretch.rows() + ", as its footer says)");
        }
    }

    /** Which looks at the first rows already. */
    private static RowReader opened(ParquetFileReader parquet, Stretch stretch) throws MalformedSource, IOException {
        try {
            // those whose middle lies between
            return parquet.buildRowReader()
                    .filter(RowGroupPredicate.byteRange(stretch.from(), stretch.to()))
                    .build();
        } catch (RuntimeException e) {
            throw damaged(e, stretch.rowsBefore() + 1);
        }
    }

    private static boolean next(RowReader rows, long before) throws MalformedSource, IOException {
        try {
            if (!rows.hasNext()) {
                return false;
            }
            rows.next();
            return true;
        } catch (RuntimeException e) {
            throw damaged(e, before + 1);
        }
    }

    private static String written(ParquetRow record, RowReader rows, long row) throws MalformedSource, IOException {
        try {
            return record.write(rows);
        } catch (RuntimeException e) {
            throw damaged(e, row);
        }
    }

    private static MalformedSource damaged(RuntimeException failure, long row) throws IOException {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InterruptedException
                    || cause instanceof ClosedByInterruptException
                    || cause instanceof InterruptedIOException) {
                throw (IOException) new InterruptedIOException("interrupted").initCause(failure);
            }
        }
        return new MalformedSource("the Parquet file can't be read at row " + row + ": " + firstLine(failure));
    }

    private static String firstLine(Throwable failure) {
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        return message.lines().findFirst().orElse("");
    }

    private static String start(ObjectBytes record) {
        byte[] bytes = record.copy();
        return new String(bytes, 0, Math.min(bytes.length, SHOWN), StandardCharsets.UTF_8);
    }
}
