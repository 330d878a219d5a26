package dev.millrace.extractor.rest;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Pagination;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import java.util.function.Consumer;

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
     * @throws dev.millrace.problem.MillraceException when the page contradicts those before it
     */
    Turn after(Page page);

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
     * @param doubted whether the page shouldn't be there, so that a refusal is no failure
     */
    record Step(
            String name, Requests.Target target, @Nullable String cursor, boolean doubted) {
        /** A step that needs no cursor. */
        Step(String name, Requests.Target target) {
            this(name, target, null, false);
        }

        Step(String name, Requests.Target target, @Nullable String cursor) {
            this(name, target, cursor, false);
        }

        /** The same, of a page that shouldn't be there. */
        Step asDoubted() {
            return new Step(name, target, cursor, true);
        }
    }

    /**
     * What follows a page.
     *
     * @param next null when it was the last; a step that {@link #ahead} has handed out before is the same one
     * @param kept whether the page's records belong to the list
     */
    record Turn(@Nullable Step next, boolean kept) {}

    /** @param warnings takes what may be wrong and fails nothing */
    static Pager of(Pagination pagination, Requests requests, Consumer<String> warnings) {
        return switch (pagination) {
            case Pagination.None _ -> new SinglePage(requests);
            case Pagination.Page page ->
                new ListPages(new CountedPages(page, requests), page.batch(), page.ends(), requests, warnings);
            case Pagination.Offset offset ->
                new ListPages(new CountedPages(offset, requests), offset.batch(), offset.ends(), requests, warnings);
            case Pagination.Cursor cursor ->
                new ListPages(new CursorPages(cursor, requests), cursor.batch(), cursor.ends(), requests, warnings);
            case Pagination.Link link ->
                new ListPages(new LinkedPages(requests), null, link.ends(), requests, warnings);
            case Pagination.NextUrl next ->
                new ListPages(new NextUrlPages(next, requests), null, next.ends(), requests, warnings);
        };
    }
}
