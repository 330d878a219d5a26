package dev.millrace.emulator.http;

import java.io.IOException;

/** One of the emulated HTTP APIs. Used by several threads at once. */
public interface Api {
    /**
     * Does what the call asks for.
     *
     * @throws ApiException for an error that is to be answered
     */
    Answer handle(Request request) throws IOException;
}
