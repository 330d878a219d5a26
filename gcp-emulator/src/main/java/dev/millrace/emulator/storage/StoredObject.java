package dev.millrace.emulator.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;

/**
 * One generation of an object.
 *
 * @param resource its metadata, as Cloud Storage shows it; not to be changed
 * @param data file with its bytes; removed when the object is deleted or replaced
 * @see <a href="https://cloud.google.com/storage/docs/json_api/v1/objects#resource">Objects: resource
 *     representations</a>
 */
public record StoredObject(ObjectNode resource, Path data) {
    public String name() {
        return resource.path("name").asText();
    }

    public long generation() {
        return resource.path("generation").asLong();
    }

    public long size() {
        return resource.path("size").asLong();
    }

    /** As it was given with the upload; empty: none. */
    String contentEncoding() {
        return resource.path("contentEncoding").asText();
    }

    String crc32c() {
        return resource.path("crc32c").asText();
    }

    String md5() {
        return resource.path("md5Hash").asText();
    }
}
