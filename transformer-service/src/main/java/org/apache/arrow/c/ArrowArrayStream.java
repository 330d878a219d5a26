package org.apache.arrow.c;

/**
 * What DuckDB's driver wants of Arrow's Java library, by this name, when a stream is registered: where the C structure
 * of the stream is. The library itself would bring another way to make such streams, with native code of its own.
 */
public interface ArrowArrayStream {
    /** Address of a {@code struct ArrowArrayStream} (https://arrow.apache.org/docs/format/CStreamInterface.html). */
    long memoryAddress();
}
