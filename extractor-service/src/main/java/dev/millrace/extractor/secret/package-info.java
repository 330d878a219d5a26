/** Secrets of the sources. Their values live here and in requests, nowhere else. */
package dev.millrace.extractor.secret;
