package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Origin;
import io.micronaut.core.annotation.Nullable;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** The values that are known about a record beside what is in it. Immutable, for use by several threads. */
final class MetadataValues {
    private final List<ColumnReader> columns;
    /** Values that are the same for all records; null where there is none. */
    private final Object[] constants;

    /** @param day null when the run loads everything */
    record Known(String run, @Nullable LocalDate day, Instant extracted) {}

    MetadataValues(List<ColumnReader> columns, Known known) {
        this.columns = columns;
        this.constants = new Object[columns.size()];
        for (int i = 0; i < constants.length; i++) {
            Column.Metadata metadata = columns.get(i).column().metadata();
            String text = metadata == null ? null : constant(metadata, known);
            constants[i] = text == null ? null : read(columns.get(i), text);
        }
    }

    private static @Nullable String constant(Column.Metadata metadata, Known known) {
        return switch (metadata) {
            case RUN -> known.run();
            case DAY -> known.day() == null ? null : known.day().toString();
            case EXTRACTED -> known.extracted().truncatedTo(ChronoUnit.MICROS).toString();
            case PART, ROW, ELEMENT, FILE, URL, LINE -> null;
        };
    }

    private static Object read(ColumnReader column, String text) {
        try {
            return column.parser().read(new Field(Field.Kind.TEXT, text), new ConversionWarnings());
        } catch (InvalidFieldValue e) {
            throw new MillraceException(
                    ErrorCode.PIPELINE_INVALID,
                    "column " + column.column().name() + ": '" + text + "' " + e.reason(),
                    e);
        }
    }

    /** Whether some column wants to know where a record stood in the source. */
    boolean haveOrigins() {
        return columns.stream()
                .map(column -> column.column().metadata())
                .anyMatch(metadata -> metadata == Column.Metadata.FILE
                        || metadata == Column.Metadata.URL
                        || metadata == Column.Metadata.LINE);
    }

    /**
     * @param element from 1; null: the record has none
     * @param origin where the record stood; null: nobody knows, or no column asks
     * @throws InvalidFieldValue when there is none for a column that is REQUIRED
     */
    @Nullable
    Object value(int column, int part, long row, @Nullable Long element, @Nullable Origin origin)
            throws InvalidFieldValue {
        Column declared = columns.get(column).column();
        Object value = switch (declared.metadata()) {
            case RUN, DAY, EXTRACTED -> constants[column];
            case PART -> (long) part;
            case ROW -> row;
            case ELEMENT -> element;
            case FILE -> origin == null ? null : read(columns.get(column), origin.place());
            case URL -> origin == null ? null : read(columns.get(column), url(origin.place()));
            case LINE -> origin == null ? null : origin.line();
            case null -> throw new IllegalArgumentException(declared.name() + " is no metadata");
        };
        if (value == null && declared.mode() == Column.Mode.REQUIRED) {
            throw new InvalidFieldValue("is REQUIRED, and the record has none");
        }
        return value;
    }

    /** Of a page whose request says more in its body there is more in front. */
    private static String url(String place) {
        int start = place.indexOf(" of http");
        return start < 0 ? place : place.substring(start + " of ".length());
    }
}
