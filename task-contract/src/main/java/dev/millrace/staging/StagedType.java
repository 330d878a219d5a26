package dev.millrace.staging;

import dev.millrace.pipeline.Column;

/**
 * The form of a column's values in a staged Parquet part, whatever the warehouse. A part has exactly the columns of
 * the schema, in its order and by its names; every column is optional in Parquet. A REPEATED column is a list of three
 * levels, never NULL and without NULLs; a RECORD is a group of its fields. So BigQuery can load a part with {@code
 * enableListInference} and into columns of the types that are named here, and change nothing while it does
 * (https://cloud.google.com/bigquery/docs/loading-data-cloud-storage-parquet#parquet_conversions).
 */
public enum StagedType {
    /** INT64. */
    INT64,
    /** DECIMAL(38, 9), whatever the column's own precision and scale, which the value fits. */
    DECIMAL,
    /** DOUBLE, finite. */
    DOUBLE,
    /** BOOLEAN. */
    BOOL,
    /** BYTE_ARRAY, annotated as UTF-8. */
    STRING,
    /** BYTE_ARRAY. */
    BYTES,
    /** INT32, annotated as DATE. */
    DATE,
    /** INT64, annotated as TIMESTAMP of microseconds, adjusted to UTC. */
    TIMESTAMP,
    /**
     * BYTE_ARRAY, annotated as UTF-8: a text that the commit makes the value of, because Parquet has no such type or
     * BigQuery doesn't load it from Parquet. It is written as BigQuery writes the value
     * (https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical#literals):
     *
     * <ul>
     *   <li>DATETIME {@code 2026-01-31T06:00:00.123456} and TIME {@code 06:00:00.123456}, always with six digits of a
     *       second's fraction
     *   <li>BIGNUMERIC {@code -12.5}: no exponent, no zeros at the end of the fraction, no {@code +}
     *   <li>INTERVAL {@code 1-2 3 -4:5:6.5}: years and months, days, hours to seconds, each part with its own sign
     *   <li>JSON as it was sent, character by character
     *   <li>GEOGRAPHY as WKT or GeoJSON, as it was sent
     * </ul>
     */
    LITERAL,
    /** A group of the fields. */
    STRUCT;

    /** Of one value: of an element, if the column is REPEATED. */
    public static StagedType of(Column.Type type) {
        return switch (type) {
            case INTEGER -> INT64;
            case NUMERIC -> DECIMAL;
            case FLOAT -> DOUBLE;
            case BOOLEAN -> BOOL;
            case STRING -> STRING;
            case BYTES -> BYTES;
            case DATE -> DATE;
            case TIMESTAMP -> TIMESTAMP;
            case BIGNUMERIC, TIME, DATETIME, INTERVAL, JSON, GEOGRAPHY -> LITERAL;
            case RECORD -> STRUCT;
        };
    }
}
