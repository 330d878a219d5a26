package dev.millrace.pipeline.rest;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.Flat;
import dev.millrace.pipeline.JsonPath;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The way in which an API hands out more records than fit into one answer. */
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
    /** By their keys, the paths that are looked at in each answer. */
    default Map<String, String> paths() {
        Map<String, String> paths = new LinkedHashMap<>();
        switch (this) {
            case None _ -> {}
            case Page page -> page.ends().addPaths(paths);
            case Offset offset -> offset.ends().addPaths(paths);
            case Cursor cursor -> {
                if (cursor.from() == Cursor.From.BODY) {
                    paths.put("cursor", cursor.cursor());
                }
                cursor.ends().addPaths(paths);
            }
            case Link link -> link.ends().addPaths(paths);
            case NextUrl next -> {
                paths.put("url", next.url());
                next.ends().addPaths(paths);
            }
        }
        return paths;
    }

    /** Where a count of pages or records is sent, and the wanted size of a page with it. */
    enum Counts {
        QUERY,
        /** At paths of the body, as numbers. */
        BODY
    }

    @Serdeable
    @Doc("One request answers with everything.")
    record None() implements Pagination {}

    /**
     * Pages are asked for by number until one is empty or {@code total} records have come. A page shorter than
     * {@code batch} ends nothing: servers cap page sizes.
     *
     * @param minBatch what the API takes at least; a batch below it is refused with the pipeline file
     * @param maxBatch what the API takes at most, likewise
     * @param parallel pages under way at once, once the first one has told the total and how many records a page holds
     */
    @Serdeable
    @Doc("Pages are asked for by number.")
    record Page(
            @Default("page") @Doc("Query parameter, or path in the body, with the number of the page.")
            String page,

            @Default("pageSize") @Doc("Query parameter, or path in the body, with the wanted size of a page.")
            String size,

            @Default("1000") @Doc("Records to ask for at once.")
            int batch,

            @Default("1") @Doc("Number of the first page.") int first,

            @Default("1") @Doc("Smallest batch that the API takes.")
            int minBatch,

            @Default("1000000") @Doc("Largest batch that the API takes.")
            int maxBatch,

            @Default("1") @Doc("Pages to read at once, 1 to 64; more than one needs the total.")
            int parallel,

            @Default("query") @Doc("Where the number and the size are sent: in the query or in the body.")
            Counts in,

            @Default("{}") @Flat Ends ends)
            implements Pagination {
        @Creator // of two constructors, that which reads JSON
        public Page {
            Checks checks = new Checks();
            checkCount(checks, in, "page", page);
            checkCount(checks, in, "size", size);
            checkBatch(checks, batch, minBatch, maxBatch);
            checks.that(!size.equals(page), "size", size, "another one than page");
            checkParallel(checks, parallel, ends);
            checks.that(first >= 0, "first", first, "0 or more");
            checks.done();
        }

        /** Of parameters of the query. */
        public Page(
                String page, String size, int batch, int first, int minBatch, int maxBatch, int parallel, Ends ends) {
            this(page, size, batch, first, minBatch, maxBatch, parallel, Counts.QUERY, ends);
        }
    }

    /**
     * Pages are asked for by the number of records before them, until one is empty or {@code total} records have come.
     * Counts what has come and not what was asked for, so a server that caps its pages leaves no gap.
     *
     * @param minBatch as for {@link Page}, and so are those after it
     */
    @Serdeable
    @Doc("Pages are asked for by the number of records before them.")
    record Offset(
            @Default("offset") @Doc("Query parameter, or path in the body, with the number of records to leave out.")
            String offset,

            @Default("limit") @Doc("Query parameter, or path in the body, with the wanted size of a page.")
            String size,

            @Default("1000") @Doc("Records to ask for at once.")
            int batch,

            @Default("0") @Doc("Offset of the first record: 0, or 1 for an API that counts from 1.")
            int first,

            @Default("1") @Doc("Smallest batch that the API takes.")
            int minBatch,

            @Default("1000000") @Doc("Largest batch that the API takes.")
            int maxBatch,

            @Default("1") @Doc("Pages to read at once, 1 to 64; more than one needs the total.")
            int parallel,

            @Default("records")
            @Doc("What the offset grows by: the records that came, or the batch that was asked for.")
            Step step,

            @Default("query") @Doc("Where the offset and the size are sent: in the query or in the body.")
            Counts in,

            @Default("{}") @Flat Ends ends)
            implements Pagination {
        @Creator // of two constructors, that which reads JSON
        public Offset {
            Checks checks = new Checks();
            checkCount(checks, in, "offset", offset);
            checkCount(checks, in, "size", size);
            checkBatch(checks, batch, minBatch, maxBatch);
            checks.that(!size.equals(offset), "size", size, "another one than offset");
            checkParallel(checks, parallel, ends);
            checks.that(first == 0 || first == 1, "first", first, "0 or 1");
            checks.done();
        }

        /** Of parameters of the query. */
        public Offset(
                String offset,
                String size,
                int batch,
                int first,
                int minBatch,
                int maxBatch,
                int parallel,
                Step step,
                Ends ends) {
            this(offset, size, batch, first, minBatch, maxBatch, parallel, step, Counts.QUERY, ends);
        }

        /** What the offset grows by from one page to the next. */
        public enum Step {
            /** A server that caps its pages leaves no gap so. */
            RECORDS,
            /** For a server that leaves out records after it has counted them. */
            BATCH
        }
    }

    /**
     * Each answer holds the cursor that asks for the next page. One without a cursor is the last; an empty page with
     * a cursor is not.
     *
     * @param cursor path in the answer, name of a header, or path in the answer's last record, as {@code from} says
     * @param size where the batch is sent: beside the cursor, and the same way; null: the request says it itself, or nobody
     * @param minBatch as for {@link Page}
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

            @Doc("Name or path, like parameter, that the wanted size of a page is sent in.") @Nullable
            String size,

            @Doc("Records to ask for at once, where size is given.") @Nullable
            Integer batch,

            @Default("1") @Doc("Smallest batch that the API takes.")
            int minBatch,

            @Default("1000000") @Doc("Largest batch that the API takes.")
            int maxBatch,

            @Default("{}") @Flat Ends ends)
            implements Pagination {
        public Cursor {
            Checks checks = new Checks();
            if (from == From.HEADER) {
                Headers.checkName(checks, "cursor", cursor);
            } else {
                JsonPath.check(checks, "cursor", cursor);
            }
            checkSent(checks, in, "parameter", parameter);
            if (size != null) {
                checkSent(checks, in, "size", size);
                checks.that(!size.equals(parameter), "size", size, "another one than parameter");
            }
            checks.that((size == null) == (batch == null), "batch", batch, "size and batch together, or neither");
            if (batch != null) {
                checkBatch(checks, batch, minBatch, maxBatch);
            }
            checks.done();
        }

        private static void checkSent(Checks checks, In in, String field, String name) {
            switch (in) {
                case QUERY -> checks.that(!name.isBlank(), field, name, "the name of a query parameter");
                case HEADER -> Headers.checkName(checks, field, name);
                case BODY -> JsonPath.check(checks, field, name);
            }
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
    record Link(@Default("{}") @Flat Ends ends) implements Pagination {}

    /** @param url path in the answer to the next page's URL, which may be relative; an answer without one is the last */
    @Serdeable
    @Doc("Each answer holds the URL of the next page.")
    record NextUrl(
            @Doc("Path in the answer to the URL of the next page; the last page has none.")
            String url,

            @Default("{}") @Flat Ends ends)
            implements Pagination {
        public NextUrl {
            Checks checks = new Checks();
            JsonPath.check(checks, "url", url);
            checks.done();
        }
    }

    /**
     * How a list ends. What is declared here holds beside what the kind of pagination knows of itself, and is checked
     * against it.
     *
     * @param hasMore path to a boolean that every answer must have; null: the API has none
     * @param isLast likewise
     * @param total path to the number of records that the API declares for the whole list; what was read must equal it
     * @param totalCap a total of this number or more says nothing; null: each total is true
     * @param pages path to the number of pages of the whole list
     * @param maxPages null: {@link #MAX_PAGES} or {@link #MAX_COUNTED_PAGES} where neither a total nor the
     *     number of pages is declared, else no limit
     */
    @Serdeable
    @Doc("How a list ends, and how long it may be.")
    record Ends(
            @Doc("Path in the answer to a boolean that is false on the last page.") @Nullable
            String hasMore,

            @Doc("Path in the answer to a boolean that is true on the last page.") @Nullable
            String isLast,

            @Doc("Path in the answer to the total number of records; the run fails when it doesn't match.") @Nullable
            String total,

            @Doc("Header with the total number of records, instead of a path.") @Nullable
            String totalHeader,

            @Doc("Total that means this many or more, for an API that counts no further.") @Nullable
            Integer totalCap,

            @Doc("Path in the answer to the number of pages.") @Nullable
            String pages,

            @Doc("Header with the number of pages, instead of a path.") @Nullable
            String pagesHeader,

            @Default("fail") @Doc("What it means when a page holds records of the one before it again.")
            Repeats repeats,

            @Doc("Most pages of a run; more fail it. By default none where a total or number of pages is declared.")
            @Nullable
            Integer maxPages,

            @Default("100000000") @Doc("Most records of a run; more fail it.")
            int maxRecords) {
        /** Of a list of which nothing tells how long it is, but each page leads to the next one. */
        public static final int MAX_PAGES = 10_000;

        /** Likewise, where a page is asked for by a count, which the API may ignore. */
        public static final int MAX_COUNTED_PAGES = 2_000;

        private void addPaths(Map<String, String> paths) {
            Stream.of(
                            Map.entry("hasMore", Optional.ofNullable(hasMore)),
                            Map.entry("isLast", Optional.ofNullable(isLast)),
                            Map.entry("total", Optional.ofNullable(total)),
                            Map.entry("pages", Optional.ofNullable(pages)))
                    .forEach(path -> path.getValue().ifPresent(text -> paths.put(path.getKey(), text)));
        }

        public Ends {
            Checks checks = new Checks();
            checkPath(checks, "hasMore", hasMore);
            checkPath(checks, "isLast", isLast);
            checks.that(
                    hasMore == null || !hasMore.equals(isLast),
                    "isLast",
                    String.valueOf(isLast),
                    "another field than hasMore, which is its opposite");
            checkPath(checks, "total", total);
            checkHeader(checks, "totalHeader", totalHeader, total);
            checkPath(checks, "pages", pages);
            checkHeader(checks, "pagesHeader", pagesHeader, pages);
            boolean totals = total != null || totalHeader != null;
            checks.that(
                    totalCap == null || totals, "totalCap", String.valueOf(totalCap), "total or totalHeader beside it");
            checks.that(totalCap == null || totalCap >= 1, "totalCap", String.valueOf(totalCap), "1 or more");
            checks.that(maxPages == null || maxPages >= 1, "maxPages", String.valueOf(maxPages), "1 or more");
            checks.that(maxRecords >= 1, "maxRecords", maxRecords, "1 or more");
            checks.done();
        }

        private static void checkPath(Checks checks, String field, @Nullable String path) {
            if (path != null) {
                JsonPath.check(checks, field, path);
            }
        }

        private static void checkHeader(Checks checks, String field, @Nullable String header, @Nullable String path) {
            if (header != null) {
                Headers.checkName(checks, field, header);
                checks.that(path == null, field, header, "either a path or a header");
            }
        }

        /** What a page with records of the one before it means. */
        public enum Repeats {
            /** The API ignores what it is asked for, or its records moved while they were read. */
            FAIL,
            /** A page that is the same as a whole is one beyond the last: it is left out, and the list at its end. */
            END,
            /** Records may be the same. */
            ALLOW
        }
    }

    private static void checkCount(Checks checks, Counts in, String field, String name) {
        switch (in) {
            case QUERY -> checks.that(!name.isBlank(), field, name, "the name of a query parameter");
            case BODY -> JsonPath.check(checks, field, name);
        }
    }

    private static void checkBatch(Checks checks, int batch, int minBatch, int maxBatch) {
        checks.that(minBatch >= 1, "minBatch", minBatch, "1 or more");
        checks.that(
                maxBatch >= minBatch && maxBatch <= 1_000_000,
                "maxBatch",
                maxBatch,
                "minBatch, " + minBatch + ", to 1000000");
        checks.that(batch >= minBatch && batch <= maxBatch, "batch", batch, minBatch + " to " + maxBatch);
    }

    private static void checkParallel(Checks checks, int parallel, Ends ends) {
        checks.that(parallel >= 1 && parallel <= 64, "parallel", parallel, "1 to 64");
        checks.that(
                parallel == 1 || ends.total() != null || ends.totalHeader() != null,
                "parallel",
                parallel,
                "1, or a total: only it tells how many pages there are");
    }
}
