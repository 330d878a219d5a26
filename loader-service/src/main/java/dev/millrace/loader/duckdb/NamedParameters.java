package dev.millrace.loader.duckdb;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Names;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Query;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A query whose parameters, {@code @name} as BigQuery has them, are the engine's numbered ones, each as a value of its type.
 *
 * @param sql for the engine, to which {@code @} is an operator
 * @param values to be bound, in their order
 * @param places of the parameters, in their order
 */
record NamedParameters(String sql, List<String> values, List<Place> places) {
    /** What is skipped, as the engine's scanner reads it: texts, names in quotes, comments, texts in dollars; or else a parameter. */
    private static final Pattern TOKEN = Pattern.compile(
            "(?i)(?<!\\w)e'[^'\\\\]*+(?:(?:\\\\.|'')[^'\\\\]*+)*+'|'[^']*+'|\"[^\"]*+\"|--[^\\n]*|/\\*.*?\\*/"
                    + "|(\\$[a-z_]*\\$).*?\\1|(?<![@\\w])@(?<name>[a-z_]\\w*)",
            Pattern.DOTALL);

    /**
     * A parameter.
     *
     * @param start in the SQL as it was written
     * @param longer by how many characters it is in the engine's SQL
     */
    record Place(int start, int longer) {}

    /** A query without parameters is left as it is.
     *
     * @throws MillraceException with {@code QUERY_FAILED} when it has a parameter that isn't given */
    static NamedParameters of(String sql, List<Query.Parameter> parameters) {
        if (parameters.isEmpty()) {
            return new NamedParameters(sql, List.of(), List.of());
        }
        Map<String, Query.Parameter> given = new LinkedHashMap<>();
        parameters.forEach(parameter -> given.put(parameter.name(), parameter));
        List<Query.Parameter> bound = new ArrayList<>();
        List<Place> places = new ArrayList<>();
        StringBuilder written = new StringBuilder();
        Matcher token = TOKEN.matcher(sql);
        int done = 0;
        while (token.find()) {
            if (token.group("name") == null) {
                continue;
            }
            String name = token.group("name").toLowerCase(Locale.ROOT); // as in BigQuery
            Query.Parameter parameter = given.get(name);
            if (parameter == null) {
                throw new MillraceException(
                        ErrorCode.QUERY_FAILED,
                        "the SQL has @" + name + ", which is no parameter (expected: "
                                + Names.oneOf(name, given.keySet()) + ")");
            }
            if (!bound.contains(parameter)) {
                bound.add(parameter);
            }
            String cast = "CAST($" + (bound.indexOf(parameter) + 1) + " AS " + type(parameter.type()) + ")";
            written.append(sql, done, token.start()).append(cast);
            places.add(new Place(token.start(), cast.length() - token.group().length()));
            done = token.end();
        }
        written.append(sql, done, sql.length());
        return new NamedParameters(
                written.toString(), bound.stream().map(Query.Parameter::value).toList(), places);
    }

    /** Where a place in the engine's SQL is in the SQL as it was written. */
    int origin(int place) {
        int origin = place;
        for (Place parameter : places) {
            if (parameter.start() >= origin) {
                break;
            }
            origin = Math.max(parameter.start(), origin - parameter.longer());
        }
        return origin;
    }

    private static String type(Column.Type type) {
        return switch (type) {
            case INTEGER -> "BIGINT";
            case NUMERIC -> "DECIMAL(38, 9)";
            case FLOAT -> "DOUBLE";
            case BOOLEAN, DATE, TIME -> type.name();
            case STRING -> "VARCHAR";
            case DATETIME -> "TIMESTAMP";
            case TIMESTAMP -> "TIMESTAMP WITH TIME ZONE";
            case BIGNUMERIC, BYTES, INTERVAL, JSON, GEOGRAPHY, RECORD ->
                throw new MillraceException(ErrorCode.QUERY_REFUSED, "a parameter of the type " + type);
        };
    }
}
