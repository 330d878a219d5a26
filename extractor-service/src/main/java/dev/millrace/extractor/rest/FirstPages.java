package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.JsonPath;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/** The way through the first pages, one after the other, until they have as many records as a sample wants. */
final class FirstPages implements Pager {
    private final Pager all;
    private final StagedRecords staged;
    private long read;

    private FirstPages(Pager all, StagedRecords staged) {
        this.all = all;
        this.staged = staged;
        this.read = staged.count();
    }

    /** The way through all pages that are wanted. */
    static Pager of(Pager all, StagedRecords staged) {
        return staged.isSample() ? new FirstPages(all, staged) : all;
    }

    @Override
    public List<JsonPath> paths() {
        return all.paths();
    }

    @Override
    public @Nullable JsonPath pathInLastRecord() {
        return all.pathInLastRecord();
    }

    @Override
    public Step first() {
        return all.first();
    }

    @Override
    public Turn after(Page page) {
        Turn turn = all.after(page);
        read += turn.kept() ? page.records() : 0;
        if (turn.next() == null || read < staged.most()) {
            return turn;
        }
        staged.leftMore();
        return new Turn(null, turn.kept());
    }

    @Override
    public @Nullable Long total() {
        return all.total();
    }
}
