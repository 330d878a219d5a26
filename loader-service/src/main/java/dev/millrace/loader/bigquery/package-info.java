/** The warehouse in BigQuery: loads are jobs, and a job's id exists once. */
package dev.millrace.loader.bigquery;
