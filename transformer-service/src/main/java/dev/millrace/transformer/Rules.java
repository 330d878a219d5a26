package dev.millrace.transformer;

/** What a warehouse can't hold although the column's type says nothing of it. */
enum Rules {
    /** DuckDB: JSON stays the text that it was. */
    NONE,
    /** BigQuery parses JSON, and refuses what it couldn't give back. */
    BIGQUERY
}
