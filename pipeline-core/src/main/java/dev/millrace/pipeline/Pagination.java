package dev.millrace.pipeline;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;

/** How an API hands out more records than fit into one answer. */
@Serdeable
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
    @JsonSubTypes.Type(value = Pagination.None.class, name = "none"),
    @JsonSubTypes.Type(value = Pagination.Page.class, name = "page")
})
public sealed interface Pagination {
    @Serdeable
    @Doc("One request answers with everything.")
    record None() implements Pagination {}

    /**
     * Pages are asked for by number until one is empty or {@code total} records have come. A page shorter than
     * {@code batch} ends nothing: servers cap page sizes.
     *
     * @param total path to the number of records that the API declares for the whole collection; what was read must equal it
     */
    @Serdeable
    @Doc("Pages are asked for by number.")
    record Page(
            @Default("page") @Doc("Query parameter with the number of the page.")
            String page,

            @Default("pageSize") @Doc("Query parameter with the wanted size of a page.")
            String size,

            @Default("1000") @Doc("Records to ask for at once.")
            int batch,

            @Default("1") @Doc("Number of the first page.") int first,

            @Doc("Path in the answer to the total number of records; the run fails when it doesn't match.") @Nullable
            String total)
            implements Pagination {
        public Page {
            Checks checks = new Checks();
            checks.that(!page.isBlank(), "page", page, "the name of a query parameter");
            checks.that(!size.isBlank(), "size", size, "the name of a query parameter");
            checks.that(batch >= 1 && batch <= 1_000_000, "batch", batch, "1 to 1000000");
            checks.that(first >= 0, "first", first, "0 or more");
            if (total != null) {
                Paths.check(checks, "total", total);
            }
            checks.done();
        }
    }
}
