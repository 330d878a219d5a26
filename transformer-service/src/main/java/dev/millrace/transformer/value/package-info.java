/** Reads values as the types of columns say, exactly, into columns of rows. */
package dev.millrace.transformer.value;
