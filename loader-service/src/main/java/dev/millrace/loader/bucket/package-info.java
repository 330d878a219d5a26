/** Publishes records as they were read, with a marker that names the files that count. */
package dev.millrace.loader.bucket;
