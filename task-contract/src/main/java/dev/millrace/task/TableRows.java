package dev.millrace.task;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * Some rows of a table, answered to a {@link Wanted} at {@code POST /tables/rows}.
 *
 * @param rows each with one text per column, null for NULL; exact, as BigQuery's REST API writes values
 * @param version of the table's data, which is another one after each load
 * @param next what to ask for the rows after these with; null: there are none
 */
@Serdeable
public record TableRows(
        List<Query.Field> columns,
        List<List<@Nullable String>> rows,
        String version,
        @Nullable String next) {
    /** The subject of service tokens for asking for them. */
    public static final String SUBJECT = "table-rows";

    /** Header with the version of the table's data, of an answer that has all rows as bytes. */
    public static final String VERSION = "Millrace-Version";

    /** Most rows of an answer. */
    public static final int MOST = 10_000;

    /** What the names of {@linkplain #file files} in staging begin with. */
    public static final String FILES = "rows/";

    private static final DateTimeFormatter FILE =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /**
     * What is wanted of a table.
     *
     * @param table with its dataset
     * @param fields columns, in their order; empty: all
     * @param filters all of which a row has to meet
     * @param order by which rows come; NULL is larger than every value. Rows that are equal by it, or all, without any, come in
     *     an order that is the same from page to page
     * @param limit of rows, of which there may be fewer, if they are large
     * @param after what an answer to the same request had as {@code next}; null: the first rows
     */
    @Serdeable
    public record Wanted(
            String table,
            List<String> fields,
            List<Filter> filters,
            List<Order> order,
            int limit,
            @Nullable String after) {
        public Wanted {
            fields = List.copyOf(fields);
            filters = List.copyOf(filters);
            order = List.copyOf(order);
            if (limit < 1 || limit > MOST) {
                throw new IllegalArgumentException("limit: " + limit + " (expected: 1 to " + MOST + ")");
            }
        }
    }

    /**
     * A condition. A row whose column is NULL meets {@link Operator#NULL} only.
     *
     * @param values one; any number for {@link Operator#IN}; none for {@link Operator#NULL} and {@link Operator#NOT_NULL}
     */
    @Serdeable
    public record Filter(String column, Operator operator, List<String> values) {
        public Filter {
            values = List.copyOf(values);
        }
    }

    /** A comparison of a column with values. */
    public enum Operator {
        EQ,
        NE,
        LT,
        LE,
        GT,
        GE,
        IN,
        /** {@code %} stands for any text, {@code _} for one character, {@code \} makes either an ordinary one. */
        LIKE,
        NULL,
        NOT_NULL
    }

    /** A column to sort by. */
    @Serdeable
    public record Order(String column, boolean descending) {}

    /**
     * The name of an object in staging for a file of rows, which sorts by the time.
     *
     * @param extension null: the start of the names of all files of that time
     */
    public static String file(Instant at, @Nullable String extension) {
        String time = FILE.format(at);
        return FILES + time + (extension == null ? "" : "-" + UUID.randomUUID() + "." + extension);
    }
}
