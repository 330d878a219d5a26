package dev.millrace.staging;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/** The compression of lines in staging. */
public final class Ndjson {
    private static final int BUFFER = 64 * 1024;

    private Ndjson() {}

    /**
     * Compresses what is written to it; closing it ends the compressed data and closes the target.
     *
     * @param format one of those of lines
     */
    public static OutputStream compress(Manifest.Format format, OutputStream target) throws IOException {
        return switch (format) {
            // each call of the compressor leaves Java, which costs as much as a hundred bytes
            case NDJSON_ZSTD -> new BufferedOutputStream(new ZstdOutputStreamNoFinalizer(target, 1), BUFFER);
            case NDJSON_GZIP -> new FastGzip(target);
            case PARQUET -> throw new IllegalArgumentException(format + " has no lines");
        };
    }

    /**
     * The lines of a part. Reading it fails with {@link com.github.luben.zstd.ZstdIOException},
     * {@link java.util.zip.ZipException} or {@link java.io.EOFException} where the compressed data is damaged or ends
     * too early.
     *
     * @param format one of those of lines
     */
    public static InputStream decompress(Manifest.Format format, InputStream stored) throws IOException {
        return switch (format) {
            case NDJSON_ZSTD -> new ZstdInputStreamNoFinalizer(stored);
            case NDJSON_GZIP -> new GZIPInputStream(stored, BUFFER);
            case PARQUET -> throw new IllegalArgumentException(format + " has no lines");
        };
    }

    /** For the tools of those who read a bucket, and otherwise as fast as gzip goes. */
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream target) throws IOException {
            super(target, BUFFER);
            def.setLevel(1);
        }
    }
}
