package dev.millrace.extractor.rest;

import dev.millrace.pipeline.JsonPath;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/** How the request of one page follows from the page before it. For one run and one thread. */
interface Way {
    /** Paths of single values to look for in each answer. */
    default List<JsonPath> paths() {
        return List.of();
    }

    /** Path of a single value to look for in each page's last record; null: none. */
    default @Nullable JsonPath pathInLastRecord() {
        return null;
    }

    Pager.Step first();

    /** Whether the page leads on. Where {@link #isEndless} it always does. */
    boolean leadsOn(Page page);

    /** Whether each page leads on, also the last one, so that something else has to say where the list ends. */
    default boolean isEndless() {
        return false;
    }

    /**
     * The page after one that leads on.
     *
     * @throws dev.millrace.problem.MillraceException when that has been read already
     */
    Pager.Step next(Page page);

    /** The page behind one that may be the last: the next one, or, where an empty page leads to itself, one further on. */
    default Pager.Step behind(Page page) {
        return next(page);
    }

    /** Whether the page has what would lead on, though there may be nothing in it. */
    boolean mightLeadOn(Page page);

    /** What a page lacks that doesn't lead on, for messages. */
    String lacking();

    /** Why a page might be the same as the one before it. */
    String circle();

    /** Pages that may be under way at once. */
    default int parallel() {
        return 1;
    }

    /**
     * The page after the last one that was handed out, when it can be asked for before that one is there.
     *
     * @param total number of records of the list; null: nobody knows
     * @return null when it can't
     */
    default Pager.@Nullable Step ahead(@Nullable Long total) {
        return null;
    }
}
