package dev.millrace.extractor.rest;

import dev.millrace.pipeline.Pagination;
import io.micronaut.core.annotation.Nullable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Pages that are asked for by number. */
final class NumberedPages implements Pager {
    private final Pagination.Page pagination;
    private final Requests requests;
    private final DeclaredTotal total;
    private final Repeats repeats = new Repeats();
    private int number;

    NumberedPages(Pagination.Page pagination, Requests requests) {
        this.pagination = pagination;
        this.requests = requests;
        this.total = new DeclaredTotal(pagination.total(), requests);
        this.number = pagination.first();
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
        paging.put(pagination.page(), Integer.toString(number));
        paging.put(pagination.size(), Integer.toString(pagination.batch()));
        return new Step("page " + number, requests.target(paging));
    }

    @Override
    public @Nullable Step after(Page page) {
        total.add(page);
        if (page.records() > 0) {
            repeats.refuseContents(page, "the API ignores the parameter '" + pagination.page() + "'");
        }
        if (total.isReached() || page.records() == 0) {
            total.settle();
            return null;
        }
        number++;
        return step();
    }

    @Override
    public @Nullable Long total() {
        return total.declared();
    }
}
