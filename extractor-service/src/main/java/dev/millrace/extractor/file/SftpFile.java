package dev.millrace.extractor.file;

import com.jcraft.jsch.SftpATTRS;
import dev.millrace.extractor.record.ScratchFile;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * A file of a server of SFTP. It is fetched as a whole before it is read, so that a connection that is lost is tried again and nothing is
 * read twice. For one thread.
 */
final class SftpFile implements SourceFile {
    private final SftpSession session;
    private final String path;
    private final String name;
    private final TaskContext context;
    private final Path scratch;
    private @Nullable FileChannel copy;

    /**
     * @param path on the server
     * @param name below the source's folder, with slashes
     * @param scratch folder for its copy
     */
    SftpFile(SftpSession session, String path, String name, TaskContext context, Path scratch) {
        this.session = session;
        this.path = path;
        this.name = name;
        this.context = context;
        this.scratch = scratch;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String version() {
        return name;
    }

    /** The server knows no more than a time in seconds, which whoever writes the file may set back. */
    @Override
    public @Nullable String state(@Nullable String before) {
        return null;
    }

    @Override
    public long size() throws IOException, InterruptedException {
        return copy == null ? attributes().getSize() : copy.size();
    }

    @Override
    public @Nullable String crc32c() {
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

    private FileChannel fetched() throws IOException, InterruptedException {
        FileChannel file = copy;
        if (file == null) {
            SftpATTRS before = attributes();
            file = session.ask(name, ErrorCode.SOURCE_INCONSISTENT, channel -> {
                try (InputStream in = channel.get(SftpFolder.quoted(path))) {
                    return ScratchFile.of(stoppable(in), scratch, "download");
                }
            });
            copy = file;
            SftpATTRS after = attributes();
            if (file.size() != before.getSize()
                    || after.getSize() != before.getSize()
                    || after.getMTime() != before.getMTime()) {
                throw new MillraceException(
                        ErrorCode.SOURCE_INCONSISTENT, name + " was changed or removed while it was read");
            }
        }
        return file;
    }

    private InputStream stoppable(InputStream in) {
        return new FilterInputStream(in) {
            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                context.checkStopped();
                return super.read(buffer, offset, length);
            }
        };
    }

    private SftpATTRS attributes() throws InterruptedException {
        return session.ask(name, ErrorCode.SOURCE_INCONSISTENT, channel -> channel.stat(SftpFolder.quoted(path)));
    }

    @Override
    public void close() throws IOException {
        FileChannel file = copy;
        copy = null;
        if (file != null) {
            file.close();
        }
    }
}
