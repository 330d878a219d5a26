package dev.millrace.extractor.rest;

import dev.millrace.pipeline.JsonPath;
import io.micronaut.core.annotation.Nullable;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.Map;

/**
 * What one answer held.
 *
 * @param name for messages, such as {@code page 3}
 * @param head where the answer came from, and its headers
 * @param values that the pager looks for, by their paths; without those that are missing or null
 * @param ofLastRecord the value that the pager looks for in the last record; null when there is none
 * @param records rejected ones included
 * @param bytes of the body, without its content encoding
 * @param content of the records, rejected ones included
 */
record Page(
        String name,
        Head head,
        Map<JsonPath, String> values,
        @Nullable String ofLastRecord,
        long records,
        long bytes,
        Content content) {

    /** @param url that answered, which after redirects is not the one that was asked */
    record Head(URI url, int status, HttpHeaders headers) {}

    /** Two pages with the same are the same, as far as a {@link Checksum} tells. */
    record Content(long one, long other) {}
}
