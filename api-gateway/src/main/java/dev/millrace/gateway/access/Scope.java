package dev.millrace.gateway.access;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What a caller may reach. Where something is named, whatever isn't is out of reach, be it of the other kind.
 *
 * @param pipelines names
 * @param tables such as {@code sales.orders}, or {@code sales.*} for all of a dataset
 */
public record Scope(List<String> pipelines, List<String> tables) {
    /** Of whom nothing is held back. */
    public static final Scope EVERYTHING = new Scope(List.of(), List.of());

    private static final Pattern PIPELINE = Pattern.compile("[A-Za-z0-9_-]{1,63}");
    private static final Pattern TABLE = Pattern.compile("[A-Za-z0-9_-]{1,1000}\\.([A-Za-z0-9_-]{1,1000}|\\*)");
    private static final int MOST = 100;

    public Scope {
        pipelines = List.copyOf(pipelines);
        tables = List.copyOf(tables);
    }

    /**
     * @param pipelines null: none is named
     * @param tables likewise
     * @throws MillraceException with {@code REQUEST_INVALID}
     */
    public static Scope of(@Nullable List<String> pipelines, @Nullable List<String> tables) {
        return new Scope(
                checked("pipelines", pipelines, PIPELINE, "names of pipelines"),
                checked("tables", tables, TABLE, "tables such as sales.orders or sales.*"));
    }

    private static List<String> checked(String key, @Nullable List<String> names, Pattern form, String expected) {
        List<String> given = names == null ? List.of() : names;
        for (String name : given) {
            if (name == null || !form.matcher(name).matches()) {
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID, key + ": '" + name + "' (expected: " + expected + ")");
            }
        }
        if (given.size() > MOST) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, key + ": " + given.size() + " (expected: at most " + MOST + ")");
        }
        return given.stream().distinct().toList();
    }

    public boolean isEverything() {
        return pipelines.isEmpty() && tables.isEmpty();
    }

    public boolean hasPipeline(String name) {
        return isEverything() || pipelines.contains(name);
    }

    /** @param name with its dataset */
    public boolean hasTable(String name) {
        return isEverything()
                || tables.stream()
                        .anyMatch(table -> table.equals(name)
                                || (table.endsWith(".*") && name.startsWith(table.substring(0, table.length() - 1))));
    }

    /** As errors name it. */
    @Override
    public String toString() {
        return isEverything()
                ? "everything"
                : String.join(
                        " and ",
                        Stream.of(named("pipelines", pipelines), named("tables", tables))
                                .filter(text -> !text.isEmpty())
                                .toList());
    }

    private static String named(String kind, List<String> names) {
        return names.isEmpty() ? "" : kind + " " + String.join(", ", names);
    }
}
