package dev.millrace.gateway.store.embedded;

import com.zaxxer.hikari.HikariDataSource;
import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import io.micronaut.core.order.Ordered;
import jakarta.inject.Singleton;
import javax.sql.DataSource;

/** Has the commits of the run database forced to disk where it is a file of H2. */
@Singleton
final class ForcedCommits implements BeanCreatedEventListener<DataSource>, Ordered {
    @Override
    public DataSource onCreated(BeanCreatedEvent<DataSource> event) {
        DataSource created = event.getBean();
        return created instanceof HikariDataSource pool && H2Url.isForced(pool.getJdbcUrl())
                ? new ForcedDataSource(pool)
                : created;
    }

    /** Before the framework puts its own view upon it, which it looks behind for what its transactions use. */
    @Override
    public int getOrder() {
        return HIGHEST_PRECEDENCE;
    }
}
