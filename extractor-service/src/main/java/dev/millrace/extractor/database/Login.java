package dev.millrace.extractor.database;

import dev.millrace.pipeline.ServerAddress;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.time.Duration;

/**
 * Where a database is and who asks, with secrets resolved.
 *
 * @param password null: none is sent
 * @param timeout for the connection to be made and the user to be accepted
 */
record Login(
        String host,
        String port,
        String database,
        String user,
        @Nullable String password,
        Duration timeout) {
    Login {
        // they may come from secrets, which nobody has looked at; in the URL of a driver they could set options
        check("host", ServerAddress.isHost(host), "the name or address of a host, without a port");
        check("port", ServerAddress.isPort(port), "1 to 65535");
        check("database", database.matches("[^/?#&;:,\\\\]+"), "a name without / ? # & ; : , and \\\\");
    }

    private static void check(String key, boolean valid, String expected) {
        if (!valid) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED, "the source's " + key + " can't be used (expected: " + expected + ")");
        }
    }

    /** As messages name the database. */
    String place() {
        return host + ":" + port + "/" + database;
    }

    /** As a URL has it. */
    String address() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    /** Whole seconds, at least one. */
    int timeoutSeconds() {
        return Math.clamp(timeout.toSeconds(), 1, 3600);
    }

    @Override
    public String toString() {
        return user + "@" + place();
    }
}
