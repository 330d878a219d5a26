/** Finds in a record what columns read of it, strictly, where it stands in its bytes. */
package dev.millrace.transformer.json;
