package dev.millrace.extractor.format;

import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.ScratchFile;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.arrow.flatbuf.Block;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.Footer;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;

/**
 * The rows of a file or stream of Arrow's IPC format, each a record of its columns; Feather is such a file. A batch of rows is held in
 * memory at a time. For one thread.
 *
 * @see <a href="https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc">IPC</a>
 */
final class ArrowFile {
    private static final byte[] MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);
    private static final int CONTINUATION = -1;

    /** Of a message without its batch: a schema of very many columns. */
    private static final int MOST_METADATA = 64 * 1024 * 1024;

    /** Of the heap, that a batch may take, packed and unpacked. */
    private static final int SHARE_OF_BATCH = 4;

    private static final int SHOWN = 1_000;
    private static final int PIECE = 64 * 1024;
    private static final int MIB = 1024 * 1024;

    private final List<String> expected;
    private final RecordSink sink;
    private final FormattedRecords.Room room;
    private final TypedJson json = new TypedJson();
    private final Map<Long, ArrowColumn> dictionaries = new HashMap<>();
    private final Map<Long, ArrowColumn> typesOfDictionaries = new HashMap<>();
    private List<ArrowColumn> columns = List.of();
    private long row;

    /** @param expected what columns have to be called; empty: anything */
    ArrowFile(List<String> expected, RecordSink sink, FormattedRecords.Room room) {
        this.expected = expected;
        this.sink = sink;
        this.room = room;
    }

    void read(InputStream in) throws IOException, MalformedSource {
        BufferedInputStream bytes = Packing.buffered(in);
        Packing packing = Packing.of(bytes);
        bytes.mark(Integer.BYTES);
        byte[] start = bytes.readNBytes(Integer.BYTES);
        bytes.reset();
        boolean isStream = start.length == Integer.BYTES && little(start).getInt(0) == CONTINUATION;
        if (packing != Packing.ARROW && !isStream) {
            throw Packing.other(
                    bytes, " (expected: a file or stream of Arrow; what is in a file counts, not its name)");
        }
        if (start[0] == 'F') {
            throw MalformedSource.unreadable("the file is Feather of version 1, which is not read (expected: version 2,"
                    + " which is a file of Arrow)");
        }
        try (FileChannel file = ScratchFile.of(bytes, room.scratch(), "arrow")) {
            if (isStream) {
                stream(file);
            } else {
                file(file);
            }
        } catch (ClosedByInterruptException | InterruptedIOException e) {
            throw e;
        } catch (EOFException e) {
            throw new MalformedSource("the Arrow file is cut off after row " + row);
        } catch (IndexOutOfBoundsException
                | ArithmeticException
                | NullPointerException
                | IllegalArgumentException e) { // of a place where nothing is, as only a damaged file names one
            throw (MalformedSource) new MalformedSource("the Arrow file is damaged after row " + row).initCause(e);
        }
    }

    /** By the directory at its end. */
    private void file(FileChannel file) throws IOException, MalformedSource {
        int tail = Integer.BYTES + MAGIC.length;
        long size = file.size();
        ByteBuffer end = size < tail ? ByteBuffer.allocate(tail) : read(file, size - tail, tail);
        for (int i = 0; i < MAGIC.length; i++) {
            if (end.get(Integer.BYTES + i) != MAGIC[i]) {
                throw new MalformedSource("the Arrow file is cut off: its end is missing");
            }
        }
        int length = end.getInt(0);
        if (length < 0 || length > Math.min(MOST_METADATA, size - tail)) {
            throw new MalformedSource("the Arrow file is damaged: its directory has " + length + " bytes");
        }
        Footer footer = Footer.getRootAsFooter(read(file, size - tail - length, length));
        schema(footer.schema());
        for (int i = 0; i < footer.dictionariesLength(); i++) {
            block(file, footer.dictionaries(i));
        }
        for (int i = 0; i < footer.recordBatchesLength(); i++) {
            block(file, footer.recordBatches(i));
        }
    }

    private void block(FileChannel file, Block block) throws IOException, MalformedSource {
        Message message = message(file, block.offset());
        if (message == null) {
            throw new EOFException();
        }
        take(message, file, block.offset() + block.metaDataLength());
    }

    private void stream(FileChannel file) throws IOException, MalformedSource {
        long at = 0;
        boolean first = true;
        while (at < file.size()) {
            Message message = message(file, at);
            if (message == null) {
                return;
            }
            if (first) {
                if (message.headerType() != MessageHeader.Schema) {
                    throw new MalformedSource("the stream of Arrow doesn't begin with a schema");
                }
                schema((Schema) message.header(new Schema()));
                first = false;
            } else {
                take(message, file, at + 2 * Integer.BYTES + length(file, at));
            }
            at = Math.addExact(at + 2 * Integer.BYTES + length(file, at), message.bodyLength());
        }
    }

    /** Of the metadata of a message. */
    private static int length(FileChannel file, long at) throws IOException, MalformedSource {
        ByteBuffer head = read(file, at, 2 * Integer.BYTES);
        int length = head.getInt(Integer.BYTES);
        if (head.getInt(0) != CONTINUATION || length < 0 || length > MOST_METADATA) {
            throw new MalformedSource("the Arrow file has no message at byte " + at
                    + ", where one should begin (expected: the format of Arrow 0.15 or later)");
        }
        return length;
    }

    /** Null: the end of the stream. */
    private static @Nullable Message message(FileChannel file, long at) throws IOException, MalformedSource {
        int length = length(file, at);
        return length == 0 ? null : Message.getRootAsMessage(read(file, at + 2 * Integer.BYTES, length));
    }

    private void schema(@Nullable Schema schema) throws MalformedSource {
        if (schema == null) {
            throw new MalformedSource("the Arrow file has no schema");
        }
        if (schema.endianness() != Endianness.Little) {
            throw MalformedSource.unreadable(
                    "the Arrow file is big-endian, which is not read (expected: little-endian)");
        }
        List<String> names = new ArrayList<>();
        List<ArrowColumn> made = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < schema.fieldsLength(); i++) {
            ArrowColumn column = ArrowColumn.of(schema.fields(i), "", json, dictionaries, typesOfDictionaries);
            if (!seen.add(column.name())) {
                throw MalformedSource.unreadable(
                        "the schema has the column '" + column.name() + "' twice (expected: each name once)");
            }
            names.add(column.name());
            made.add(column);
        }
        FieldNames.check("the schema has no column ", names, expected);
        columns = List.copyOf(made);
    }

    private void take(Message message, FileChannel file, long at) throws IOException, MalformedSource {
        switch (message.headerType()) {
            case MessageHeader.RecordBatch -> {
                RecordBatch batch = (RecordBatch) message.header(new RecordBatch());
                ArrowBody body = body(batch, message, file, at);
                for (ArrowColumn column : columns) {
                    column.take(body);
                }
                rows(batch.length());
            }
            case MessageHeader.DictionaryBatch -> {
                DictionaryBatch dictionary = (DictionaryBatch) message.header(new DictionaryBatch());
                if (dictionary.isDelta()) {
                    throw MalformedSource.unreadable(
                            "the Arrow file has a dictionary that grows from batch to batch, which is"
                                    + " not read (expected: one that is replaced, or none)");
                }
                ArrowColumn values = typesOfDictionaries.get(dictionary.id());
                if (values != null) {
                    values.take(body(dictionary.data(), message, file, at));
                    dictionaries.put(dictionary.id(), values);
                }
            }
            default ->
                throw MalformedSource.unreadable("the Arrow file has a message of the type "
                        + MessageHeader.name(message.headerType()) + " (expected: rows and dictionaries)");
        }
    }

    private static ArrowBody body(RecordBatch batch, Message message, FileChannel file, long at)
            throws IOException, MalformedSource {
        long most = Runtime.getRuntime().maxMemory() / SHARE_OF_BATCH;
        long unpacked = message.bodyLength();
        if (unpacked >= 0 && unpacked <= most) {
            ArrowBody body = new ArrowBody(batch, read(file, at, (int) unpacked));
            unpacked = body.size();
            if (unpacked <= most) {
                body.unpack();
                return body;
            }
        }
        throw MalformedSource.unreadable(
                "a batch of rows takes " + unpacked / MIB + " MiB, and one is held in memory, up to " + most / MIB
                        + " MiB (expected: smaller batches, or a larger heap for the extractor)");
    }

    private void rows(long count) {
        for (int i = 0; i < count; i++) {
            row++;
            sink.beginsAt(row);
            ObjectBytes bytes = json.bytes();
            bytes.begin();
            String flaw = "";
            for (ArrowColumn column : columns) {
                bytes.field(column.encodedName());
                try {
                    column.write(i);
                } catch (TypedJson.Unfit e) {
                    flaw = "column '" + column.name() + "' " + e.getMessage();
                    break;
                }
            }
            bytes.end();
            if (flaw.isEmpty()) {
                bytes.hand(sink, this::start);
            } else {
                sink.reject(flaw, start());
            }
        }
    }

    private String start() {
        byte[] bytes = json.bytes().copy();
        return new String(bytes, 0, Math.min(bytes.length, SHOWN), StandardCharsets.UTF_8);
    }

    private static ByteBuffer read(FileChannel file, long at, int length) throws IOException {
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; ) { // in pieces, for each of which the JDK has room beside the heap
            int count = file.read(ByteBuffer.wrap(bytes, done, Math.min(PIECE, length - done)), at + done);
            if (count < 0) {
                throw new EOFException();
            }
            done += count;
        }
        return little(bytes);
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }
}
