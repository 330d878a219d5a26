package dev.millrace.gateway.store;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import java.time.Duration;

/**
 * The configuration of how long to wait for PostgreSQL; a parameter of the same kind in its URL is stronger. Whatever
 * runs into one of these is rolled back, answered with 503 or tried again.
 *
 * @param connectTimeout for a new connection
 * @param socketTimeout for an answer, after which the connection is given up; longer than a statement takes
 * @param statementTimeout for one statement
 * @param lockTimeout for a lock that another transaction holds
 * @param idleInTransactionTimeout after which the server ends a transaction that does nothing, and frees its locks
 * @see <a href="https://jdbc.postgresql.org/documentation/use/#connection-parameters">Connection parameters</a>
 * @see <a href="https://www.postgresql.org/docs/current/runtime-config-client.html">Client connection defaults</a>
 */
@ConfigurationProperties("millrace.database")
public record DatabaseConfig(
        @Bindable(defaultValue = "5s") Duration connectTimeout,
        @Bindable(defaultValue = "60s") Duration socketTimeout,
        @Bindable(defaultValue = "30s") Duration statementTimeout,
        @Bindable(defaultValue = "10s") Duration lockTimeout,
        @Bindable(defaultValue = "5m") Duration idleInTransactionTimeout) {
    public DatabaseConfig {
        // the driver counts these two in seconds; 0 would be no limit, to the driver and to the server
        check("connect-timeout", connectTimeout, Duration.ofSeconds(1));
        check("socket-timeout", socketTimeout, Duration.ofSeconds(1));
        check("statement-timeout", statementTimeout, Duration.ofMillis(1));
        check("lock-timeout", lockTimeout, Duration.ofMillis(1));
        check("idle-in-transaction-timeout", idleInTransactionTimeout, Duration.ofMillis(1));
        if (socketTimeout.compareTo(statementTimeout) <= 0) {
            throw new IllegalArgumentException("millrace.database.socket-timeout: " + socketTimeout
                    + " (expected: more than the statement-timeout of " + statementTimeout + ")");
        }
    }

    private static void check(String name, Duration value, Duration least) {
        if (value.compareTo(least) < 0) {
            throw new IllegalArgumentException(
                    "millrace.database." + name + ": " + value + " (expected: " + least + " or more)");
        }
    }
}
