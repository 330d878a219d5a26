package dev.millrace.mask;

import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.nio.charset.StandardCharsets;

/**
 * Writes log lines without the secrets of {@link Masks#ofProcess}, stack traces and messages of foreign code included.
 * The one way in which lines get into a log of ours.
 */
public final class MaskingEncoder extends PatternLayoutEncoder {
    @Override
    public byte[] encode(ILoggingEvent event) {
        return Masks.ofProcess().mask(getLayout().doLayout(event)).getBytes(StandardCharsets.UTF_8);
    }
}
