package dev.millrace.pipeline;

import java.util.Locale;

/** A format of the files that {@link Export exports} write. */
public enum ExportFormat {
    /** A JSON object in each line. */
    NDJSON,
    /** One JSON array of objects. */
    JSON,
    /** RFC 4180, with a header. */
    CSV,
    PARQUET,
    AVRO;

    /** With which the names of the files end, without the dot. */
    public String extension() {
        return name().toLowerCase(Locale.ROOT);
    }
}
