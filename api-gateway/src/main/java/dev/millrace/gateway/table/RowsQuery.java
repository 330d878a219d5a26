package dev.millrace.gateway.table;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.TableRows;
import io.micronaut.context.annotation.Property;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What callers ask of a table's rows, and the cursors by which they go on: each is signed, so that it is good for the same
 * question only, and for nobody's own making. Safe for use by several threads.
 */
@Singleton
public class RowsQuery {
    private static final Map<String, TableRows.Operator> OPERATORS = Map.of(
            "eq", TableRows.Operator.EQ,
            "ne", TableRows.Operator.NE,
            "lt", TableRows.Operator.LT,
            "le", TableRows.Operator.LE,
            "gt", TableRows.Operator.GT,
            "ge", TableRows.Operator.GE,
            "in", TableRows.Operator.IN,
            "like", TableRows.Operator.LIKE,
            "null", TableRows.Operator.NULL,
            "notnull", TableRows.Operator.NOT_NULL);

    private static final String ALGORITHM = "HmacSHA256";
    private static final int SIGNATURE = 16;

    private final byte[] key;
    private final ObjectMapper json;

    RowsQuery(@Property(name = "millrace.service.key") String serviceKey, ObjectMapper json) {
        this.key = ("cursors of rows: " + serviceKey).getBytes(StandardCharsets.UTF_8);
        this.json = json;
    }

    /**
     * @param fields names with commas between them; null: all
     * @param sort likewise, with a {@code -} before those that descend; null: as they are stored
     * @param filters each a column, an operator and values, with colons between them
     * @param after a cursor; null: the first rows
     * @throws MillraceException with {@code REQUEST_INVALID}
     */
    public TableRows.Wanted wanted(
            String table,
            @Nullable String fields,
            @Nullable String sort,
            List<String> filters,
            int limit,
            @Nullable String after) {
        List<TableRows.Order> order = names("sort", sort).stream()
                .map(name -> name.startsWith("-")
                        ? new TableRows.Order(name.substring(1), true)
                        : new TableRows.Order(name, false))
                .toList();
        TableRows.Wanted wanted = new TableRows.Wanted(
                table,
                names("fields", fields),
                filters.stream().map(this::filter).toList(),
                order,
                limit,
                null);
        return after == null ? wanted : at(wanted, position(after, wanted));
    }

    /** The same from a position on. */
    private static TableRows.Wanted at(TableRows.Wanted wanted, @Nullable String position) {
        return new TableRows.Wanted(
                wanted.table(), wanted.fields(), wanted.filters(), wanted.order(), wanted.limit(), position);
    }

    private static List<String> names(String parameter, @Nullable String text) {
        if (text == null) {
            return List.of();
        }
        List<String> names = Arrays.asList(text.split(",", -1));
        if (names.stream()
                        .map(name -> name.toLowerCase(Locale.ROOT).replaceFirst("^-", ""))
                        .distinct()
                        .count()
                < names.size()) {
            throw invalid(parameter + ": '" + text + "' (expected: each column once)");
        }
        return names;
    }

    private TableRows.Filter filter(String text) {
        String[] parts = text.split(":", 3);
        TableRows.Operator operator = parts.length < 2 ? null : OPERATORS.get(parts[1]);
        if (operator == null) {
            throw invalid("filter: '" + text + "' (expected: COLUMN:OPERATOR:VALUE, with one of "
                    + OPERATORS.keySet().stream().sorted().toList() + ")");
        }
        boolean valued = operator != TableRows.Operator.NULL && operator != TableRows.Operator.NOT_NULL;
        if (valued != (parts.length == 3)) {
            throw invalid("filter: '" + text + "' (expected: " + (valued ? "a value" : "no value") + " after "
                    + parts[1] + ")");
        }
        return new TableRows.Filter(parts[0], operator, valued ? values(operator, parts[2]) : List.of());
    }

    private List<String> values(TableRows.Operator operator, String text) {
        if (operator != TableRows.Operator.IN) {
            return List.of(text);
        }
        if (!text.startsWith("[")) {
            return List.of(text.split(",", -1));
        }
        try {
            List<String> values = json.readValue(text, Argument.listOf(String.class));
            if (values != null && !values.isEmpty() && values.stream().noneMatch(Objects::isNull)) {
                return values;
            }
        } catch (IOException e) {
            // no array
        }
        throw invalid("filter: '" + text + "' (expected: values with commas between them, or a JSON array of texts)");
    }

    /** The cursor by which the rows after some are asked for. */
    public String cursor(String position, TableRows.Wanted wanted) {
        Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
        return encoder.encodeToString(position.getBytes(StandardCharsets.UTF_8)) + "."
                + encoder.encodeToString(signature(position, wanted));
    }

    private String position(String cursor, TableRows.Wanted wanted) {
        String[] parts = cursor.split("\\.", -1);
        try {
            if (parts.length == 2) {
                String position = new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8);
                if (MessageDigest.isEqual(Base64.getUrlDecoder().decode(parts[1]), signature(position, wanted))) {
                    return position;
                }
            }
        } catch (IllegalArgumentException e) {
            // no base64
        }
        throw invalid(
                "after: no cursor of this question (expected: the next of a page of the same table, fields, sort and"
                        + " filters)");
    }

    private byte[] signature(String position, TableRows.Wanted wanted) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(key, ALGORITHM));
            mac.update(question(wanted).getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0);
            return Arrays.copyOf(mac.doFinal(position.getBytes(StandardCharsets.UTF_8)), SIGNATURE);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    /** Without limit and place, which may differ from page to page. */
    private static String question(TableRows.Wanted wanted) {
        List<Object> parts = new ArrayList<>(List.of(wanted.table(), wanted.fields(), wanted.order()));
        parts.addAll(wanted.filters());
        return parts.toString();
    }

    /**
     * An entity tag of an answer.
     *
     * @param version of the table's data
     * @param form in which the rows are sent
     */
    public static String tag(String version, Object wanted, String form) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest((version + " " + wanted + " " + form).getBytes(StandardCharsets.UTF_8));
            return '"' + HexFormat.of().formatHex(digest, 0, SIGNATURE) + '"';
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    private static MillraceException invalid(String detail) {
        return new MillraceException(ErrorCode.REQUEST_INVALID, detail);
    }
}
