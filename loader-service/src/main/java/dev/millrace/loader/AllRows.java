package dev.millrace.loader;

import java.io.InputStream;

/**
 * All rows of a table that are wanted, as they are after one load.
 *
 * @param version of the table's data
 * @param bytes fails when not all of them can be had; to be closed by the reader, until when the warehouse keeps what it needs
 */
public record AllRows(String version, InputStream bytes) {}
