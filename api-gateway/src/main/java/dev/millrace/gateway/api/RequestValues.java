package dev.millrace.gateway.api;

import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.json.tree.JsonNode;

/** Values of request bodies, as JSON means them. */
final class RequestValues {
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

    static RunWindow day(String key, String text) {
        try {
            return RunWindow.parse(text);
        } catch (IllegalArgumentException e) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, key + ": " + e.getMessage(), e);
        }
    }

    /** As errors show it. */
    static String shown(JsonNode value) {
        return value.isContainerNode() ? "an object or array" : "'" + value.coerceStringValue() + "'";
    }
}
