package dev.millrace.loader.duckdb;

import dev.millrace.pipeline.Column;

/** BigQuery's types in DuckDB. */
final class Types {
    private static final int PRECISION = 38;
    private static final int SCALE = 9;

    private Types() {}

    /** As the engine's catalog writes it. */
    static String of(Column column) {
        return switch (column.type()) {
            case INTEGER -> "BIGINT";
            case NUMERIC ->
                "DECIMAL("
                        + (column.precision() == null ? PRECISION : column.precision())
                        + ","
                        + (column.scale() == null ? SCALE : column.scale())
                        + ")";
            case FLOAT -> "DOUBLE";
            case BOOLEAN -> "BOOLEAN";
            case STRING -> "VARCHAR";
            case DATE -> "DATE";
            case TIME -> "TIME";
            case DATETIME -> "TIMESTAMP";
            case TIMESTAMP -> "TIMESTAMP WITH TIME ZONE";
            case JSON -> "JSON"; // keeps the text as it was written
            case BIGNUMERIC, BYTES, INTERVAL, GEOGRAPHY, RECORD ->
                throw new IllegalArgumentException("a column of " + column.type() + " can't be loaded yet");
        };
    }

    /** The type that the column has in a staged file. */
    static String staged(Column column) {
        return column.type() == Column.Type.JSON ? "VARCHAR" : of(column);
    }
}
