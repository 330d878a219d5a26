/** Reads staged lines, and writes staged parts. */
package dev.millrace.transformer.staged;
