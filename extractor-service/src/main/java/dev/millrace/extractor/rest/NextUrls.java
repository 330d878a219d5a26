package dev.millrace.extractor.rest;

import io.micronaut.core.annotation.Nullable;

/** Follows the URLs that an API hands out for its next pages, wherever it puts them. */
final class NextUrls {
    private final Requests requests;
    private final CycleDetector cycles = new CycleDetector();
    private int number = 1;

    NextUrls(Requests requests) {
        this.requests = requests;
    }

    Pager.Step first(Requests.Target target) {
        cycles.refuseKey(target.url().toString(), "page 1 is the first");
        return new Pager.Step("page 1", target);
    }

    /**
     * @param reference to the next page, absolute or relative; null or blank: this was the last
     * @return null when there is no next page
     */
    Pager.@Nullable Step after(Page page, @Nullable String reference) {
        cycles.refuse(page, "the URLs of the next page lead to the same records");
        if (reference == null || reference.isBlank()) {
            return null;
        }
        Requests.Target target = requests.next(reference.strip(), page);
        cycles.refuseKey(
                target.url().toString(),
                page.name() + " leads to " + target.shownUrl() + ", which has been read already: it would never end");
        number++;
        return new Pager.Step("page " + number, target, target.shownUrl());
    }
}
