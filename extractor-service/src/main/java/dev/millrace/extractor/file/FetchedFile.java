package dev.millrace.extractor.file;

import io.micronaut.core.annotation.Nullable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;

/**
 * A file of a server. It is fetched as a whole before it is read, so that a connection that is lost is tried again and nothing is read
 * twice. For one thread.
 */
abstract sealed class FetchedFile implements SourceFile permits WebFile, SftpFile {
    private final String name;
    private @Nullable FileChannel copy;

    FetchedFile(String name) {
        this.name = name;
    }

    /** @return a copy of it, which is gone when it is closed */
    abstract FileChannel fetch() throws IOException, InterruptedException;

    /** Once; what was {@link #keep kept} already is taken. */
    final FileChannel fetched() throws IOException, InterruptedException {
        FileChannel file = copy;
        if (file == null) {
            file = fetch();
            copy = file;
        }
        return file;
    }

    final boolean isFetched() {
        return copy != null;
    }

    final void keep(FileChannel fetched) {
        copy = fetched;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public long size() throws IOException, InterruptedException {
        return fetched().size();
    }

    @Override
    public final @Nullable String crc32c() {
        return null;
    }

    @Override
    public InputStream open() throws IOException, InterruptedException {
        return new FilterInputStream(Channels.newInputStream(fetched().position(0))) {
            @Override
            public void close() {
                // the copy may be read once more
            }
        };
    }

    @Override
    public final void close() throws IOException {
        FileChannel file = copy;
        copy = null;
        if (file != null) {
            file.close();
        }
    }
}
