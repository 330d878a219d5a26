package dev.millrace.loader;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.staging.Part;
import dev.millrace.staging.Upload;
import dev.millrace.task.Query;
import dev.millrace.task.RowForm;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes rows of a query's answer into a file of lines, one row after the other. For one thread. */
public final class RowFile {
    private static final JsonFactory JSON = new JsonFactory();

    private final ExportFormat format;
    private final List<Query.Field> columns;
    private final Upload upload;
    private final OutputStream out;
    private final JsonGenerator json;
    private long rows;

    /** @param format one of those of lines */
    public RowFile(ExportFormat format, List<Query.Field> columns, Upload upload) throws IOException {
        this.format = format;
        this.columns = columns;
        this.upload = upload;
        this.out = upload.stream();
        this.json = JSON.createGenerator(out);
        switch (format) {
            case NDJSON -> json.setRootValueSeparator(new SerializedString("\n"));
            case JSON -> {
                json.setRootValueSeparator(new SerializedString(",\n"));
                out.write("[\n".getBytes(StandardCharsets.UTF_8));
            }
            case CSV -> out.write(RowForm.CSV.head(columns));
            case PARQUET, AVRO -> throw new IllegalArgumentException(format + " has no lines");
        }
    }

    /** @param row a text for each column, null for NULL, as {@link Query.Result} has them */
    public void add(List<@Nullable String> row) throws IOException {
        if (format == ExportFormat.CSV) {
            out.write(RowForm.CSV.rows(columns, List.of(row)));
        } else {
            RowForm.write(json, columns, row);
        }
        rows++;
    }

    public long rows() {
        return rows;
    }

    /** Bytes that have been written so far, but for what is still held back. */
    public long bytes() {
        return upload.bytes();
    }

    /** Ends the file and makes it visible. */
    public Part commit() throws IOException {
        json.flush();
        String end = rows == 0 ? "" : "\n";
        switch (format) {
            case NDJSON -> out.write(end.getBytes(StandardCharsets.UTF_8));
            case JSON -> out.write((end + "]\n").getBytes(StandardCharsets.UTF_8));
            case CSV, PARQUET, AVRO -> {}
        }
        return upload.commit(rows);
    }
}
