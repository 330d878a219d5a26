package dev.millrace.extractor.rest;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Pagination;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import java.util.Map;

/** Pages that hold the URL of the next one. */
final class NextUrlPages implements Way {
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
    public Pager.Step first() {
        return next.first(requests.target(Map.of()));
    }

    @Override
    public boolean mightLeadOn(Page page) {
        return page.present().contains(url);
    }

    @Override
    public String lacking() {
        return "no URL at '" + url + "'";
    }

    @Override
    public String circle() {
        return NextUrls.CIRCLE;
    }

    @Override
    public boolean leadsOn(Page page) {
        return next.leadsOn(reference(page));
    }

    @Override
    public Pager.Step next(Page page) {
        return next.next(page, String.valueOf(reference(page)));
    }

    private @Nullable String reference(Page page) {
        return page.values().get(url);
    }
}
