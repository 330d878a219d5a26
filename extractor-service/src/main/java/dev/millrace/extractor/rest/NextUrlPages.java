package dev.millrace.extractor.rest;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Pagination;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import java.util.Map;

/** Pages that hold the URL of the next one. */
final class NextUrlPages implements Pager {
    private final JsonPath url;
    private final Requests requests;
    private final NextUrls next;

    NextUrlPages(Pagination.NextUrl pagination, Requests requests) {
        this.url = JsonPath.of(pagination.url());
        this.requests = requests;
        this.next = new NextUrls(requests);
    }

    @Override
    public List<JsonPath> paths() {
        return List.of(url);
    }

    @Override
    public Step first() {
        return next.first(requests.target(Map.of()));
    }

    @Override
    public @Nullable Step after(Page page) {
        return next.after(page, page.values().get(url));
    }
}
