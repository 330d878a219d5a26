package dev.millrace.extractor.rest;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The pages of a list, whatever the way from one to the next: until the API says that there are no more. Where that is in
 * doubt, because a total is reached by a full page, the first page is said to be the last one, or nothing but an empty page
 * says so, the page behind is asked for, and must not be there.
 */
final class ListPages implements Pager {
    private final Way way;
    private final Consumer<String> warnings;
    private final @Nullable Integer batch;
    private final ListEnd end;
    private final CycleDetector cycles;
    /** Records of the page before. */
    private long recordsBefore;
    /** About the page that is asked for; null: it is like any other. */
    private @Nullable Doubt doubt;

    /**
     * Why a page shouldn't be there, in the words of the failure if it is.
     *
     * @param says what was said of it; empty: a total, which says it by itself
     * @param hint what to do, from a semicolon on
     */
    private record Doubt(String says, String hint) {}

    /** @param batch records that each page is asked for; null: nobody knows */
    ListPages(Way way, @Nullable Integer batch, Pagination.Ends ends, Requests requests, Consumer<String> warnings) {
        this.warnings = warnings;
        this.way = way;
        this.batch = batch;
        this.end = new ListEnd(ends, way.isEndless(), requests);
        this.cycles = new CycleDetector(ends.repeats());
    }

    @Override
    public List<JsonPath> paths() {
        return Stream.concat(way.paths().stream(), end.paths().stream())
                .distinct()
                .toList();
    }

    @Override
    public @Nullable JsonPath pathInLastRecord() {
        return way.pathInLastRecord();
    }

    @Override
    public Step first() {
        return way.first();
    }

    @Override
    public int parallel() {
        return way.parallel();
    }

    @Override
    public @Nullable Step ahead() {
        return way.ahead(end.total());
    }

    @Override
    public @Nullable Long total() {
        return end.total();
    }

    @Override
    public Turn after(Page page) {
        if (doubt != null) {
            return afterDoubted(page, doubt);
        }
        return switch (page.kind()) {
            case PAGE, END -> afterPage(page);
            case SKIPPED -> {
                if (!end.isStart()) {
                    throw new MillraceException(
                            ErrorCode.SOURCE_INCONSISTENT,
                            page.name()
                                    + " would be left out as skipIf says, but only the first page can be: the list would"
                                    + " lack what comes after it");
                }
                yield new Turn(null, false);
            }
            case REFUSED_END, NOT_THERE -> {
                if (end.isStart()) {
                    throw new MillraceException(
                            ErrorCode.SOURCE_REFUSED,
                            page.name() + " is refused with " + page.head().status()
                                    + ": endIf makes an error the end of a list only behind its first page; skipIf leaves"
                                    + " out the whole list");
                }
                end.settle();
                yield new Turn(null, false);
            }
        };
    }

    private Turn afterPage(Page page) {
        if (cycles.isBeyondTheEnd(page, way.circle())) {
            end.settle();
            return new Turn(null, false);
        }
        end.add(page);
        long before = recordsBefore;
        recordsBefore = page.records();
        if (page.kind() == Page.Kind.END) {
            return end();
        }
        return switch (end.of(page)) {
            case MORE -> {
                if (!way.leadsOn(page)) {
                    throw new MillraceException(
                            ErrorCode.SOURCE_INCONSISTENT,
                            page.name() + " says " + (end.hasFlag() ? "in " + end.flags() + " " : "")
                                    + "that there is more, but has " + way.lacking()
                                    + (end.hasFlag() ? end.inverse() : ""));
                }
                yield next(page);
            }
            case LAST -> isFull(page, before) && way.leadsOn(page) ? afterFullLast(page) : end();
            case NOTHING -> {
                if (!way.mightLeadOn(page)) {
                    doubtTheWay(page, before);
                }
                if (!way.leadsOn(page)) {
                    yield end();
                }
                if (way.isEndless() && page.records() == 0) {
                    yield end.total() != null ? end() : doubtedEmpty(page);
                }
                if (way.isEndless() && end.isTotalReached()) {
                    yield isFull(page, before) ? doubted(page, "", "") : end();
                }
                yield next(page);
            }
        };
    }

    /**
     * Behind a full page: a number of pages may be capped, and a flag mean the opposite, which shows on the first page at
     * the latest. A way that the last page leads on is none: many APIs always hand out a cursor.
     */
    private Turn afterFullLast(Page page) {
        Long pages = end.pages();
        if (pages != null) {
            return way.isEndless()
                    ? doubted(
                            page,
                            page.name() + " is the last of " + pages
                                    + " that the API declares, and full: the page after it",
                            "; if the API counts no further, pages is to be left out")
                    : end();
        }
        return end.isFirst()
                ? doubted(
                        page,
                        page.name() + " says in " + end.flags() + " that it is the last" + end.inverse()
                                + ": the page after it",
                        "")
                : end();
    }

    /** A way that no page has shown may be written wrongly, and the list end only for that reason. */
    private void doubtTheWay(Page page, long before) {
        if (!end.isFirst() || page.records() == 0 || end.isCounted()) {
            return;
        }
        String message = page.name() + " is the first and the last: it has " + way.lacking()
                + ", not even null, and nothing else says that the list ends here";
        if (batch != null && isFull(page, before)) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT, message + ", though it is full with " + page.records() + " records");
        }
        warnings.accept(message);
    }

    /** Whether the API might have had more records for the page than it could hold. */
    private boolean isFull(Page page, long before) {
        return page.records() > 0
                && (batch == null
                        ? end.isFirst()
                        : page.records() >= batch || (!end.isFirst() && page.records() >= before));
    }

    private Turn end() {
        end.settle();
        return new Turn(null, true);
    }

    private Turn next(Page page) {
        end.checkLength(page, way.circle());
        return new Turn(way.next(page), true);
    }

    /** A list of which some page in the middle is empty looks as if it ended there. */
    private Turn doubtedEmpty(Page page) {
        return doubted(
                page,
                page.name() + " is empty, but the page after it",
                "; hasMore, isLast, pages or total say where such a list ends");
    }

    private Turn doubted(Page page, String says, String hint) {
        doubt = new Doubt(says, hint);
        return new Turn(way.behind(page).asDoubted(), true);
    }

    /** The page before was the last one unless this one has something new. */
    private Turn afterDoubted(Page page, Doubt about) {
        if (page.records() > 0 && !cycles.isRepeated(page)) {
            if (!about.says().isEmpty()) {
                throw new MillraceException(
                        ErrorCode.SOURCE_INCONSISTENT,
                        about.says() + " holds " + page.records() + (page.records() == 1 ? " record" : " records")
                                + about.hint());
            }
            end.addRecords(page);
        }
        end.settle();
        return new Turn(null, false);
    }
}
