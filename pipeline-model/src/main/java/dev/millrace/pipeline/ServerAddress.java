package dev.millrace.pipeline;

import java.net.Inet6Address;

/** Where a server is that has no URL: a host, and a port beside it. */
public final class ServerAddress {
    private static final int MAX_PORT = 65_535;

    private ServerAddress() {}

    /** Whether a text is the name or address of a host, without a port. Nothing is asked of DNS. */
    public static boolean isHost(String text) {
        return text.matches("[A-Za-z0-9._-]+") || (text.matches("[0-9A-Fa-f:.]+") && isOfVersion6(text));
    }

    private static boolean isOfVersion6(String text) {
        try {
            Inet6Address.ofLiteral(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false; // such as a:22, a host with a port
        }
    }

    /** Whether a text is the number of a port. */
    public static boolean isPort(String text) {
        return text.matches("[1-9][0-9]{0,4}") && Integer.parseInt(text) <= MAX_PORT;
    }
}
