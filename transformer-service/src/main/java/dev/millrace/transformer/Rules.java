package dev.millrace.transformer;

/** The limits of a warehouse that a column's type says nothing of. */
enum Rules {
    /** DuckDB: JSON stays the text that it was. */
    NONE,
    /** BigQuery parses JSON, and refuses what it couldn't give back. */
    BIGQUERY
}
