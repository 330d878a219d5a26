package dev.millrace.extractor.database;

import dev.failsafe.RetryPolicy;
import dev.millrace.extractor.network.SourceAddresses;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Retries;
import dev.millrace.worker.TaskContext;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes connections to the database of a source. For one run. */
final class DatabaseConnections {
    private static final Logger LOG = LoggerFactory.getLogger(DatabaseConnections.class);

    private final DatabaseSource source;
    private final Dialect dialect;
    private final Drivers drivers;
    private final RunSecrets secrets;
    private final SourceAddresses addresses;
    private final TaskContext context;

    DatabaseConnections(
            DatabaseSource source,
            Dialect dialect,
            Drivers drivers,
            RunSecrets secrets,
            SourceAddresses addresses,
            TaskContext context) {
        this.source = source;
        this.dialect = dialect;
        this.drivers = drivers;
        this.secrets = secrets;
        this.addresses = addresses;
        this.context = context;
    }

    Login login() {
        return new Login(
                secrets.resolve(source.host()),
                secrets.resolve(source.portOrDefault()),
                secrets.resolve(source.database()),
                secrets.resolve(source.user()),
                source.password() == null ? null : secrets.resolve(source.password()),
                source.timeout());
    }

    /** A server that is about to start, or full for a moment, is asked again. */
    Connection connect(Login login) throws InterruptedException {
        RetryPolicy<Connection> policy = RetryPolicy.<Connection>builder()
                .handleIf(failure ->
                        failure instanceof MillraceException known && known.code() == ErrorCode.SOURCE_UNAVAILABLE)
                .withBackoff(Duration.ofMillis(500), Duration.ofSeconds(5))
                .withMaxAttempts(3)
                .build();
        return Retries.run(policy, _ -> connectOnce(login));
    }

    SourceAddresses addresses() {
        return addresses;
    }

    /** Of a driver's own connection nobody can say which of the addresses it takes, nor whether DNS says the same again. */
    private void checkAddress(String host) {
        try {
            List<InetAddress> _ = addresses.of(host);
        } catch (UnknownHostException e) {
            LOG.trace("the driver says so, too", e);
        }
    }

    private Connection connectOnce(Login login) {
        context.checkStopped();
        checkAddress(login.host());
        String url = dialect.url(login, source.tls().mode());
        Driver driver = drivers.driver(url, dialect);
        Tls tls = source.tls();
        try (TlsFiles files = tls.mode() == Tls.Mode.DISABLE ? null : TlsFiles.of(tls, secrets)) {
            Connection connection = driver.connect(url, dialect.properties(login, tls.mode(), files));
            if (connection == null) {
                throw new IllegalStateException(driver.getClass() + " doesn't know its own URL");
            }
            return connection;
        } catch (SQLException e) {
            throw DatabaseFailure.connecting(login, dialect, e);
        }
    }
}
