package dev.millrace.staging;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Default;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.Objects;

/**
 * The list of what a step's attempt has staged. Written last and create-only, so it exists only for an attempt that
 * finished.
 *
 * @param task the task that wrote it, {@code attempt} of it
 * @param parts in order; their rows sum up to {@code counts.rows}
 * @param rejects parts of {@link Reject} lines; their rows sum up to {@code counts.rejected}
 * @param nextCursor where the next incremental run starts; null when the endpoint has no cursor, or there is none yet
 * @param warnings for the run's log, each a sentence
 * @param receipt of what a source sent; null for a step that reads none, or a source that has no pages
 * @param startCursor that the ledger had when the records were read, and must still have when they are loaded; null
 *     when the endpoint has no cursor, or the ledger had none
 * @param schema the columns of the parts, where they were found in the records; null: they are those that the file says
 * @param texts whether the records are of a kind of file that knows texts only, without types and nesting
 * @param drift of the records from the schema; null for a step that knows no schema
 * @param origins parts of {@link Reject} lines without a reason, one for each row of the parts, in their order: what becomes of it if
 *     the load rejects it; empty: nobody has asked for them
 */
@Serdeable
public record Manifest(
        String task,
        int attempt,
        Format format,
        List<Part> parts,
        List<Part> rejects,
        Counts counts,
        @Nullable String nextCursor,
        List<String> warnings,
        @Nullable Receipt receipt,
        @Nullable Drift drift,
        @Nullable String startCursor,
        @Nullable List<Column> schema,
        @Default("false") boolean texts,
        @Default("[]") List<Part> origins) {
    /** Name of the object within the attempt's folder. */
    public static final String NAME = "manifest.json";

    /**
     * Name of a column that each Parquet part has beside those of the schema: INT64, never NULL, ascending from row to
     * row and from part to part: the part's number, as in its name, times 2^32, and the row's number in it, from 0. Warehouses have no order of
     * rows, and of two rows with one key the later one wins.
     */
    public static final String POSITION = "_millrace_position";

    /** Numbers of parts that each slice has for itself, so that positions of all slices are in their order. */
    public static final int PARTS_OF_A_SLICE = 131_072;

    @Creator // of several constructors, that which reads JSON
    public Manifest {
        parts = List.copyOf(parts);
        rejects = List.copyOf(rejects);
        warnings = List.copyOf(warnings);
        origins = List.copyOf(origins);
        schema = schema == null ? null : List.copyOf(schema);
        long rows = parts.stream().mapToLong(Part::rows).sum();
        long rejected = rejects.stream().mapToLong(Part::rows).sum();
        if (rows != counts.rows() || rejected != counts.rejected()) {
            throw new IllegalArgumentException("parts: " + rows + " rows, " + rejected + " rejects (expected: "
                    + counts.rows() + " rows, " + counts.rejected() + " rejects, as counted)");
        }
    }

    /** A manifest of parts whose columns the file says, if they have any. */
    public Manifest(
            String task,
            int attempt,
            Format format,
            List<Part> parts,
            List<Part> rejects,
            Counts counts,
            @Nullable String nextCursor,
            List<String> warnings,
            @Nullable Receipt receipt,
            @Nullable Drift drift,
            @Nullable String startCursor,
            boolean texts) {
        this(
                task,
                attempt,
                format,
                parts,
                rejects,
                counts,
                nextCursor,
                warnings,
                receipt,
                drift,
                startCursor,
                null,
                texts,
                List.of());
    }

    /** A manifest without a receipt, of a step that knows no schema. */
    public Manifest(
            String task,
            int attempt,
            Format format,
            List<Part> parts,
            List<Part> rejects,
            Counts counts,
            @Nullable String nextCursor,
            List<String> warnings) {
        this(task, attempt, format, parts, rejects, counts, nextCursor, warnings, null, null, null, false);
    }

    /**
     * All of a step that was done by slices, as one that was done as a whole. What is particular about an attempt, or about
     * incremental runs, which aren't cut, is that of the first.
     *
     * @param slices of all slices, in their order; at least one
     */
    public static Manifest joined(List<Manifest> slices) {
        Manifest first = slices.getFirst();
        return new Manifest(
                first.task,
                first.attempt,
                first.format,
                slices.stream().flatMap(slice -> slice.parts.stream()).toList(),
                slices.stream().flatMap(slice -> slice.rejects.stream()).toList(),
                slices.stream().map(Manifest::counts).reduce(Counts.NONE, Counts::plus),
                first.nextCursor,
                List.of(),
                null,
                slices.stream()
                        .map(Manifest::drift)
                        .filter(Objects::nonNull)
                        .reduce(Drift::joined)
                        .orElse(null),
                first.startCursor,
                first.schema,
                first.texts,
                slices.stream().flatMap(slice -> slice.origins.stream()).toList());
    }

    public enum Format {
        /** One JSON object per line, zstd: three times as fast as gzip, and read by the transformer only. */
        NDJSON_ZSTD,
        /** One JSON object per line, gzip: what everybody's tools read, for parts that are published. */
        NDJSON_GZIP,
        /** Parquet, zstd. */
        PARQUET
    }
}
