package dev.millrace.extractor.database;

import dev.failsafe.RetryPolicy;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Retries;
import dev.millrace.worker.TaskContext;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.SQLException;
import java.time.Duration;

/** Makes connections to the database of a source. For one run. */
final class DatabaseConnections {
    private final DatabaseSource source;
    private final Dialect dialect;
    private final Drivers drivers;
    private final RunSecrets secrets;
    private final TaskContext context;

    DatabaseConnections(
            DatabaseSource source, Dialect dialect, Drivers drivers, RunSecrets secrets, TaskContext context) {
        this.source = source;
        this.dialect = dialect;
        this.drivers = drivers;
        this.secrets = secrets;
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

    private Connection connectOnce(Login login) {
        context.checkStopped();
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
