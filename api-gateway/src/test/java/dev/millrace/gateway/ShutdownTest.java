package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micronaut.context.annotation.Requires;
import io.micronaut.context.event.BeanDestroyedEvent;
import io.micronaut.context.event.BeanDestroyedEventListener;
import jakarta.inject.Singleton;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A gateway that ends leaves no error in the log, however long its parts take to end. */
@Timeout(60)
class ShutdownTest {
    private static final String SLOW = "test.slow-end";
    private static final AtomicBoolean SLOWED = new AtomicBoolean();

    @TempDir
    Path folder;

    /** Between the end of a bean and that of the context, everything that is scheduled each second comes due. */
    @Singleton
    @Requires(property = SLOW)
    static final class SlowEnd implements BeanDestroyedEventListener<DataSource> {
        @Override
        public void onDestroyed(BeanDestroyedEvent<DataSource> event) {
            SLOWED.set(true);
            await().pollDelay(Duration.ofSeconds(2)).until(SLOWED::get);
        }
    }

    @Test
    void nothingThatIsScheduledBeginsWhileBeansAreDestroyed() throws Exception {
        Files.createDirectories(folder.resolve("pipelines"));
        Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.list = new CopyOnWriteArrayList<>();
        lines.start();
        root.addAppender(lines);
        try (ScriptedServices services = new ScriptedServices(folder.resolve("staging"))) {
            GatewayUnderTest.start(
                            folder,
                            services,
                            Map.of("url", "jdbc:h2:file:" + folder.resolve("runs")),
                            Clock.systemUTC(),
                            Map.of(SLOW, true, "millrace.gateway.schedules.follow", true))
                    .close();
        } finally {
            root.detachAppender(lines);
        }

        assertThat(SLOWED).isTrue();
        List<String> errors = lines.list.stream()
                .filter(line -> line.getLevel().isGreaterOrEqual(Level.WARN))
                .map(ILoggingEvent::toString)
                .toList();
        assertThat(errors).isEmpty();
    }
}
