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
    @JsonSubTypes.Type(value = Pagination.Page.class, name = "page"),
    @JsonSubTypes.Type(value = Pagination.Offset.class, name = "offset"),
    @JsonSubTypes.Type(value = Pagination.Cursor.class, name = "cursor"),
    @JsonSubTypes.Type(value = Pagination.Link.class, name = "link"),
    @JsonSubTypes.Type(value = Pagination.NextUrl.class, name = "next-url")
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

    /**
     * Pages are asked for by the number of records before them, until one is empty or {@code total} records have come.
     * Counts what has come and not what was asked for, so a server that caps its pages leaves no gap.
     *
     * @param total as for {@link Page}
     */
    @Serdeable
    @Doc("Pages are asked for by the number of records before them.")
    record Offset(
            @Default("offset") @Doc("Query parameter with the number of records to leave out.")
            String offset,

            @Default("limit") @Doc("Query parameter with the wanted size of a page.")
            String size,

            @Default("1000") @Doc("Records to ask for at once.")
            int batch,

            @Default("0") @Doc("Offset of the first record: 0, or 1 for an API that counts from 1.")
            int first,

            @Doc("Path in the answer to the total number of records; the run fails when it doesn't match.") @Nullable
            String total)
            implements Pagination {
        public Offset {
            Checks checks = new Checks();
            checks.that(!offset.isBlank(), "offset", offset, "the name of a query parameter");
            checks.that(!size.isBlank(), "size", size, "the name of a query parameter");
            checks.that(batch >= 1 && batch <= 1_000_000, "batch", batch, "1 to 1000000");
            checks.that(first == 0 || first == 1, "first", first, "0 or 1");
            if (total != null) {
                Paths.check(checks, "total", total);
            }
            checks.done();
        }
    }

    /**
     * Each answer holds the cursor that asks for the next page. One without a cursor is the last; an empty page with
     * a cursor is not.
     *
     * @param cursor path in the answer, name of a header, or path in the answer's last record, as {@code from} says
     * @param hasMore path to a boolean that every answer must have; only when it is false the page is the last
     */
    @Serdeable
    @Doc("Each answer holds a cursor that asks for the next page.")
    record Cursor(
            @Default("body") @Doc("Where the cursor is: in the body, in a header, or in the last record of the page.")
            From from,

            @Doc("Path of the cursor in the answer or its last record, or name of the header that holds it.")
            String cursor,

            @Default("query") @Doc("Where the cursor is sent: in a query parameter, in a header or in the body.")
            In in,

            @Doc("Name of the query parameter or header, or path in the body, that the cursor is sent in.")
            String parameter,

            @Doc("Path in the answer to a boolean that is false on the last page.") @Nullable
            String hasMore)
            implements Pagination {
        private static final String HEADER = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";

        public Cursor {
            Checks checks = new Checks();
            if (from == From.HEADER) {
                checks.that(cursor.matches(HEADER), "cursor", cursor, "the name of a header");
            } else {
                Paths.check(checks, "cursor", cursor);
            }
            switch (in) {
                case QUERY ->
                    checks.that(!parameter.isBlank(), "parameter", parameter, "the name of a query parameter");
                case HEADER -> checks.that(parameter.matches(HEADER), "parameter", parameter, "the name of a header");
                case BODY -> Paths.check(checks, "parameter", parameter);
            }
            if (hasMore != null) {
                Paths.check(checks, "hasMore", hasMore);
            }
            checks.done();
        }

        /** Where an answer holds the cursor. */
        public enum From {
            BODY,
            HEADER,
            /** A field of the last record: what has come is where to go on. */
            RECORD
        }

        /** Where a request takes the cursor. */
        public enum In {
            QUERY,
            HEADER,
            /** At a path of the body: as a number where the body has a number already, else as a text. */
            BODY
        }
    }

    @Serdeable
    @Doc("Each answer links to the next page in its Link header, rel=\"next\" (RFC 8288).")
    record Link() implements Pagination {}

    /** @param url path in the answer to the next page's URL, which may be relative; an answer without one is the last */
    @Serdeable
    @Doc("Each answer holds the URL of the next page.")
    record NextUrl(
            @Doc("Path in the answer to the URL of the next page; the last page has none.")
            String url) implements Pagination {
        public NextUrl {
            Checks checks = new Checks();
            Paths.check(checks, "url", url);
            checks.done();
        }
    }
}
