package dev.millrace.gcp;

import com.google.cloud.ReadChannel;
import com.google.cloud.storage.StorageException;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;

/**
 * An object's bytes in one request; one that breaks off is taken up where it was by the client library. All failures
 * are {@link IOException}s, so that a library in between passes them on.
 */
final class ObjectStream extends BufferedInputStream {
    private static final int BUFFER = 64 * 1024;
    private static final int CHUNK = 512 * 1024;

    ObjectStream(ReadChannel channel) {
        super(bytes(channel), BUFFER);
    }

    private static InputStream bytes(ReadChannel channel) {
        channel.setChunkSize(CHUNK);
        return new FilterInputStream(Channels.newInputStream(channel)) {
            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                try {
                    return in.read(buffer, offset, length);
                } catch (StorageException e) {
                    throw new IOException(CloudStorage.describe(e), e);
                }
            }
        };
    }
}
