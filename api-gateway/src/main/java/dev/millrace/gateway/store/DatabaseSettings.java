package dev.millrace.gateway.store;

import io.micronaut.configuration.jdbc.hikari.DatasourceConfiguration;
import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import jakarta.inject.Singleton;

/** The settings of the run database that the gateway relies on, added to what the configuration says of it. */
@Singleton
final class DatabaseSettings implements BeanCreatedEventListener<DatasourceConfiguration> {
    /**
     * Makes H2 read PostgreSQL's SQL and, above all, keep its word: by default it writes a commit to disk up to half a
     * second later (https://h2database.com/html/commands.html#set_write_delay), and a killed process would lose it.
     */
    private static final String H2 =
            ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;WRITE_DELAY=0;LOCK_TIMEOUT=10000;DB_CLOSE_ON_EXIT=FALSE";

    private final DatabaseConfig config;

    DatabaseSettings(DatabaseConfig config) {
        this.config = config;
    }

    @Override
    public DatasourceConfiguration onCreated(BeanCreatedEvent<DatasourceConfiguration> event) {
        DatasourceConfiguration datasource = event.getBean();
        String url = datasource.getUrl();
        if (url != null && url.startsWith("jdbc:h2:")) {
            datasource.setUrl(url + H2);
        }
        if (url != null && url.startsWith("jdbc:postgresql:")) {
            postgres(datasource);
        }
        return datasource;
    }

    /** By default a cut connection is waited for without end, and a standby that takes no writes is taken. */
    private void postgres(DatasourceConfiguration datasource) {
        datasource.addDataSourceProperty("ApplicationName", "millrace");
        datasource.addDataSourceProperty("tcpKeepAlive", "true");
        datasource.addDataSourceProperty("targetServerType", "primary");
        datasource.addDataSourceProperty(
                "connectTimeout", Long.toString(config.connectTimeout().toSeconds()));
        datasource.addDataSourceProperty(
                "socketTimeout", Long.toString(config.socketTimeout().toSeconds()));
        datasource.addDataSourceProperty(
                "options",
                "-c statement_timeout=" + config.statementTimeout().toMillis() + " -c lock_timeout="
                        + config.lockTimeout().toMillis() + " -c idle_in_transaction_session_timeout="
                        + config.idleInTransactionTimeout().toMillis());
    }
}
