package dev.millrace.extractor.rest;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Pagination;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Pages that are asked for by a count: their number, or the number of records before them. Once the first page has
 * told the total and how many records a page holds, the others can be asked for before those before them are there;
 * where a page then holds fewer, what really came counts.
 */
final class CountedPages implements Pager {
    /** What is counted. */
    private enum Unit {
        PAGE,
        OFFSET;

        String name(long at) {
            return (this == PAGE ? "page " : "offset ") + at;
        }
    }

    private final Unit unit;
    private final String parameter;
    private final String size;
    private final int batch;
    private final int parallel;
    private final long first;
    private final DeclaredTotal total;
    private final Requests requests;
    private final CycleDetector cycles = new CycleDetector();
    /** Of the page whose answer comes next. */
    private long at;
    /** Asked for beyond that, in order. */
    private final Deque<Long> ahead = new ArrayDeque<>();
    /** Records of the first page; 0 as long as it isn't there. */
    private long perPage;

    CountedPages(Pagination.Page pages, Requests requests) {
        this(
                Unit.PAGE,
                pages.page(),
                pages.size(),
                pages.batch(),
                pages.parallel(),
                pages.first(),
                new DeclaredTotal(pages.total(), requests),
                requests);
    }

    CountedPages(Pagination.Offset offsets, Requests requests) {
        this(
                Unit.OFFSET,
                offsets.offset(),
                offsets.size(),
                offsets.batch(),
                offsets.parallel(),
                offsets.first(),
                new DeclaredTotal(offsets.total(), requests),
                requests);
    }

    private CountedPages(
            Unit unit,
            String parameter,
            String size,
            int batch,
            int parallel,
            long first,
            DeclaredTotal total,
            Requests requests) {
        this.unit = unit;
        this.parameter = parameter;
        this.size = size;
        this.batch = batch;
        this.parallel = parallel;
        this.first = first;
        this.total = total;
        this.requests = requests;
        this.at = first;
    }

    @Override
    public List<JsonPath> paths() {
        return total.paths();
    }

    @Override
    public int parallel() {
        return parallel;
    }

    @Override
    public Step first() {
        return step(first);
    }

    private Step step(long count) {
        Map<String, String> paging = new LinkedHashMap<>();
        paging.put(parameter, Long.toString(count));
        paging.put(size, Integer.toString(batch));
        return new Step(unit.name(count), requests.target(paging));
    }

    @Override
    public @Nullable Step after(Page page) {
        total.add(page);
        cycles.refuse(page, "the API ignores the parameter '" + parameter + "'");
        if (total.isReached() || page.records() == 0) {
            total.settle();
            return null;
        }
        perPage = perPage == 0 ? page.records() : perPage;
        at = following(at, page.records());
        Long asked = ahead.poll();
        if (asked != null && asked != at) {
            ahead.clear();
        }
        return step(at);
    }

    @Override
    public @Nullable Step ahead() {
        Long declared = total.declared();
        if (perPage == 0 || declared == null) {
            return null;
        }
        long next = following(ahead.isEmpty() ? at : ahead.getLast(), perPage);
        long recordsBefore = unit == Unit.PAGE ? (next - first) * perPage : next - first;
        if (recordsBefore >= declared) {
            return null;
        }
        ahead.add(next);
        return step(next);
    }

    private long following(long count, long records) {
        return switch (unit) {
            case PAGE -> count + 1;
            case OFFSET -> count + records;
        };
    }

    @Override
    public @Nullable Long total() {
        return total.declared();
    }
}
