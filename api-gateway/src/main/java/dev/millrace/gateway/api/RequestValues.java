package dev.millrace.gateway.api;

import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Names;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Fault;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.json.tree.JsonNode;
import java.util.Arrays;

/** Values of requests, checked. */
public final class RequestValues {
    private static final int MOST_AT_ONCE = 64;

    private RequestValues() {}

    /** False when there is none. A text that would be read as false loads what was not to be loaded. */
    static boolean truth(String key, @Nullable JsonNode value) {
        if (value == null || value.isNull()) {
            return false;
        }
        if (!value.isBoolean()) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, key + ": " + shown(value) + " (expected: true or false)");
        }
        return value.getBooleanValue();
    }

    /** @throws MillraceException with {@code REQUEST_INVALID}, as the others */
    public static RunWindow day(String key, String text) {
        try {
            return RunWindow.parse(text);
        } catch (IllegalArgumentException e) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, key + ": " + e.getMessage(), e);
        }
    }

    /** How many runs of a backfill are under way at once: null when it is no whole number, which {@code shown} is said of. */
    public static int parallelism(@Nullable Integer number, String shown) {
        if (number == null || number < 1 || number > MOST_AT_ONCE) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "parallelism: " + shown + " (expected: 1 to " + MOST_AT_ONCE + ")");
        }
        return number;
    }

    public static BackupFormat backupFormat(String text) {
        return Arrays.stream(BackupFormat.values())
                .filter(each -> each.extension().equals(text))
                .findFirst()
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.REQUEST_INVALID, "format: '" + text + "' (expected: avro or parquet)"));
    }

    /** What is wrong with a record. */
    public static Fault.Kind faultKind(String text) {
        return Arrays.stream(Fault.Kind.values())
                .filter(each -> each.name().equals(text))
                .findFirst()
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.REQUEST_INVALID,
                        "code: '" + text + "' (expected: "
                                + Names.oneOf(
                                        text,
                                        Arrays.stream(Fault.Kind.values())
                                                .map(Enum::name)
                                                .toList())
                                + ")"));
    }

    /** As errors show it. */
    static String shown(JsonNode value) {
        return value.isContainerNode() ? "an object or array" : "'" + value.coerceStringValue() + "'";
    }
}
