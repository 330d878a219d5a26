package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.StandardSQLTypeName;
import dev.millrace.pipeline.Column;
import dev.millrace.staging.StagedType;
import java.util.stream.Collectors;

/**
 * Columns in BigQuery: in the table, and in the stage table, whose types are those that Parquet can carry there
 * (https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-parquet#type_conversions). The others travel as
 * text and become what they are in the commit.
 */
final class Types {
    private Types() {}

    /** For SQL; without NOT NULL, at any depth. */
    static String of(Column column) {
        String type = single(column);
        return column.mode() == Column.Mode.REPEATED ? "ARRAY<" + type + ">" : type;
    }

    private static String single(Column column) {
        return switch (column.type()) {
            case INTEGER -> "INT64";
            case FLOAT -> "FLOAT64";
            case BOOLEAN -> "BOOL";
            case NUMERIC, BIGNUMERIC ->
                column.type()
                        + (column.precision() == null ? "" : "(" + column.precision() + ", " + column.scale() + ")");
            case STRING, BYTES, DATE, TIME, DATETIME, TIMESTAMP, INTERVAL, JSON, GEOGRAPHY ->
                column.type().name();
            case RECORD ->
                column.fields().stream()
                        .map(field -> Sql.name(field.name()) + " " + of(field))
                        .collect(Collectors.joining(", ", "STRUCT<", ">"));
        };
    }

    /** As parameters of queries have it; of no RECORD. */
    static StandardSQLTypeName standard(Column.Type type) {
        return switch (type) {
            case INTEGER -> StandardSQLTypeName.INT64;
            case FLOAT -> StandardSQLTypeName.FLOAT64;
            case BOOLEAN -> StandardSQLTypeName.BOOL;
            default -> StandardSQLTypeName.valueOf(type.name());
        };
    }

    /** Whether the column, or a column within it, is text in the stage table and something else in the table. */
    static boolean travelsAsText(Column column) {
        return switch (StagedType.of(column.type())) {
            case INT64, DECIMAL, DOUBLE, BOOL, STRING, BYTES, DATE, TIMESTAMP -> false;
            case LITERAL -> true;
            case STRUCT -> column.fields().stream().anyMatch(Types::travelsAsText);
        };
    }
}
