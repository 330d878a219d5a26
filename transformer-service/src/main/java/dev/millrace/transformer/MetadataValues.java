package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Origin;
import dev.millrace.transformer.json.Field;
import dev.millrace.transformer.json.InvalidFieldValue;
import dev.millrace.transformer.staged.Lines;
import dev.millrace.transformer.value.ColumnReader;
import dev.millrace.transformer.value.ConversionWarnings;
import io.micronaut.core.annotation.Nullable;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The values that are known about a record beside what is in it. Immutable, for use by several threads. */
final class MetadataValues {
    private final List<ColumnReader> columns;
    /** Values that are the same for all records; null where there is none. */
    private final Object[] constants;

    private final boolean asked;
    private final boolean origins;

    /** @param day null when the run loads everything */
    record Known(String run, @Nullable RunWindow day, Instant extracted) {}

    MetadataValues(List<ColumnReader> columns, Known known) {
        this.columns = columns;
        Set<Column.Metadata> wanted = columns.stream()
                .flatMap(column -> Stream.ofNullable(column.column().metadata()))
                .collect(Collectors.toSet());
        this.asked = !wanted.isEmpty();
        this.origins = !Collections.disjoint(
                wanted, EnumSet.of(Column.Metadata.FILE, Column.Metadata.URL, Column.Metadata.LINE));
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
            case DAY ->
                known.day() == null ? null : known.day().begin().toLocalDate().toString();
            case EXTRACTED -> known.extracted().truncatedTo(ChronoUnit.MICROS).toString();
            case PART, ROW, ELEMENT, FILE, URL, LINE, RECORD -> null;
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

    /**
     * What is known about one record.
     *
     * @param part number of its part
     * @param row its place there
     * @param origin where it stood; null: nobody knows, or no column asks
     * @param whole the record itself
     */
    record About(int part, long row, @Nullable Origin origin, Field whole) {
        private static final About NOTHING = new About(0, 0, null, Field.NULL);
    }

    /** What columns want to know about the record on a line; made for each one, so it is nothing when none asks. */
    About about(int part, Lines lines, int line) {
        return asked
                ? new About(
                        part,
                        lines.firstRow() + line,
                        origins ? lines.knownOrigin(line) : null,
                        new Field(Field.Kind.OBJECT, lines.bytes(), lines.start(line), lines.end(line), false))
                : About.NOTHING;
    }

    /**
     * @param element from 1; null: the record has none
     * @throws InvalidFieldValue when there is none for a column that is REQUIRED, or the warehouse can't hold it
     */
    @Nullable
    Object value(int column, About about, @Nullable Long element, ConversionWarnings changes) throws InvalidFieldValue {
        ColumnReader reader = columns.get(column);
        Column declared = reader.column();
        Origin origin = about.origin();
        Object value = switch (declared.metadata()) {
            case RUN, DAY, EXTRACTED -> constants[column];
            case PART -> (long) about.part();
            case ROW -> about.row();
            case ELEMENT -> element;
            case FILE -> origin == null ? null : read(reader, origin.place());
            case URL -> origin == null ? null : read(reader, url(origin.place()));
            case LINE -> origin == null ? null : origin.line();
            case RECORD -> reader.value(about.whole(), changes);
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
