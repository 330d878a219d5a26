package dev.millrace.standalone.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Ports of the loopback. */
public final class Ports {
    private static final int LOWEST = 10_240;
    private static final int HIGHEST = 32_767;
    private static final int ATTEMPTS = 10_000;

    private Ports() {}

    /** Whether somebody listens on it; never on 0, which stands for a free one. */
    public static boolean isTaken(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return !socket.isBound();
        } catch (IOException e) {
            return true;
        }
    }

    /**
     * {@code count} different ones that nobody listens on at the moment. They lie below those that Linux (32768 to 60999,
     * {@code ip_local_port_range}) and other systems (from 49152, RFC 6335) give to outgoing connections: a process that is
     * started again finds its port free, however many connections were made while it was away.
     */
    static List<Integer> free(int count) {
        List<Integer> ports = ThreadLocalRandom.current()
                .ints(LOWEST, HIGHEST + 1)
                .limit(ATTEMPTS)
                .distinct()
                .filter(port -> !isTaken(port))
                .limit(count)
                .boxed()
                .toList();
        if (ports.size() < count) {
            throw new IllegalStateException("the loopback has no free port from " + LOWEST + " to " + HIGHEST);
        }
        return ports;
    }
}
