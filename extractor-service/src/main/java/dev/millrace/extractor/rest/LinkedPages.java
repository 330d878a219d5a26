package dev.millrace.extractor.rest;

import io.micronaut.core.annotation.Nullable;
import java.util.Map;

/** Pages that link to the next one in their {@code Link} header. */
final class LinkedPages implements Pager {
    private final Requests requests;
    private final NextUrls next;

    LinkedPages(Requests requests) {
        this.requests = requests;
        this.next = new NextUrls(requests);
    }

    @Override
    public Step first() {
        return next.first(requests.target(Map.of()));
    }

    @Override
    public @Nullable Step after(Page page) {
        return next.after(page, LinkHeader.next(page.head().headers().allValues("Link")));
    }
}
