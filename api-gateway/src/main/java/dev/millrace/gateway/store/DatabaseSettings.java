package dev.millrace.gateway.store;

import dev.millrace.gateway.store.embedded.H2File;
import dev.millrace.gateway.store.embedded.H2Url;
import io.micronaut.configuration.jdbc.hikari.DatasourceConfiguration;
import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import jakarta.inject.Singleton;

/** The settings of the run database that the gateway relies on, added to what the configuration says of it. */
@Singleton
final class DatabaseSettings implements BeanCreatedEventListener<DatasourceConfiguration> {
    private final DatabaseConfig config;

    DatabaseSettings(DatabaseConfig config) {
        this.config = config;
    }

    @Override
    public DatasourceConfiguration onCreated(BeanCreatedEvent<DatasourceConfiguration> event) {
        DatasourceConfiguration datasource = event.getBean();
        String url = datasource.getUrl();
        if (url != null && H2Url.isH2(url)) {
            String complete = H2Url.complete(url);
            H2File.shrink(complete, datasource.getUsername(), datasource.getPassword());
            H2File.migrate(complete, datasource.getUsername(), datasource.getPassword());
            datasource.setUrl(complete);
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
