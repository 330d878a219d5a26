/**
 * GoogleSQL, translated into the SQL of the engine.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/introduction">GoogleSQL for BigQuery</a>
 */
@NullMarked
package dev.millrace.emulator.bigquery.googlesql;

import org.jspecify.annotations.NullMarked;
