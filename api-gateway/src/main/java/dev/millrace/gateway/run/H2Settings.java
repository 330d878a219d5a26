package dev.millrace.gateway.run;

import io.micronaut.configuration.jdbc.hikari.DatasourceConfiguration;
import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import jakarta.inject.Singleton;

/**
 * Makes H2 read PostgreSQL's SQL and, above all, keep its word: by default it writes a commit to disk up to half a
 * second later (https://h2database.com/html/commands.html#set_write_delay), and a killed process would lose it.
 */
@Singleton
final class H2Settings implements BeanCreatedEventListener<DatasourceConfiguration> {
    private static final String SETTINGS =
            ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH;WRITE_DELAY=0;LOCK_TIMEOUT=10000;DB_CLOSE_ON_EXIT=FALSE";

    @Override
    public DatasourceConfiguration onCreated(BeanCreatedEvent<DatasourceConfiguration> event) {
        DatasourceConfiguration datasource = event.getBean();
        String url = datasource.getUrl();
        if (url != null && url.startsWith("jdbc:h2:")) {
            datasource.setUrl(url + SETTINGS);
        }
        return datasource;
    }
}
