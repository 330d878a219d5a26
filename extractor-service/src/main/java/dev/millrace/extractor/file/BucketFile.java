package dev.millrace.extractor.file;

import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.Storage;
import dev.millrace.extractor.record.DeliveredStream;
import dev.millrace.gcp.CloudStorage;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.CheckedStream;
import dev.millrace.staging.Part;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.zip.CRC32C;

/**
 * One generation of an object. A connection that breaks off is taken up where it was, within the generation, by Google's
 * client library; which knows of no checksum there, so bytes are summed up here.
 *
 * @param size in bytes, as stored
 * @param crc32c of the bytes as they are stored, 8 lower case hexadecimal digits; null: Cloud Storage didn't tell, as of
 *     objects that are encrypted with a customer's own key
 * @see <a href="https://cloud.google.com/storage/docs/data-validation">Data validation and change detection</a>
 */
record BucketFile(
        Storage storage, BlobId object, long size, @Nullable String crc32c) implements SourceFile {
    /** Longer than the client library tries: it only keeps a run from waiting for ever. */
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @Override
    public String name() {
        return object.toGsUtilUri();
    }

    @Override
    public String version() {
        return object.toGsUtilUriWithGeneration();
    }

    @Override
    public String state(@Nullable String before) {
        return "generation " + object.getGeneration();
    }

    @Override
    public PlannedFile planned() {
        return new PlannedFile(object.getName(), size, String.valueOf(object.getGeneration()), crc32c);
    }

    /**
     * A thread of its own reads, and is interrupted at the end: by itself the client library would for ever open new
     * connections, of which none brings anything.
     */
    @Override
    public InputStream open() {
        return open(0, size);
    }

    /** The checksum is known of all bytes together only. */
    @Override
    public InputStream open(long from, long to) {
        DeliveredStream bytes = new DeliveredStream(PATIENCE, () -> {});
        Thread delivery = Thread.ofVirtual().name("object-" + object.getName()).start(() -> deliver(from, to, bytes));
        boolean all = from == 0 && to == size;
        return new Checked(bytes, delivery, to - from, all ? crc32c : null);
    }

    private void deliver(long from, long to, DeliveredStream bytes) {
        try {
            try (InputStream in = from == 0 && to == size
                    ? CloudStorage.read(storage, object) // to its end, wherever the list has it
                    : CloudStorage.read(storage, object, from, to)) {
                bytes.take(in);
            } catch (IOException | RuntimeException e) {
                // wrapped, since a socket's timeout passes for an interruption
                bytes.fail(new IOException(e.getMessage() == null ? e.toString() : e.getMessage(), e));
                return;
            }
            bytes.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the service ends, and nobody waits for more
        }
    }

    private final class Checked extends CheckedStream {
        private final Thread delivery;
        private final CRC32C checksum = new CRC32C();
        private final long expected;
        private final @Nullable String expectedSum;
        private long bytes;

        Checked(InputStream in, Thread delivery, long expected, @Nullable String expectedSum) {
            super(in);
            this.delivery = delivery;
            this.expected = expected;
            this.expectedSum = expectedSum;
        }

        @Override
        public void close() throws IOException {
            super.close();
            delivery.interrupt();
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                return super.read(buffer, offset, length);
            } catch (InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                throw BucketFailure.reading(object, e);
            }
        }

        @Override
        public int available() throws IOException {
            try {
                return super.available();
            } catch (InterruptedIOException e) {
                throw e;
            } catch (IOException e) {
                throw BucketFailure.reading(object, e);
            }
        }

        @Override
        protected void passed(byte[] buffer, int offset, int count) {
            checksum.update(buffer, offset, count);
            bytes += count;
        }

        @Override
        protected void ended() {
            if (bytes != expected || (expectedSum != null && !Part.hex(checksum).equals(expectedSum))) {
                throw new MillraceException(
                        ErrorCode.SOURCE_INCONSISTENT,
                        version() + ": " + bytes + " bytes, crc32c " + Part.hex(checksum) + " came (expected: "
                                + expected + " bytes, crc32c " + expectedSum + ", as the bucket's list has it)");
            }
        }
    }
}
