/** Files in a folder, in a bucket of Cloud Storage, on the web or on a server of SFTP, packed or not. */
package dev.millrace.extractor.file;
