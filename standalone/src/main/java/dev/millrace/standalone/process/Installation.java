package dev.millrace.standalone.process;

import java.net.URI;

/**
 * The four services on one machine, on the loopback, for the holder of the {@link Home.Lock}. Closing it
 * stops the workers first, so that they hand their tasks back, and then the gateway.
 */
public sealed interface Installation extends AutoCloseable permits OneProcess, FourProcesses {
    /** Base URL of the gateway. */
    URI gateway();

    @Override
    void close();
}
