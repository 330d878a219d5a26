/** Staging in a bucket of Cloud Storage. */
package dev.millrace.staging.gcs;
