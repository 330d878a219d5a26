package dev.millrace.extractor.rest;

import io.micronaut.core.annotation.Nullable;
import java.util.Map;

/** Pages that link to the next one in their {@code Link} header. */
final class LinkedPages implements Way {
    private final Requests requests;
    private final NextUrls next;

    LinkedPages(Requests requests) {
        this.requests = requests;
        this.next = new NextUrls(requests);
    }

    @Override
    public Pager.Step first() {
        return next.first(requests.target(Map.of()));
    }

    @Override
    public boolean mightLeadOn(Page page) {
        return !page.head().headers().allValues("Link").isEmpty();
    }

    @Override
    public String lacking() {
        return "no link with rel=\"next\"";
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
        return LinkHeader.next(page.head().headers().allValues("Link"));
    }
}
