package dev.millrace.gateway.insight;

import dev.millrace.pipeline.ComparableValues;
import dev.millrace.pipeline.Insight;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/** What the loader is asked for an insight. */
public final class InsightQuery {
    private InsightQuery() {}

    /**
     * @param given the value of a parameter by its name; null: the one that the insight declares
     * @param limit of rows
     * @throws MillraceException with {@code REQUEST_INVALID}
     */
    public static Query of(Insight insight, Function<String, @Nullable String> given, int limit) {
        List<Query.Parameter> values = new ArrayList<>();
        for (Map.Entry<String, Insight.Parameter> entry :
                insight.head().parameters().entrySet()) {
            String name = entry.getKey();
            Insight.Parameter parameter = entry.getValue();
            String said = given.apply(name);
            String taken = said == null ? parameter.fallback() : said;
            if (taken == null) {
                throw invalid(name + ": missing (expected: " + a(parameter) + ")");
            }
            if (!ComparableValues.fits(parameter.type(), taken)) {
                throw invalid(name + ": '" + taken + "' (expected: " + a(parameter) + ")");
            }
            values.add(new Query.Parameter(name, parameter.type(), taken));
        }
        return query(insight, values, limit);
    }

    /** One that could be asked, to find out which tables it reads. */
    public static Query example(Insight insight) {
        List<Query.Parameter> values = new ArrayList<>();
        insight.head()
                .parameters()
                .forEach((name, parameter) -> values.add(new Query.Parameter(
                        name,
                        parameter.type(),
                        Objects.requireNonNullElse(parameter.fallback(), ComparableValues.example(parameter.type())))));
        return query(insight, values, 1);
    }

    private static Query query(Insight insight, List<Query.Parameter> values, int limit) {
        return new Query(
                insight.sql(), limit, insight.dialects(), values, insight.head().timeout());
    }

    private static String a(Insight.Parameter parameter) {
        return "a value of type " + parameter.type() + " such as " + ComparableValues.example(parameter.type());
    }

    private static MillraceException invalid(String detail) {
        return new MillraceException(ErrorCode.REQUEST_INVALID, detail);
    }
}
