/** Secrets of the sources where they are files: for the extractor, and for the command line that makes them. */
package dev.millrace.secret;
