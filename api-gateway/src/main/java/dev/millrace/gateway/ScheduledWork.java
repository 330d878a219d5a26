package dev.millrace.gateway;

import io.micronaut.context.event.ShutdownEvent;
import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.scheduling.TaskExecutors;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what is {@code @Scheduled} before the beans are gone that it uses. Micronaut cancels it only while it destroys
 * beans, one after the other; what comes due in between would be made anew, of parts that are closed.
 */
@Singleton
final class ScheduledWork {
    private static final Logger LOG = LoggerFactory.getLogger(ScheduledWork.class);
    /** The run database's own limits end sooner what waits for it. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ExecutorService threads;

    ScheduledWork(@Named(TaskExecutors.SCHEDULED) ExecutorService threads) {
        this.threads = threads;
    }

    /** Nothing is interrupted: H2 closes its file when a thread that reads or writes it is. */
    @EventListener
    @Order(Ordered.HIGHEST_PRECEDENCE)
    void stop(ShutdownEvent event) throws InterruptedException {
        threads.shutdown();
        if (!threads.awaitTermination(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
            LOG.warn("scheduled work goes on after {} s while the gateway ends", PATIENCE.toSeconds());
        }
    }
}
