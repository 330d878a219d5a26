package dev.millrace.extractor.rest;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.Map;

/**
 * The report that an attempt has submitted, for the attempt after it.
 *
 * @param start the cursor that it was submitted with; null: for everything
 * @param id of the report
 * @param texts what requests refer to of the answer to its submission, by their references
 * @param ended whether it is of no more use, since the attempt has cancelled it, or has failed with it
 */
@Serdeable
record ReportCheckpoint(@Nullable String start, String id, Map<String, String> texts, boolean ended) {
    ReportCheckpoint {
        texts = Map.copyOf(texts);
    }

    ReportCheckpoint asEnded() {
        return new ReportCheckpoint(start, id, texts, true);
    }
}
