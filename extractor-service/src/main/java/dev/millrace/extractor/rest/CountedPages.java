package dev.millrace.extractor.rest;

import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Pages that are asked for by a count: their number, or the number of records before them. Once the first page has
 * told the total and how many records a page holds, the others can be asked for before those before them are there;
 * where a page then holds fewer, what really came counts.
 */
final class CountedPages implements Way {
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
    private final Pagination.Offset.Step step;
    private final int parallel;
    private final long first;
    private final Pagination.Counts in;
    private final Requests requests;
    /** Of the page whose answer comes next. */
    private long at;
    /** Asked for beyond that, in order. */
    private final Deque<Long> ahead = new ArrayDeque<>();
    /** Records of the first page; 0 as long as it isn't there. */
    private long perPage;
    /** Records of the longest page. */
    private long longest;

    CountedPages(Pagination.Page pages, Requests requests) {
        this(
                Unit.PAGE,
                pages.page(),
                pages.size(),
                pages.batch(),
                Pagination.Offset.Step.RECORDS,
                pages.parallel(),
                pages.first(),
                pages.in(),
                requests);
    }

    CountedPages(Pagination.Offset offsets, Requests requests) {
        this(
                Unit.OFFSET,
                offsets.offset(),
                offsets.size(),
                offsets.batch(),
                offsets.step(),
                offsets.parallel(),
                offsets.first(),
                offsets.in(),
                requests);
    }

    private CountedPages(
            Unit unit,
            String parameter,
            String size,
            int batch,
            Pagination.Offset.Step step,
            int parallel,
            long first,
            Pagination.Counts in,
            Requests requests) {
        this.unit = unit;
        this.parameter = parameter;
        this.size = size;
        this.batch = batch;
        this.step = step;
        this.parallel = parallel;
        this.first = first;
        this.in = in;
        this.requests = requests;
        this.at = first;
    }

    @Override
    public int parallel() {
        return parallel;
    }

    @Override
    public Pager.Step first() {
        return step(first);
    }

    private Pager.Step step(long count) {
        Map<String, Long> paging = new LinkedHashMap<>();
        paging.put(parameter, count);
        paging.put(size, (long) batch);
        Requests.Target target = switch (in) {
            case QUERY -> {
                Map<String, String> parameters = new LinkedHashMap<>();
                paging.forEach((name, number) -> parameters.put(name, number.toString()));
                yield requests.target(parameters);
            }
            case BODY -> requests.targetWithInBody(Map.of(), paging);
        };
        return new Pager.Step(unit.name(count), target);
    }

    @Override
    public boolean leadsOn(Page page) {
        return true;
    }

    @Override
    public boolean isEndless() {
        return true;
    }

    @Override
    public boolean mightLeadOn(Page page) {
        return true;
    }

    @Override
    public String lacking() {
        return "";
    }

    @Override
    public String circle() {
        return "the API ignores the parameter '" + parameter + "'";
    }

    @Override
    public Pager.Step next(Page page) {
        perPage = perPage == 0 ? page.records() : perPage;
        longest = Math.max(longest, page.records());
        long following = following(at, page.records());
        if (following == at) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    page.name() + " is empty and says that there is more, but an offset that grows by the records that"
                            + " came leads nowhere; step: batch makes it grow by the batch");
        }
        at = following;
        Long asked = ahead.poll();
        if (asked != null && asked != at) {
            ahead.clear();
        }
        return step(at);
    }

    /** Behind an empty page an offset grows by what a page has held so far: what is there would be on the page after it. */
    @Override
    public Pager.Step behind(Page page) {
        long following = following(at, page.records());
        return following == at ? step(at + (longest == 0 ? batch : longest)) : next(page);
    }

    @Override
    public Pager.@Nullable Step ahead(@Nullable Long total) {
        if (perPage == 0 || total == null) {
            return null;
        }
        long next = following(ahead.isEmpty() ? at : ahead.getLast(), perPage);
        long recordsBefore = unit == Unit.PAGE ? (next - first) * perPage : next - first;
        if (recordsBefore >= total) {
            return null;
        }
        ahead.add(next);
        return step(next);
    }

    private long following(long count, long records) {
        return switch (unit) {
            case PAGE -> count + 1;
            case OFFSET ->
                count
                        + switch (step) {
                            case RECORDS -> records;
                            case BATCH -> batch;
                        };
        };
    }
}
