package dev.millrace.extractor.rest;

import dev.millrace.pipeline.JsonPath;
import io.micronaut.core.annotation.Nullable;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.Map;
import java.util.Set;

/**
 * The content of one answer.
 *
 * @param name for messages, such as {@code page 3}
 * @param head where the answer came from, and its headers
 * @param values that the pager looks for, by their paths; without those that are missing or null
 * @param present paths of such values that the answer has, if only as null
 * @param ofLastRecord the value that the pager looks for in the last record; null when there is none
 * @param records rejected ones included
 * @param bytes of the body, without its content encoding
 * @param content of the records, rejected ones included
 * @param cursors of the records; null where nobody looks for them, or for a page without records
 * @param kind of the answer
 */
record Page(
        String name,
        Head head,
        Map<JsonPath, String> values,
        Set<JsonPath> present,
        @Nullable String ofLastRecord,
        long records,
        long bytes,
        Checksum.Content content,
        @Nullable RecordCursors cursors,
        Kind kind) {

    /** A page of which nothing is read. */
    static Page without(String name, Head head, Kind kind) {
        return new Page(name, head, Map.of(), Set.of(), null, 0, 0, Checksum.Content.none(), null, kind);
    }

    /** @param url that answered, which after redirects is not the one that was asked */
    record Head(URI url, int status, HttpHeaders headers) {}

    /** What an answer is, by its status and the conditions of the file. */
    enum Kind {
        /** A page of records like any other. */
        PAGE,
        /** The end of the list; its records count. */
        END,
        /** The end of the list, with a status of an error. */
        REFUSED_END,
        /** Not to be read, and nothing after it. */
        SKIPPED,
        /** A refusal of a page that was only asked for to make sure that it isn't there. */
        NOT_THERE
    }
}
