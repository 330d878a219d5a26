/**
 * BigQuery's REST API as far as Millrace uses it, with jobs that are executed by DuckDB.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest">BigQuery API</a>
 */
@NullMarked
package dev.millrace.emulator.bigquery;

import org.jspecify.annotations.NullMarked;
