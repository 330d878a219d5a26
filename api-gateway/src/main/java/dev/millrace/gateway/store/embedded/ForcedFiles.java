package dev.millrace.gateway.store.embedded;

import dev.millrace.staging.FolderEntries;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.h2.message.DbException;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;

/**
 * Files of which each write is on disk before the next one begins; in H2's URLs the file system {@code forced}.
 *
 * <p>H2 writes what has changed as chunks, in the order of its versions, and reuses the space of chunks that the version
 * before needs no more. If the order on disk were another one, a power cut could leave a file whose last whole version
 * has been written over. With this order there is always one, so H2 need not keep old chunks for long
 * ({@code RETENTION_TIME}), which is what lets the file stay small.
 *
 * <p>Public, with a constructor without arguments, because H2 makes one for each path.
 */
public final class ForcedFiles extends FilePathWrapper {
    static final String SCHEME = "forced";

    /** Makes the file system known to H2, in this process; may be repeated. */
    static void register() {
        FilePath.register(new ForcedFiles());
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FileChannel open(String mode) throws IOException {
        boolean exists = exists();
        FileChannel channel = super.open(mode);
        if (mode.equals("r")) {
            return channel;
        }
        if (!exists) {
            forceFolder();
        }
        return new ForcedFile(channel);
    }

    @Override
    public void moveTo(FilePath target, boolean atomicReplace) {
        super.moveTo(target, atomicReplace);
        try {
            forceFolder();
        } catch (IOException e) {
            throw DbException.convertIOException(e, toString());
        }
    }

    private void forceFolder() throws IOException {
        Path folder = Path.of(getBase().toRealPath().getParent().toString());
        if (Files.isDirectory(folder)) { // or it is of another file system of H2
            FolderEntries.force(folder);
        }
    }
}
