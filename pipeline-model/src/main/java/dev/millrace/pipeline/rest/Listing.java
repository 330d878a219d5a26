package dev.millrace.pipeline.rest;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.format.Format;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/**
 * A list that is read before the requests of an endpoint, of which each is for one of its records. The same keys as in a
 * {@link RestRead}.
 *
 * @param records as there, and so are those after it
 */
@Serdeable
@Doc("A list that is read first: the requests are sent for its records.")
public record Listing(
        @Doc("What to ask the API for.") Request request,

        @Doc("Path to the array of records in the answer.") @Nullable
        String records,

        @Default("{type: none}") @Doc("How the API hands out more records than fit into one answer.")
        Pagination pagination,

        @Doc("Asks only for records that are new since the last run.") @Nullable
        RestCursor cursor,

        @Default("{type: json}") @Doc("How the answers are to be read, as the format of files.")
        Format format)
        implements FileRules {

    /** What it reads, as an endpoint would. */
    public RestRead read() {
        return new RestRead(request, records, pagination, cursor, null, format, null, null);
    }

    @Override
    public void check(Checks checks) {
        read().check(checks);
    }
}
