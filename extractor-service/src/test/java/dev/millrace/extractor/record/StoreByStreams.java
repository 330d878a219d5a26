package dev.millrace.extractor.record;

import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A store whose uploads are written by other streams.
 *
 * @param stream for an upload, to which it may write on
 */
record StoreByStreams(StagingStore store, Function<Upload, OutputStream> stream) implements StagingStore {
    @Override
    public boolean replace(String path, byte[] expected, byte[] content) {
        return store.replace(path, expected, content);
    }

    @Override
    public boolean createIfAbsent(String path, byte[] content) {
        return store.createIfAbsent(path, content);
    }

    @Override
    public Upload upload(String path) {
        Upload upload = store.upload(path);
        return new Upload() {
            private final OutputStream written = stream.apply(upload);

            @Override
            public OutputStream stream() {
                return written;
            }

            @Override
            public long bytes() {
                return upload.bytes();
            }

            @Override
            public Part commit(long rows) {
                return upload.commit(rows);
            }

            @Override
            public void close() {
                upload.close();
            }
        };
    }

    @Override
    public Optional<String> version(String path) {
        return store.version(path);
    }

    @Override
    public boolean replace(String path, Optional<String> version, Part content) {
        return store.replace(path, version, content);
    }

    @Override
    public boolean delete(String path, String version) {
        return store.delete(path, version);
    }

    @Override
    public InputStream open(String path) {
        return store.open(path);
    }

    @Override
    public InputStream open(Part part) {
        return store.open(part);
    }

    @Override
    public Path fetch(Part part, Path scratch) {
        return store.fetch(part, scratch);
    }

    @Override
    public URI uri(String path) {
        throw new AssertionError();
    }

    @Override
    public Part describe(String path) {
        return store.describe(path);
    }

    @Override
    public boolean exists(String path) {
        return store.exists(path);
    }

    @Override
    public List<String> list(String prefix) {
        return store.list(prefix);
    }

    @Override
    public void deleteAll(String prefix) {
        store.deleteAll(prefix);
    }
}
