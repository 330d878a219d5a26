package dev.millrace.extractor.rest;

import io.micronaut.core.annotation.Nullable;
import java.util.Map;

/** One answer with everything. */
final class SinglePage implements Pager {
    private final Requests requests;

    SinglePage(Requests requests) {
        this.requests = requests;
    }

    @Override
    public Step first() {
        return new Step("the answer", requests.target(Map.of()));
    }

    @Override
    public @Nullable Step after(Page page) {
        return null;
    }
}
