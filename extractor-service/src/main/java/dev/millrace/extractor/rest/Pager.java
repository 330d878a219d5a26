package dev.millrace.extractor.rest;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Pagination;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/**
 * The way through an API's pages. It remembers what it has seen, so each is for one run and one thread.
 */
interface Pager {
    /** Paths of single values to look for in each answer. */
    default List<JsonPath> paths() {
        return List.of();
    }

    /** Path of a single value to look for in each page's last record; null: none. */
    default @Nullable JsonPath pathInLastRecord() {
        return null;
    }

    Step first();

    /**
     * @param page the answer to the step before
     * @return null when it was the last; a step that {@link #ahead} has handed out before is the same one
     * @throws dev.millrace.problem.MillraceException when the page contradicts those before it
     */
    @Nullable
    Step after(Page page);

    /** Pages that may be under way at once. */
    default int parallel() {
        return 1;
    }

    /**
     * The page after the last one that was handed out, when it can be asked for before that one is there.
     *
     * @return null when it can't
     */
    default @Nullable Step ahead() {
        return null;
    }

    /** The number of records that the API has declared so far for the whole collection; null: none. */
    default @Nullable Long total() {
        return null;
    }

    /**
     * @param name of the page that is asked for, for messages
     * @param cursor that the source handed out for it, as it may be shown; null when it handed out none
     */
    record Step(
            String name, Requests.Target target, @Nullable String cursor) {
        /** A step that needs no cursor. */
        Step(String name, Requests.Target target) {
            this(name, target, null);
        }
    }

    static Pager of(Pagination pagination, Requests requests) {
        return switch (pagination) {
            case Pagination.None _ -> new SinglePage(requests);
            case Pagination.Page page -> new CountedPages(page, requests);
            case Pagination.Offset offset -> new CountedPages(offset, requests);
            case Pagination.Cursor cursor -> new CursorPages(cursor, requests);
            case Pagination.Link _ -> new LinkedPages(requests);
            case Pagination.NextUrl next -> new NextUrlPages(next, requests);
        };
    }
}
