package dev.millrace.gateway.arrival;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.nio.charset.StandardCharsets;

/**
 * An object of Cloud Storage that has a new content.
 *
 * @param generation of the content, https://cloud.google.com/storage/docs/metadata#generation-number
 * @param event id of the message that tells of it
 */
public record ArrivedObject(String bucket, String name, long generation, String event) {
    /** @throws MillraceException with {@code REQUEST_INVALID}: it comes from outside */
    public ArrivedObject {
        check("bucketId", bucket, 222, "bytes");
        check("objectId", name, 1024, "bytes");
        check("messageId", event, 255, "bytes");
        if (name.indexOf('\0') >= 0) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "objectId: a name with the character U+0000");
        }
        if (generation < 0) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "objectGeneration: " + generation + " (expected: 0 or more)");
        }
    }

    private static void check(String field, String value, int most, String unit) {
        int bytes = value.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < 1 || bytes > most) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, field + ": " + bytes + " " + unit + " (expected: 1 to " + most + ")");
        }
    }

    @Override
    public String toString() {
        return "gs://" + bucket + "/" + name + "#" + generation;
    }
}
