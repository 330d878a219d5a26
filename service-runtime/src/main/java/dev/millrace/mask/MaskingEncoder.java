package dev.millrace.mask;

import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.nio.charset.StandardCharsets;

/**
 * The log encoder that leaves out the secrets of {@link Masks#ofProcess}, also in stack traces and messages of foreign
 * code. The one way in which lines get into a log of ours: by the pattern, or as JSON.
 */
public final class MaskingEncoder extends PatternLayoutEncoder {
    private boolean json;

    /** @param format {@code text} or {@code json}; anything else is reported, and lines are text */
    public void setFormat(String format) {
        switch (format) {
            case "text" -> json = false;
            case "json" -> json = true;
            default -> addError("MILLRACE_LOG_FORMAT: '" + format + "' (expected: text or json)");
        }
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        Masks masks = Masks.ofProcess();
        return json
                ? JsonLine.of(event, masks)
                : masks.mask(getLayout().doLayout(event)).getBytes(StandardCharsets.UTF_8);
    }
}
