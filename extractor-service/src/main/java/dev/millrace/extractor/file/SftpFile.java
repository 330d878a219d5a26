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
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/** A file of a server of SFTP. */
final class SftpFile extends FetchedFile {
    private final SftpSession session;
    private final String path;
    private final TaskContext context;
    private final Path scratch;

    /**
     * @param path on the server
     * @param name below the source's folder, with slashes
     * @param scratch folder for its copy
     */
    SftpFile(SftpSession session, String path, String name, TaskContext context, Path scratch) {
        super(name);
        this.session = session;
        this.path = path;
        this.context = context;
        this.scratch = scratch;
    }

    @Override
    public String version() {
        return name();
    }

    /** The server knows no more than a time in seconds, which whoever writes the file may set back. */
    @Override
    public @Nullable String state(@Nullable String before) {
        return null;
    }

    /** As the server says, so that one of another size isn't fetched to be compared. */
    @Override
    public long size() throws IOException, InterruptedException {
        return isFetched() ? super.size() : attributes().getSize();
    }

    @Override
    FileChannel fetch() throws IOException, InterruptedException {
        SftpATTRS before = attributes();
        FileChannel file = session.ask(name(), ErrorCode.SOURCE_INCONSISTENT, channel -> {
            try (InputStream in = channel.get(SftpFolder.quoted(path))) {
                return ScratchFile.of(stoppable(in), scratch, "download");
            }
        });
        try {
            SftpATTRS after = attributes();
            if (file.size() != before.getSize()
                    || after.getSize() != before.getSize()
                    || after.getMTime() != before.getMTime()) {
                throw new MillraceException(
                        ErrorCode.SOURCE_INCONSISTENT, name() + " was changed or removed while it was read");
            }
            return file;
        } catch (IOException | InterruptedException | RuntimeException e) {
            file.close();
            throw e;
        }
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
        return session.ask(name(), ErrorCode.SOURCE_INCONSISTENT, channel -> channel.stat(SftpFolder.quoted(path)));
    }
}
