package dev.millrace.extractor.rest;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import java.util.stream.Stream;

/** What the answers say about the end of the list, where the file says that they do. For one run and one thread. */
final class ListEnd {
    /** What a page says about pages after it. */
    enum Word {
        MORE,
        LAST,
        NOTHING
    }

    private final Pagination.Ends ends;
    private final @Nullable JsonPath hasMore;
    private final @Nullable JsonPath isLast;
    private final DeclaredNumber total;
    private final DeclaredNumber pages;
    private final Requests requests;
    private final boolean counted;
    private long pagesRead;
    private long records;

    /** @param counted whether pages are asked for by a count, and not by what the page before says */
    ListEnd(Pagination.Ends ends, boolean counted, Requests requests) {
        this.counted = counted;
        this.ends = ends;
        this.hasMore = ends.hasMore() == null ? null : JsonPath.of(ends.hasMore());
        this.isLast = ends.isLast() == null ? null : JsonPath.of(ends.isLast());
        this.total = new DeclaredNumber(ends.total(), ends.totalHeader(), "records", requests);
        this.pages = new DeclaredNumber(ends.pages(), ends.pagesHeader(), "pages", requests);
        this.requests = requests;
    }

    List<JsonPath> paths() {
        return Stream.of(
                        Stream.ofNullable(hasMore),
                        Stream.ofNullable(isLast),
                        total.paths().stream(),
                        pages.paths().stream())
                .flatMap(paths -> paths)
                .toList();
    }

    /** The number of records of the whole list; null as long as none was declared that counts. */
    @Nullable
    Long total() {
        Long declared = total.value();
        Integer cap = ends.totalCap();
        return declared == null || (cap != null && declared >= cap) ? null : declared;
    }

    /** The number of pages of the whole list; null as long as none was declared. */
    @Nullable
    Long pages() {
        return pages.value();
    }

    /** Whether no page has been counted yet. */
    boolean isStart() {
        return pagesRead == 0;
    }

    /** Whether one page has been counted. */
    boolean isFirst() {
        return pagesRead == 1;
    }

    /** Counts the page, whatever it says. */
    void add(Page page) {
        pagesRead++;
        addRecords(page);
        pages.read(page);
    }

    /** Of a page that shouldn't be there. */
    void addRecords(Page page) {
        records += page.records();
        total.read(page);
        if (records > ends.maxRecords()) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    "with " + page.name() + " there are " + records
                            + " records, more than the pagination's maxRecords of " + ends.maxRecords()
                            + ": is there an end? Raise maxRecords if so");
        }
    }

    /** @throws MillraceException when the page doesn't say what the file says it does, or contradicts itself */
    Word of(Page page) {
        Word flag = flag(page);
        Long declared = pages();
        if (declared == null) {
            return flag;
        }
        Word counted = pagesRead < declared ? Word.MORE : Word.LAST;
        if (flag != Word.NOTHING && flag != counted) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    page.name() + ", of " + declared + " by " + pages.place() + ", says in " + flags() + " that it is "
                            + (flag == Word.LAST ? "" : "not ") + "the last");
        }
        return counted;
    }

    private Word flag(Page page) {
        Boolean more = hasMore == null ? null : flag(page, hasMore);
        Boolean last = isLast == null ? null : flag(page, isLast);
        if (more != null && more.equals(last)) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    page.name() + ": '" + hasMore + "' and '" + isLast + "' are both " + more
                            + ", but one says that there is more, and the other that there isn't");
        }
        if (more != null) {
            return more ? Word.MORE : Word.LAST;
        }
        return last == null ? Word.NOTHING : last ? Word.LAST : Word.MORE;
    }

    private Boolean flag(Page page, JsonPath path) {
        String flag = page.values().get(path);
        if (flag == null || !(flag.equals("true") || flag.equals("false"))) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    page.name() + ": '" + path + "' is "
                            + (flag == null ? "missing" : "'" + requests.shown(flag) + "'")
                            + " (expected: true or false)");
        }
        return flag.equals("true");
    }

    /** Whether a flag of the answers, not a number, says where the end is. */
    boolean hasFlag() {
        return hasMore != null || isLast != null;
    }

    /** Whether what was read is checked against a number. */
    boolean isCounted() {
        return total() != null || pages() != null;
    }

    /** The flags' paths, for messages. */
    String flags() {
        return hasMore != null ? "'" + hasMore + "'" : "'" + isLast + "'";
    }

    /** What to say of a flag that contradicts what comes. */
    String inverse() {
        return hasMore != null
                ? "; hasMore is false on the last page, isLast is the key for a field that is true there"
                : "; isLast is true on the last page, hasMore is the key for a field that is false there";
    }

    /** Whether as many records have come as were declared. */
    boolean isTotalReached() {
        Long declared = total();
        return declared != null && records >= declared;
    }

    /**
     * @param circle why there might be no end
     * @throws MillraceException when the list must not have another page
     */
    void checkLength(Page page, String circle) {
        boolean known = total.isDeclared() || pages.isDeclared();
        Integer limit = ends.maxPages();
        if (limit == null && !known) {
            limit = counted ? Pagination.Ends.MAX_COUNTED_PAGES : Pagination.Ends.MAX_PAGES;
        }
        if (limit != null && pagesRead >= limit) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    page.name() + " is not the last, and the pagination's maxPages allows " + limit
                            + ": if the list is longer, raise maxPages; if it isn't, " + circle);
        }
    }

    /** @throws MillraceException when there are no more pages, and another number of records than declared */
    void settle() {
        Long declared = total();
        if (declared != null && records != declared) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    "the API declares " + declared + " records in " + total.place() + ", but its pages hold " + records
                            + (records > declared
                                    ? " or more; if it counts no further than " + declared + ", totalCap says so"
                                    : ""));
        }
    }
}
