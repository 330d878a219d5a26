/** Finds records in bytes and stages them: what all kinds of source have in common. */
package dev.millrace.extractor.check;
