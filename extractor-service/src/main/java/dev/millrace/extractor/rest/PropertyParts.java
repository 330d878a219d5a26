package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.Spool;
import dev.millrace.pipeline.rest.PropertyChunks;
import io.micronaut.core.annotation.Nullable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The requests that a page is asked for with, each for a part of the records' properties, and where their answers wait
 * until they are joined. For any number of threads.
 */
final class PropertyParts {
    private static final int SHOWN = 200;

    private final PropertyChunks wanted;
    private final List<String> values;
    private final Path scratch;
    private final int bytes;
    private final Queue<List<Pages.Slot>> free = new ConcurrentLinkedQueue<>();

    private PropertyParts(PropertyChunks wanted, List<String> values, Path scratch, int bytes) {
        this.wanted = wanted;
        this.values = values;
        this.scratch = scratch;
        this.bytes = bytes;
    }

    /**
     * @param wanted null: the API sends all by itself
     * @param scratch folder for answers that are larger than memory
     * @param pageBytes to be held in memory of all answers
     * @param pages that are read at once
     * @return null when nothing is asked for by its name
     */
    static @Nullable PropertyParts of(@Nullable PropertyChunks wanted, Path scratch, int pageBytes, int pages) {
        List<String> values = wanted == null ? List.of() : wanted.values();
        return wanted == null || values.isEmpty()
                ? null
                : new PropertyParts(wanted, values, scratch, pageBytes / pages / values.size());
    }

    int count() {
        return values.size();
    }

    /** The path to the key of a record. */
    String key() {
        return wanted.key();
    }

    /** The request for a part of the page that the target is of. */
    Requests.Target target(Requests.Target page, int part) {
        return page.at(QueryParameters.with(page.url(), wanted.parameter(), values.get(part)));
    }

    /** What a part asks for, for messages. */
    String shown(int part) {
        String value = values.get(part);
        return wanted.parameter() + "=" + (value.length() <= SHOWN ? value : value.substring(0, SHOWN) + "…");
    }

    /** A URL or cursor that an answer holds, without what was asked for: for the same page it is the same then. */
    String without(String reference) {
        int query = reference.indexOf('?');
        return query < 0
                ? reference
                : reference.substring(0, query + 1)
                        + QueryParameters.without(reference.substring(query + 1), wanted.parameter());
    }

    /** A slot for each part. */
    List<Pages.Slot> take() {
        List<Pages.Slot> slots = free.poll();
        return slots == null ? made() : slots;
    }

    private List<Pages.Slot> made() {
        List<Pages.Slot> slots = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            slots.add(new Pages.Slot(
                    new Spool(scratch, Math.max(1024, bytes)), new Spool(scratch, Math.max(1024, bytes / 8))));
        }
        return slots;
    }

    /** Takes them back, without anything in them, so that they have no files. */
    void give(List<Pages.Slot> slots) {
        slots.forEach(Pages.Slot::clear);
        free.add(slots);
    }
}
