package dev.millrace.extractor.format;

import dev.hardwood.HardwoodContext;
import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.ColumnMetaData;
import dev.hardwood.metadata.CompressionCodec;
import dev.hardwood.metadata.FileMetaData;
import dev.hardwood.metadata.RowGroup;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.schema.SchemaNode;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.ScratchFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/**
 * The rows of a Parquet file, each a record of its columns. Each file is read by its own schema, column by column by name, however those
 * of other files are. For one thread.
 *
 * @see <a href="https://github.com/apache/parquet-format">Parquet</a>
 */
final class ParquetFile {
    private static final long NEVER_TOO_MUCH = 64L * 1024 * 1024;
    private static final String ENCRYPTED = "PARE";
    private static final int SHOWN = 1_000;
    private static final Set<CompressionCodec> NOT_UNPACKED = Set.of(CompressionCodec.LZO, CompressionCodec.BROTLI);

    /** Of the heap: what a page takes unpacked, it takes several times while it is read. */
    private static final int SHARE_OF_PAGES = 8;

    private static final int START_OF_PAGE = 32;

    /** Of Thrift's compact protocol: the next field, and that it is a number of 32 bits. */
    private static final byte NEXT_NUMBER = 0x15;

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

    /** @param expected what columns have to be called; empty: anything */
    ParquetFile(List<String> expected, RecordSink sink, FormattedRecords.Room room) {
        this.expected = expected;
        this.sink = sink;
        this.room = room;
    }

    void read(InputStream in) throws IOException, MalformedSource {
        BufferedInputStream bytes = Packing.buffered(in);
        Packing packing = Packing.of(bytes);
        if (packing != Packing.PARQUET) {
            String start = new String(bytes.readNBytes(ENCRYPTED.length()), StandardCharsets.US_ASCII);
            throw new MalformedSource("the file is "
                    + (start.equals(ENCRYPTED)
                            ? "an encrypted Parquet file"
                            : packing == Packing.NONE ? "something else, such as text" : packing.words())
                    + " (expected: a Parquet file; what is in a file counts, not its name)");
        }
        try (FileChannel file = ScratchFile.of(bytes, room.scratch(), "parquet");
                HardwoodContext context = HardwoodContext.create(1);
                ParquetFileReader parquet = opened(file, context)) {
            FileMetaData about = parquet.getFileMetaData();
            check(about);
            checkPages(file, about);
            List<SchemaNode> columns = parquet.getFileSchema().getRootNode().children();
            FieldNames.check(
                    "the schema has no column ",
                    columns.stream().map(SchemaNode::name).toList(),
                    expected);
            rows(parquet, new ParquetRow(columns), about.numRows());
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
                    throw new MalformedSource("column '" + column.pathInSchema() + "' is packed with " + column.codec()
                            + ", which is not unpacked (expected: none, SNAPPY, GZIP, ZSTD, LZ4 or LZ4_RAW)");
                }
                if (column.totalUncompressedSize() > NEVER_TOO_MUCH
                        && column.totalUncompressedSize() / room.mostTimes() > column.totalCompressedSize()) {
                    throw new MalformedSource("column '" + column.pathInSchema() + "' unpacks to more than "
                            + room.mostTimes() + " times its size, as one does that is meant to fill the memory;"
                            + " millrace.extractor.unpack-ratio lets it be more");
                }
            }
        }
    }

    /** A page is held as a whole, of each column one: some writers make one of all values of a column in a row group. */
    private static void checkPages(FileChannel file, FileMetaData about) throws IOException, MalformedSource {
        long most = Runtime.getRuntime().maxMemory() / SHARE_OF_PAGES;
        for (int i = 0; i < about.rowGroups().size(); i++) {
            long held = 0;
            for (ColumnChunk chunk : about.rowGroups().get(i).columns()) {
                Long dictionary = chunk.metaData().dictionaryPageOffset();
                held += size(file, chunk.metaData().dataPageOffset())
                        + (dictionary == null || dictionary <= 0 ? 0 : size(file, dictionary));
            }
            if (held > most) {
                throw new MalformedSource("row group " + (i + 1) + ": one page of each column takes "
                        + held / 1024 / 1024 + " MiB unpacked, and they are held in memory, up to " + most / 1024 / 1024
                        + " MiB (expected: smaller row groups or pages, or a larger heap for the extractor)");
            }
        }
    }

    /**
     * What a page says that it takes unpacked. Its head begins with three numbers, of which this is the second.
     *
     * @return 0: it doesn't begin so, of which the reading says more
     * @see <a href="https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift">PageHeader</a>
     */
    private static long size(FileChannel file, long offset) throws IOException {
        ByteBuffer start = ByteBuffer.allocate(START_OF_PAGE);
        int _ = offset < 0 ? 0 : file.read(start, offset);
        start.flip();
        long number = 0;
        for (int field = 0; field < 2; field++) {
            if (!start.hasRemaining() || start.get() != NEXT_NUMBER) {
                return 0;
            }
            number = 0;
            byte digits = -1;
            for (int bits = 0; digits < 0 && start.hasRemaining() && bits < Long.SIZE; bits += 7) {
                digits = start.get();
                number |= (digits & 0x7fL) << bits;
            }
        }
        return Math.max(0, (number >>> 1) ^ -(number & 1));
    }

    private void rows(ParquetFileReader parquet, ParquetRow record, long declared) throws MalformedSource, IOException {
        long row = 0;
        try (RowReader rows = opened(parquet)) {
            while (next(rows, row)) {
                row++;
                sink.beginsAt(row);
                String flaw = written(record, rows, row);
                ObjectBytes bytes = record.json().bytes();
                if (flaw.isEmpty()) {
                    bytes.hand(sink, () -> start(bytes));
                } else {
                    sink.reject(flaw, start(bytes));
                }
            }
        }
        if (row != declared) {
            throw new MalformedSource(
                    "the Parquet file has " + row + " rows (expected: " + declared + ", as its footer says)");
        }
    }

    /** Which looks at the first rows already. */
    private static RowReader opened(ParquetFileReader parquet) throws MalformedSource, IOException {
        try {
            return parquet.rowReader();
        } catch (RuntimeException e) {
            throw damaged(e, 1);
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
