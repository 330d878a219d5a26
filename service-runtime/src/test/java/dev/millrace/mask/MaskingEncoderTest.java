package dev.millrace.mask;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.status.Status;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import org.slf4j.event.KeyValuePair;

class MaskingEncoderTest {
    private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();

    private String line(String message, Throwable failure) {
        return line("text", event(message, failure));
    }

    private MaskingEncoder encoder(String format) {
        MaskingEncoder encoder = new MaskingEncoder();
        encoder.setContext(context);
        encoder.setPattern("%level %msg%n");
        encoder.setFormat(format);
        encoder.start();
        return encoder;
    }

    private String line(String format, LoggingEvent event) {
        return new String(encoder(format).encode(event), StandardCharsets.UTF_8);
    }

    private LoggingEvent event(String message, @Nullable Throwable failure) {
        return new LoggingEvent(
                "test", context.getLogger(MaskingEncoderTest.class), Level.ERROR, message, failure, null);
    }

    private JsonNode json(LoggingEvent event) throws IOException {
        return json(line("json", event));
    }

    private static JsonNode json(String line) throws IOException {
        assertThat(line).endsWith("}\n");
        assertThat(line.lines()).hasSize(1);
        return Objects.requireNonNull(ObjectMapper.getDefault().readValue(line, Argument.of(JsonNode.class)));
    }

    private static String text(JsonNode line, String field) {
        return Objects.requireNonNull(line.get(field), field).coerceStringValue();
    }

    @Test
    void writesJsonWithTheContextOfTheThreadAndFieldsOfTheLine() throws IOException {
        LoggingEvent event = event("it \"failed\"\nat last", null);
        event.setMDCPropertyMap(Map.of("run", "4711", "attempt", "2"));
        event.addKeyValuePair(new KeyValuePair("rows", 12L));
        event.addKeyValuePair(new KeyValuePair("event", "run-ended"));
        event.setInstant(Instant.parse("2026-01-31T06:00:00.250Z"));

        JsonNode line = json(event);

        assertThat(text(line, "time")).isEqualTo("2026-01-31T06:00:00.250Z");
        assertThat(text(line, "severity")).isEqualTo("ERROR");
        assertThat(text(line, "message")).isEqualTo("it \"failed\"\nat last");
        assertThat(text(line, "logger")).isEqualTo(MaskingEncoderTest.class.getName());
        assertThat(text(line, "run")).isEqualTo("4711");
        assertThat(text(line, "attempt")).isEqualTo("2");
        assertThat(Objects.requireNonNull(line.get("rows")).getLongValue()).isEqualTo(12);
        assertThat(text(line, "event")).isEqualTo("run-ended");
    }

    @Test
    void masksEveryTextOfAJsonLineAndKeepsItWhole() throws IOException {
        String secret = "pla\"nted\\-in,json:{";
        Masks.ofProcess().remember(secret);
        LoggingEvent event = event("sent " + secret, new IllegalStateException("because of " + secret));
        event.setMDCPropertyMap(Map.of("endpoint", secret));
        event.addKeyValuePair(new KeyValuePair("detail", secret));

        JsonNode line = json(event);

        assertThat(text(line, "message")).isEqualTo("sent ***");
        assertThat(text(line, "endpoint")).isEqualTo("***");
        assertThat(text(line, "detail")).isEqualTo("***");
        assertThat(text(line, "stack_trace"))
                .contains("IllegalStateException: because of ***", "at dev.millrace.mask")
                .doesNotContain("nted");
    }

    @Test
    void saysWhichFormatsThereAre() {
        LoggerContext own = new LoggerContext();
        MaskingEncoder encoder = new MaskingEncoder();
        encoder.setContext(own);
        encoder.setFormat("xml");

        assertThat(own.getStatusManager().getCopyOfStatusList())
                .extracting(Status::getMessage)
                .contains("MILLRACE_LOG_FORMAT: 'xml' (expected: text or json)");
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
    void alsoWritesWhatJavaUtilLoggingIsTold() throws IOException {
        Masks.ofProcess().remember("planted-marker");
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
        appender.setContext(context);
        appender.setEncoder(encoder("json"));
        appender.setOutputStream(written);
        appender.start();
        ch.qos.logback.classic.Logger root = context.getLogger(ch.qos.logback.classic.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        Logger foreign = Logger.getLogger("com.google.foreign");
        try {
            foreign.log(java.util.logging.Level.WARNING, "sent {0}", "planted-marker");
            foreign.fine("nobody wants to know");
        } finally {
            root.detachAppender(appender);
        }

        JsonNode line = json(written.toString(StandardCharsets.UTF_8));
        assertThat(text(line, "severity")).isEqualTo("WARNING");
        assertThat(text(line, "message")).isEqualTo("sent ***");
        assertThat(text(line, "logger")).isEqualTo("com.google.foreign");
        assertThat(foreign.isLoggable(java.util.logging.Level.FINE)).isFalse();
        assertThat(Logger.getLogger("").getHandlers()).hasOnlyElementsOfType(SLF4JBridgeHandler.class);
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
