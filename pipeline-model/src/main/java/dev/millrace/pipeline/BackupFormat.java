package dev.millrace.pipeline;

import java.util.Locale;

/** How the rows of a backup are written. */
public enum BackupFormat {
    AVRO,
    PARQUET;

    /** The end of the files' names. */
    public String extension() {
        return name().toLowerCase(Locale.ROOT);
    }
}
