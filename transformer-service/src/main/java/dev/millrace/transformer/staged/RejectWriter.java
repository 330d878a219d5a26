package dev.millrace.transformer.staged;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** The writer of a part of rejects, or of what may become some; without any it stages nothing. For one thread. */
public final class RejectWriter implements AutoCloseable {
    private final StagingStore staging;
    private final ObjectMapper json;
    private final String path;
    private @Nullable Upload upload;
    private @Nullable OutputStream out;
    private long rows;

    /** @param name of the part, without its number */
    public RejectWriter(StagingStore staging, ObjectMapper json, String folder, String name) {
        this.staging = staging;
        this.json = json;
        this.path = folder + "/" + name + "-00000.ndjson.gz";
    }

    public void append(List<Reject> some) {
        try {
            for (Reject reject : some) {
                OutputStream lines = open();
                lines.write(json.writeValueAsBytes(reject));
                lines.write('\n');
                rows++;
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private OutputStream open() throws IOException {
        OutputStream lines = out;
        if (lines == null) {
            Upload begun = staging.upload(path);
            upload = begun;
            lines = new GZIPOutputStream(begun.stream(), 64 * 1024);
            out = lines;
        }
        return lines;
    }

    /** The staged part, if there were rejects. */
    public List<Part> finish() {
        if (upload == null || out == null) {
            return List.of();
        }
        try {
            out.close();
            return List.of(upload.commit(rows));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private MillraceException failed(IOException cause) {
        return new MillraceException(
                ErrorCode.STAGING_UNAVAILABLE, "can't write " + path + " to staging: " + cause.getMessage(), cause);
    }

    @Override
    public void close() {
        if (upload != null) {
            upload.close();
        }
    }
}
