package dev.millrace.staging.gcs;

import com.google.cloud.WriteChannel;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.StorageException;
import dev.millrace.gcp.CloudStorage;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.staging.Upload;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * What fits into one chunk is sent in one request at the commit; anything larger in chunks as it comes. A session that
 * is never ended leaves no object, and Cloud Storage forgets it after a week.
 *
 * @see <a href="https://cloud.google.com/storage/docs/resumable-uploads#session-uris">Session URIs</a>
 */
final class GcsUpload implements Upload {
    private static final int NOT_FOUND = 404;
    private static final int GONE = 410;
    private static final int BUFFER = 64 * 1024;

    private final GcsStagingStore store;
    private final String path;
    private final BlobInfo info;
    private final int chunkSize;
    private final OutputStream stream = new BufferedOutputStream(new Sink(), BUFFER);
    private final CRC32C checksum = new CRC32C();
    private long bytes;
    private Start start = new Start();
    private @Nullable WriteChannel channel;

    GcsUpload(GcsStagingStore store, String path, BlobInfo info, int chunkSize) {
        this.store = store;
        this.path = path;
        this.info = info;
        this.chunkSize = chunkSize;
    }

    @Override
    public OutputStream stream() {
        return stream;
    }

    @Override
    public long bytes() {
        return bytes;
    }

    @Override
    public Part commit(long rows) {
        try {
            stream.flush();
            check(finish());
        } catch (IOException | StorageException e) {
            checkSession(e);
            check(store.madeBefore(info, path, e).orElseThrow(() -> taken(e)));
        }
        return new Part(path, rows, bytes, Part.hex(checksum));
    }

    private BlobInfo finish() throws IOException {
        WriteChannel open = channel;
        if (open == null) {
            return store.create(info, start.content(), 0, start.size());
        }
        open.close();
        return store.ownObject(info).orElseThrow(() -> taken(null));
    }

    /**
     * @throws MillraceException {@code STAGING_CORRUPT} when Cloud Storage has forgotten what it was sent, so that all of it
     *     is to be sent anew
     * @see <a href="https://cloud.google.com/storage/docs/performing-resumable-uploads#handling-errors">Errors</a>
     */
    private void checkSession(Exception failure) {
        int status = CloudStorage.statusOf(failure);
        if (channel != null && (status == NOT_FOUND || status == GONE)) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT,
                    path + ": its upload session is lost: " + CloudStorage.describe(failure),
                    failure);
        }
    }

    private MillraceException taken(@Nullable Exception refusal) {
        return new MillraceException(ErrorCode.STAGING_CORRUPT, path + " is in staging already", refusal);
    }

    /** What was stored is what was sent, or it is taken back. */
    private void check(BlobInfo stored) {
        long size = CloudStorage.size(stored);
        String sum = stored.getCrc32c();
        String found = sum == null
                ? "unknown"
                : HexFormat.of().formatHex(Base64.getDecoder().decode(sum));
        if (size != bytes || !found.equals(Part.hex(checksum))) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT,
                    path + ": stored were " + size + " bytes, crc32c " + found + " (expected: " + bytes
                            + " bytes, crc32c " + Part.hex(checksum) + ")" + takenBack(stored));
        }
    }

    /** No manifest names the object, so one that stays is never read. */
    private String takenBack(BlobInfo stored) {
        try {
            store.remove(BlobId.of(stored.getBucket(), stored.getName(), stored.getGeneration()));
            return "";
        } catch (StorageException e) {
            return "; it can't be deleted, is not read, and goes with the rest of the run: " + CloudStorage.describe(e);
        }
    }

    /** Closing the channel would end the session and make the object, so it is left open and never used again. */
    @Override
    public void close() {
        channel = null;
        start = new Start();
    }

    /** The bytes before there is a session. */
    private static final class Start extends ByteArrayOutputStream {
        byte[] content() {
            return buf;
        }
    }

    private final class Sink extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] buffer, int offset, int length) throws IOException {
            checksum.update(buffer, offset, length);
            bytes += length;
            if (channel == null && start.size() + length <= chunkSize) {
                start.write(buffer, offset, length);
                return;
            }
            try {
                send(opened(), ByteBuffer.wrap(buffer, offset, length));
            } catch (IOException | StorageException e) {
                checkSession(e);
                throw new IOException(CloudStorage.describe(e), e);
            }
        }

        private WriteChannel opened() throws IOException {
            WriteChannel open = channel;
            if (open == null) {
                open = store.begin(info);
                send(open, ByteBuffer.wrap(start.content(), 0, start.size()));
                channel = open;
                start = new Start();
            }
            return open;
        }

        private static void send(WriteChannel channel, ByteBuffer content) throws IOException {
            while (content.hasRemaining()) {
                channel.write(content);
            }
        }
    }
}
