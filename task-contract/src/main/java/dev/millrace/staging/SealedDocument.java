package dev.millrace.staging;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;

/** A JSON object in staging whose last key, {@code crc32c}, is the checksum of the document without it. */
public final class SealedDocument {
    private static final Pattern CHECKSUM = Pattern.compile(",\"crc32c\":\"([0-9a-f]{8})\"}$");

    private SealedDocument() {}

    /** The object, which has at least one key, with its checksum. */
    public static byte[] seal(byte[] document) {
        String text = new String(document, StandardCharsets.UTF_8);
        return (text.substring(0, text.length() - 1) + ",\"crc32c\":\"" + checksum(text) + "\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /**
     * Checks the checksum of a document, if it has one: version 0.1 wrote none.
     *
     * @param name of the object
     * @throws MillraceException {@code STAGING_CORRUPT} when it is of another document
     */
    public static void check(String name, byte[] document) {
        String text = new String(document, StandardCharsets.UTF_8);
        Matcher found = CHECKSUM.matcher(text);
        if (found.find()) {
            String expected = checksum(text.substring(0, found.start()) + "}");
            if (!found.group(1).equals(expected)) {
                throw new MillraceException(
                        ErrorCode.STAGING_CORRUPT,
                        name + " in staging was changed: its crc32c is " + expected + " (expected: " + found.group(1)
                                + ")");
            }
        }
    }

    private static String checksum(String text) {
        CRC32C sum = new CRC32C();
        sum.update(text.getBytes(StandardCharsets.UTF_8));
        return Part.hex(sum);
    }
}
