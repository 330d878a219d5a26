package dev.millrace.mask;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class MaskingEncoderTest {
    private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();

    private String line(String message, Throwable failure) {
        MaskingEncoder encoder = new MaskingEncoder();
        encoder.setContext(context);
        encoder.setPattern("%level %msg%n");
        encoder.start();
        return new String(
                encoder.encode(new LoggingEvent(
                        "test", context.getLogger(MaskingEncoderTest.class), Level.ERROR, message, failure, null)),
                StandardCharsets.UTF_8);
    }

    @Test
    void masksMessagesAndStackTraces() {
        Masks.ofProcess().remember("planted-marker");

        String line = line(
                "sent planted-marker",
                new IllegalStateException(
                        "with planted-marker", new IllegalArgumentException("because of planted-marker")));

        assertThat(line)
                .startsWith("ERROR sent ***")
                .contains("IllegalStateException: with ***", "Caused by: ", "because of ***")
                .doesNotContain("planted-marker");
    }

    @Test
    void isTheEncoderOfEveryLog() {
        List<Appender<?>> appenders = new ArrayList<>();
        context.getLoggerList().forEach(logger -> logger.iteratorForAppenders().forEachRemaining(appenders::add));

        assertThat(appenders)
                .isNotEmpty()
                .allSatisfy(appender -> assertThat(((OutputStreamAppender<?>) appender).getEncoder())
                        .isInstanceOf(MaskingEncoder.class));
    }
}
