/** Files in a folder: CSV, NDJSON and JSON, gzip or not. */
package dev.millrace.extractor.file;
