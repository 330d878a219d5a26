package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Column.Mode;
import dev.millrace.pipeline.Column.OnError;
import dev.millrace.pipeline.Excess;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.pipeline.TextRules;
import dev.millrace.problem.Problem;
import io.micronaut.core.annotation.Nullable;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;

/** Columns as a pipeline file would have them, with all that is not said at its default. */
public final class Columns {
    private Columns() {}

    /** The only column of a schema, called v. */
    static Column read(String keys) {
        String file = """
                version: 1
                name: sample
                source: {type: files, folder: data}
                endpoints:
                  rows:
                    files: {pattern: "*", format: {type: ndjson}}
                    destination: {table: shop.rows, write: replace}
                    schema: [{name: v, %s}]
                """.formatted(keys);
        return switch (PipelineReader.read("sample.yaml", file)) {
            case PipelineReader.Result.Valid(Pipeline pipeline, List<Problem.FieldError> _) ->
                pipeline.endpoints()
                        .values()
                        .iterator()
                        .next()
                        .shaping()
                        .schema()
                        .getFirst();
            case PipelineReader.Result.Invalid(List<Problem.FieldError> errors) ->
                throw new IllegalArgumentException(errors.toString());
        };
    }

    public static Column column(String name, Column.Type type) {
        return column(name, type, Mode.NULLABLE, null, null, OnError.REJECT);
    }

    static Column required(String name, Column.Type type) {
        return column(name, type, Mode.REQUIRED, null, null, OnError.REJECT);
    }

    static Column nulling(String name, Column.Type type) {
        return column(name, type, Mode.NULLABLE, null, null, OnError.NULL);
    }

    public static Column at(String name, Column.Type type, String from) {
        return column(name, type, Mode.NULLABLE, from, null, OnError.REJECT);
    }

    static Column withDefault(String name, Column.Type type, String value) {
        return column(name, type, Mode.REQUIRED, null, value, OnError.REJECT);
    }

    static Column column(
            String name, Column.Type type, Mode mode, @Nullable String from, @Nullable String value, OnError onError) {
        return new Column(
                name,
                type,
                mode,
                from,
                null,
                List.of(),
                null,
                null,
                ZoneId.of("UTC"),
                value,
                onError,
                Excess.REJECT,
                false,
                null,
                null,
                List.of(),
                null,
                null,
                null,
                false);
    }

    static Column numeric(String name, int precision, int scale) {
        return decimal(name, Column.Type.NUMERIC, precision, scale);
    }

    static Column decimal(String name, Column.Type type, int precision, int scale) {
        return new Column(
                name,
                type,
                Mode.NULLABLE,
                null,
                null,
                List.of(),
                null,
                null,
                ZoneOffset.UTC,
                null,
                OnError.REJECT,
                Excess.REJECT,
                false,
                precision,
                scale,
                List.of(),
                null,
                null,
                null,
                false);
    }

    static Column formatted(String name, Column.Type type, String... formats) {
        return time(name, type, null, "UTC", formats);
    }

    static Column time(
            String name, Column.Type type, @Nullable String timezone, String sourceTimezone, String... formats) {
        return new Column(
                name,
                type,
                Mode.NULLABLE,
                null,
                null,
                List.of(formats),
                null,
                timezone == null ? null : ZoneId.of(timezone),
                ZoneId.of(sourceTimezone),
                null,
                OnError.REJECT,
                Excess.REJECT,
                false,
                null,
                null,
                List.of(),
                null,
                null,
                null,
                false);
    }

    static Column repeated(Column column) {
        return with(column, column.type(), Mode.REPEATED, column.onError(), column.fields());
    }

    static Column record(String name, Column... fields) {
        return with(
                column(name, Column.Type.STRING), Column.Type.RECORD, Mode.NULLABLE, OnError.REJECT, List.of(fields));
    }

    static Column nulling(Column column) {
        return with(column, column.type(), column.mode(), OnError.NULL, column.fields());
    }

    static Column optional(Column column) {
        return with(column, column.type(), column.mode(), column.onError(), column.fields(), true);
    }

    /** A column of texts that are written so. */
    static Column written(Column column, TextRules texts) {
        return with(column, column.type(), column.mode(), column.onError(), column.fields(), column.optional(), texts);
    }

    private static Column with(Column column, Column.Type type, Mode mode, OnError onError, List<Column> fields) {
        return with(column, type, mode, onError, fields, column.optional());
    }

    private static Column with(
            Column column, Column.Type type, Mode mode, OnError onError, List<Column> fields, boolean optional) {
        return with(column, type, mode, onError, fields, optional, column.texts());
    }

    private static Column with(
            Column column,
            Column.Type type,
            Mode mode,
            OnError onError,
            List<Column> fields,
            boolean optional,
            @Nullable TextRules texts) {
        return new Column(
                column.name(),
                type,
                mode,
                column.from(),
                texts,
                column.format(),
                column.epoch(),
                column.timezone(),
                column.sourceTimezone(),
                column.defaultValue(),
                onError,
                column.excess(),
                optional,
                column.precision(),
                column.scale(),
                fields,
                column.expression(),
                column.metadata(),
                column.description(),
                false);
    }
}
