package dev.millrace.extractor.format;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.millrace.extractor.record.MalformedSource;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flatbuf.BodyCompression;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.CompressionType;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.commons.compress.compressors.lz4.FramedLZ4CompressorInputStream;

/** The buffers of a batch of rows, in the order in which columns have them. For one thread. */
final class ArrowBody {
    private static final long PLAIN = -1;

    private final RecordBatch batch;
    private final ByteBuffer body;
    private final @Nullable BodyCompression compression;
    private final List<ByteBuffer> buffers = new ArrayList<>();
    private int node;
    private int buffer;
    private int variadic;

    /** @param body little-endian, of an array */
    ArrowBody(RecordBatch batch, ByteBuffer body) {
        this.batch = batch;
        this.body = body;
        this.compression = batch.compression();
    }

    private ByteBuffer stored(int index) {
        Buffer of = batch.buffers(index);
        return body.slice(Math.toIntExact(of.offset()), Math.toIntExact(of.length()))
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long unpackedSize(ByteBuffer stored) {
        return stored.remaining() < Long.BYTES ? PLAIN : stored.getLong(0);
    }

    /** Bytes that it takes packed and unpacked, as it says. */
    long size() throws MalformedSource {
        long size = body.capacity();
        for (int i = 0; compression != null && i < batch.buffersLength(); i++) {
            long unpacked = unpackedSize(stored(i));
            if (unpacked < PLAIN || unpacked > Integer.MAX_VALUE) {
                throw new MalformedSource("the Arrow file is damaged: a buffer that unpacks to " + unpacked + " bytes");
            }
            size += Math.max(0, unpacked);
        }
        return size;
    }

    void unpack() throws MalformedSource {
        for (int i = 0; i < batch.buffersLength(); i++) {
            ByteBuffer stored = stored(i);
            buffers.add(compression == null || !stored.hasRemaining() ? stored : unpacked(stored, compression.codec()));
        }
    }

    private static ByteBuffer unpacked(ByteBuffer stored, byte codec) throws MalformedSource {
        long size = unpackedSize(stored);
        int from = Math.min(Long.BYTES, stored.remaining());
        if (size == 0) {
            return ByteBuffer.allocate(0); // of which some writers pack nothing
        }
        if (size == PLAIN) {
            return stored.slice(from, stored.remaining() - from).order(ByteOrder.LITTLE_ENDIAN);
        }
        InputStream packed =
                new ByteArrayInputStream(stored.array(), stored.arrayOffset() + from, stored.remaining() - from);
        try (InputStream in = switch (codec) {
            // lz4-java refuses frames whose blocks depend on those before them, as LZ4's own library makes of more than
            // one
            case CompressionType.LZ4_FRAME -> new FramedLZ4CompressorInputStream(packed);
            case CompressionType.ZSTD -> new ZstdInputStreamNoFinalizer(packed);
            default ->
                throw MalformedSource.unreadable("the Arrow file is packed by the method " + codec
                        + ", which is not unpacked (expected: LZ4 or zstd)");
        }) {
            byte[] bytes = in.readNBytes((int) size);
            if (bytes.length < size) {
                throw new MalformedSource(
                        "the Arrow file is damaged: a buffer has " + bytes.length + " bytes (expected: " + size + ")");
            }
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw new MalformedSource("the Arrow file is damaged: a buffer can't be unpacked");
        }
    }

    /** Whether the next column, which is begun hereby, has values that are null. */
    boolean nextHasNulls() {
        return batch.nodes(node++).nullCount() != 0;
    }

    ByteBuffer nextBuffer() {
        return buffers.get(buffer++);
    }

    /** Of a column of views. */
    int nextBufferCount() {
        return Math.toIntExact(batch.variadicBufferCounts(variadic++));
    }
}
