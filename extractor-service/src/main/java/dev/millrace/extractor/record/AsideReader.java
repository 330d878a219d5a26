package dev.millrace.extractor.record;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** The lines of {@link LinesAside}, one after the other. For one thread. */
public final class AsideReader implements AutoCloseable {
    private final StagingStore staging;
    private final Deque<Part> parts;
    private @Nullable InputStream open;
    private String name = "";

    AsideReader(StagingStore staging, List<Part> parts) {
        this.staging = staging;
        this.parts = new ArrayDeque<>(parts);
    }

    /**
     * The next line, without its end; null: there are no more.
     *
     * @throws MillraceException {@code STAGING_CORRUPT} when a part is not what it was, {@code STAGING_UNAVAILABLE}
     */
    public byte @Nullable [] next() {
        try {
            while (true) {
                if (open == null) {
                    Part part = parts.poll();
                    if (part == null) {
                        return null;
                    }
                    name = part.path();
                    open = new BufferedInputStream(
                            Ndjson.decompress(Manifest.Format.NDJSON_ZSTD, staging.open(part)), 64 * 1024);
                }
                byte[] line = line(open);
                if (line != null) {
                    return line;
                }
                open.close();
                open = null;
            }
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.STAGING_UNAVAILABLE, "can't read " + name + " in staging", e);
        }
    }

    private static byte @Nullable [] line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b >= 0; b = in.read()) {
            if (b == '\n') {
                return line.toByteArray();
            }
            line.write(b);
        }
        return null; // each line has its end
    }

    @Override
    public void close() {
        try {
            if (open != null) {
                open.close();
            }
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.STAGING_UNAVAILABLE, "can't read " + name + " in staging", e);
        }
    }
}
