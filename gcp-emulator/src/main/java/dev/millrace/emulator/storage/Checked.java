package dev.millrace.emulator.storage;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.http.Request;

/**
 * Checksums that come as {@code X-Goog-Hash: crc32c=…,md5=…} instead of in the metadata.
 *
 * @see <a href="https://cloud.google.com/storage/docs/xml-api/reference-headers#xgooghash">x-goog-hash</a>
 */
final class Checked {
    private Checked() {}

    /** As fields of an object's metadata. */
    static ObjectNode sentInHeader(Request request) {
        ObjectNode fields = JsonNodeFactory.instance.objectNode();
        for (String hash : request.header("x-goog-hash").orElse("").split(",", -1)) {
            String[] pair = hash.strip().split("=", 2);
            switch (pair[0]) {
                case "crc32c" -> fields.put("crc32c", pair[1]);
                case "md5" -> fields.put("md5Hash", pair[1]);
                default -> {}
            }
        }
        return fields;
    }
}
