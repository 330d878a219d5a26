package dev.millrace.extractor.format;

import java.io.IOException;
import java.io.InputStream;

/** A file that is read in parts. */
public interface RangedFile {
    /** For errors. */
    String name();

    /** In bytes, as stored. */
    long size();

    /**
     * @param from offset in bytes
     * @param to likewise, exclusive
     * @return exactly these bytes, which the caller closes
     */
    InputStream open(long from, long to) throws IOException;
}
