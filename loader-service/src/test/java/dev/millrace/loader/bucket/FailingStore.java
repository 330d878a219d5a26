package dev.millrace.loader.bucket;

import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A store whose process is killed before the given change, counted from 0: whatever comes later doesn't happen. */
final class FailingStore implements StagingStore {
    private final StagingStore store;
    private int left;

    FailingStore(StagingStore store, int changes) {
        this.store = store;
        this.left = changes;
    }

    /** What is no {@link dev.millrace.problem.MillraceException} is handled by nobody. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1;
    }

    private void change() {
        if (left-- <= 0) {
            throw new Killed();
        }
    }

    @Override
    public boolean createIfAbsent(String path, byte[] content) {
        change();
        boolean created = store.createIfAbsent(path, content);
        change(); // the answer may be lost too
        return created;
    }

    @Override
    public boolean replace(String path, byte[] expected, byte[] content) {
        change();
        boolean replaced = store.replace(path, expected, content);
        change();
        return replaced;
    }

    @Override
    public Optional<String> version(String path) {
        return store.version(path);
    }

    @Override
    public boolean replace(String path, Optional<String> version, Part content) {
        change();
        boolean replaced = store.replace(path, version, content);
        change();
        return replaced;
    }

    @Override
    public boolean delete(String path, String version) {
        change();
        boolean deleted = store.delete(path, version);
        change();
        return deleted;
    }

    @Override
    public Upload upload(String path) {
        change();
        Upload upload = store.upload(path);
        return new Upload() {
            @Override
            public OutputStream stream() {
                return upload.stream();
            }

            @Override
            public long bytes() {
                return upload.bytes();
            }

            @Override
            public Part commit(long rows) {
                change();
                return upload.commit(rows);
            }

            @Override
            public void close() {
                upload.close();
            }
        };
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
    public java.net.URI uri(String path) {
        return store.uri(path);
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
        change();
        store.deleteAll(prefix);
    }
}
