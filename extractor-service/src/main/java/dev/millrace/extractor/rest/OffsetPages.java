package dev.millrace.extractor.rest;

import dev.millrace.pipeline.Pagination;
import io.micronaut.core.annotation.Nullable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Pages that are asked for by the number of records before them. */
final class OffsetPages implements Pager {
    private final Pagination.Offset pagination;
    private final Requests requests;
    private final DeclaredTotal total;
    private final Repeats repeats = new Repeats();
    private long offset;

    OffsetPages(Pagination.Offset pagination, Requests requests) {
        this.pagination = pagination;
        this.requests = requests;
        this.total = new DeclaredTotal(pagination.total(), requests);
        this.offset = pagination.first();
    }

    @Override
    public List<String> paths() {
        return total.paths();
    }

    @Override
    public Step first() {
        return step();
    }

    private Step step() {
        Map<String, String> paging = new LinkedHashMap<>();
        paging.put(pagination.offset(), Long.toString(offset));
        paging.put(pagination.size(), Integer.toString(pagination.batch()));
        return new Step("offset " + offset, requests.target(paging));
    }

    @Override
    public @Nullable Step after(Page page) {
        total.add(page);
        if (page.records() > 0) {
            repeats.refuseContents(page, "the API ignores the parameter '" + pagination.offset() + "'");
        }
        if (total.isReached() || page.records() == 0) {
            total.settle();
            return null;
        }
        offset += page.records();
        return step();
    }

    @Override
    public @Nullable Long total() {
        return total.declared();
    }
}
