package dev.millrace.pipeline.database;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.Limits;
import dev.millrace.pipeline.References;
import dev.millrace.pipeline.SecretReference;
import dev.millrace.pipeline.ServerAddress;
import dev.millrace.pipeline.Source;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A relational database. It is only read, in one session for each run.
 *
 * @param port null: the one that the product has by default
 * @param database name of it, in which schemas and tables are
 * @param password null: the user has none, or proves who it is by a certificate
 * @param timeout for the connection to be made and the user to be accepted
 */
@Serdeable
@JsonTypeName("database")
@Doc("A relational database.")
public record DatabaseSource(
        @Doc("Which product it is.") Product product,

        @References(References.Allowed.SECRETS) @Doc("Name or address of its host.")
        String host,

        @References(References.Allowed.SECRETS) @Doc("Port; by default that of the product.") @Nullable
        String port,

        @References(References.Allowed.SECRETS) @Doc("Name of the database; of Oracle that of the service.")
        String database,

        @References(References.Allowed.SECRETS) @Doc("User to log in as; one that may only read is enough.")
        String user,

        @References(References.Allowed.SECRET_REQUIRED) @Doc("Password, a secret reference.") @Nullable
        String password,

        @Default("{}") @Doc("How the connection is encrypted, and whose server is believed.")
        Tls tls,

        @Default("30s") @Doc("How long to wait for a connection.")
        Duration timeout)
        implements Source {
    /** Products that are spoken to. */
    public enum Product {
        POSTGRESQL(5432),
        MYSQL(3306),
        MARIADB(3306),
        SQLSERVER(1433),
        ORACLE(1521);

        private final int port;

        Product(int port) {
            this.port = port;
        }
    }

    public DatabaseSource {
        Checks checks = new Checks();
        checks.that(
                SecretReference.isIn(host) || ServerAddress.isHost(host),
                "host",
                host,
                "the name or address of a host, without a port and without a scheme");
        checks.that(
                port == null || SecretReference.isIn(port) || ServerAddress.isPort(port),
                "port",
                String.valueOf(port),
                "1 to 65535");
        checks.that(!database.isBlank(), "database", database, "the name of a database");
        checks.that(!user.isBlank(), "user", user, "the name of a user");
        checks.that(timeout.isPositive(), "timeout", timeout, "more than zero");
        checks.done();
    }

    /** The port to connect to; may be a reference. */
    public String portOrDefault() {
        return port == null ? String.valueOf(product.port) : port;
    }

    @Override
    public @Nullable Limits limits() {
        return null;
    }

    @Override
    public DatabaseSource in(Path folder) {
        return this;
    }
}
