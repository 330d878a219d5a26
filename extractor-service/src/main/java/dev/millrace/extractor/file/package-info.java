/** Files in a folder or in a bucket of Cloud Storage, packed or not. */
package dev.millrace.extractor.file;
