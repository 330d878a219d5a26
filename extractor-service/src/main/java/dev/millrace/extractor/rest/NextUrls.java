package dev.millrace.extractor.rest;

import io.micronaut.core.annotation.Nullable;

/** The URLs that an API hands out for its next pages, wherever it puts them. */
final class NextUrls {
    /** Why a page might be the same as the one before it. */
    static final String CIRCLE = "the URLs of the next page lead to the same records";

    private final Requests requests;
    private final SeenKeys seen = new SeenKeys();
    private int number = 1;

    NextUrls(Requests requests) {
        this.requests = requests;
    }

    Pager.Step first(Requests.Target target) {
        seen.refuse(target.url().toString(), "page 1 is the first");
        return new Pager.Step("page 1", target);
    }

    boolean leadsOn(@Nullable String reference) {
        return reference != null && !reference.isBlank();
    }

    /** @param reference to the next page, absolute or relative */
    Pager.Step next(Page page, String reference) {
        Requests.Target target = requests.next(reference.strip(), page);
        seen.refuse(
                target.url().toString(),
                page.name() + " leads to " + target.shownUrl() + ", which has been read already: it would never end");
        number++;
        return new Pager.Step("page " + number, target, target.shownUrl());
    }
}
