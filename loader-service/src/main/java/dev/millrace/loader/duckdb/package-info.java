/** The embedded warehouse: one DuckDB file, opened by one process. */
package dev.millrace.loader.duckdb;
