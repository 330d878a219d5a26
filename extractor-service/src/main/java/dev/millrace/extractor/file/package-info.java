/** Files in a folder or in a bucket of Cloud Storage: CSV, NDJSON and JSON, gzip or not. */
package dev.millrace.extractor.file;
