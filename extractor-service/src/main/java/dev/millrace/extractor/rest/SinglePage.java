package dev.millrace.extractor.rest;

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
    public Turn after(Page page) {
        return new Turn(null, page.kind() == Page.Kind.PAGE);
    }
}
