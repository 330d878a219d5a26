package dev.millrace.pipeline.rest;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.CursorReference;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.EachReference;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Names;
import dev.millrace.pipeline.Read;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What the request of an endpoint is sent for: once for each record of a list, or for each of some values. Exactly one of
 * {@code endpoint}, {@code list}, {@code values}, {@code range}, {@code file} and {@code query} says which.
 *
 * @param as what {@link EachReference}s call it, and the name of the field that each record gets
 * @param endpoint of the same file, whose list is read; what was stored has that {@code list} beside it
 * @param list null: of the endpoint, or there is none
 * @param fields paths in a record of the list, or names of fields in the file, that are kept beside those that the
 *     request refers to
 * @param values texts; empty: there are none
 * @param file CSV with a header or NDJSON, absolute, or relative to the pipeline file until {@link #in} has made it absolute
 * @param query one SELECT in the warehouse's dialect, whose rows the request is sent for
 * @param parallel lists that are read at once
 * @param maxRequests most records or values that requests are sent for
 */
@Serdeable
@Doc("Sends the request once for each record of a list, or for each of some values.")
public record ForEach(
        @Doc("What the request and the columns call it: ${order.id}, and from: order.id.")
        String as,

        @Doc("Endpoint of this file whose records the request is sent for; they are read anew.") @Nullable
        String endpoint,

        @Doc("List that the request is sent for, where no endpoint loads it.") @Nullable
        Listing list,

        @Default("[]") @Doc("Fields to keep for columns, beside those that the request refers to.")
        List<String> fields,

        @Default("[]") @Doc("Values that the request is sent for.")
        List<String> values,

        @Doc("Numbers or days that the request is sent for.") @Nullable
        Range range,

        @Doc("File with what the request is sent for: CSV with a header, or NDJSON; relative to the pipeline file.")
        @Nullable
        String file,

        @Doc("One SELECT over tables of the warehouse, for each row of which the request is sent.") @Nullable
        String query,

        @Default("1") @Doc("Requests at once, 1 to 64.") int parallel,

        @Default("1000000") @Doc("Most records or values to send the request for; more fail the run.")
        int maxRequests)
        implements FileRules {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");

    /** Of each one a hash is held in memory. */
    private static final int MOST_REQUESTS = 5_000_000;

    public ForEach {
        Checks checks = new Checks();
        checks.that(NAME.matcher(as).matches(), "as", as, "a lower case letter, then up to 62 of a-z, 0-9 and _");
        // the references ${day…} and ${cursor…} begin so
        checks.that(
                !as.startsWith("day") && !as.startsWith("cursor") && !as.equals("secret"),
                "as",
                as,
                "another name: ${day}, ${cursor} and ${secret:…} mean something else");
        fields = List.copyOf(fields);
        values = List.copyOf(values);
        for (int i = 0; i < fields.size(); i++) {
            checkField(checks, "fields[" + i + "]", fields.get(i));
        }
        checks.that(parallel >= 1 && parallel <= 64, "parallel", parallel, "1 to 64");
        checks.that(
                maxRequests >= 1 && maxRequests <= MOST_REQUESTS, "maxRequests", maxRequests, "1 to " + MOST_REQUESTS);
        checks.done();
    }

    private static void checkField(Checks checks, String key, String path) {
        try {
            checks.that(
                    JsonPath.of(path).steps().stream().allMatch(JsonPath.Step.Name.class::isInstance),
                    key,
                    path,
                    "names with a point between them: elements of arrays aren't kept");
        } catch (InvalidValue e) {
            e.violations().forEach(wrong -> checks.that(false, key, wrong.found(), wrong.expected()));
        }
    }

    @Override
    public void check(Checks checks) {
        List<String> kinds = new ArrayList<>();
        note(kinds, "endpoint", endpoint != null);
        note(kinds, "list", list != null);
        note(kinds, "values", !values.isEmpty());
        note(kinds, "range", range != null);
        note(kinds, "file", file != null);
        note(kinds, "query", query != null);
        checks.that(
                kinds.size() == 1,
                kinds.isEmpty() ? "" : kinds.getLast(),
                kinds.isEmpty() ? "nothing to send it for" : String.join(" and ", kinds),
                "one of endpoint, list, values, range, file and query");
        checks.that(
                fields.isEmpty() || !isSingle(), "fields", fields, "none: a value has no fields, and is kept itself");
        checks.that(query == null || !query.isBlank(), "query", "nothing", "one SELECT");
        checks.that(
                file == null || file.endsWith(".csv") || file.endsWith(".ndjson"),
                "file",
                String.valueOf(file),
                "a name that ends in .csv or .ndjson");
        Set<String> known = new HashSet<>();
        for (int i = 0; i < values.size(); i++) {
            String value = values.get(i);
            checks.that(known.add(value), "values[" + i + "]", value, "each value once");
            checks.that(
                    CursorReference.isUsable(value),
                    "values[" + i + "]",
                    value,
                    "1 to 1000 characters, none of them a control character");
        }
        checks.that(values.size() <= maxRequests, "values", values.size() + " values", "maxRequests at most");
        if (range != null) {
            long count = range.count();
            checks.that(count <= maxRequests, "range", count + " values", "maxRequests at most, " + maxRequests);
        }
    }

    private static void note(List<String> kinds, String kind, boolean there) {
        if (there) {
            kinds.add(kind);
        }
    }

    /** Whether the request is sent for single values, and not for records. */
    public boolean isSingle() {
        return !values.isEmpty() || range != null;
    }

    /** Checks what a request refers to; its fields are those of the request. */
    void checkReference(Checks checks, String field, EachReference reference) {
        if (!reference.name().equals(as)) {
            checks.that(
                    false, field, reference.text(), "${" + as + (isSingle() ? "}" : ".…}") + ", as forEach calls it");
        } else if (isSingle()) {
            checks.that(reference.path() == null, field, reference.text(), "${" + as + "}: it is a single value");
        } else if (reference.path() == null) {
            checks.that(false, field, reference.text(), "a field of it, such as ${" + as + ".id}");
        } else {
            checkField(checks, field, reference.path());
        }
    }

    /**
     * Paths in a record that are kept, none of them within another one.
     *
     * @param request what refers to some
     */
    public List<JsonPath> kept(Request request) {
        Set<String> all = new TreeSet<>(fields);
        request.references().forEach(reference -> {
            if (reference.path() != null) {
                all.add(reference.path());
            }
        });
        List<JsonPath> paths = all.stream().map(JsonPath::of).toList();
        return paths.stream()
                .filter(path -> paths.stream().noneMatch(other -> isWithin(path, other)))
                .toList();
    }

    private static boolean isWithin(JsonPath path, JsonPath other) {
        List<String> names = names(path);
        List<String> outer = names(other);
        return names.size() > outer.size() && names.subList(0, outer.size()).equals(outer);
    }

    private static List<String> names(JsonPath path) {
        return path.steps().stream()
                .map(step -> step instanceof JsonPath.Step.Name name ? name.name() : step.toString())
                .toList();
    }

    /**
     * Why no record can have a value at a path, as what should stand there instead; null: some may.
     *
     * @param request what is kept beside {@code fields} for
     */
    @Nullable
    String lacking(JsonPath path, Request request) {
        List<String> wanted = names(path);
        if (!wanted.getFirst().equals(as) || wanted.size() == 1) {
            return null;
        }
        if (isSingle()) {
            return as + ", which is a single value";
        }
        List<String> rest = wanted.subList(1, wanted.size());
        boolean kept = kept(request).stream().map(ForEach::names).anyMatch(one -> {
            int shared = Math.min(one.size(), rest.size());
            return one.subList(0, shared).equals(rest.subList(0, shared));
        });
        return kept
                ? null
                : "a field of " + as + " that is kept, so one that the request refers to or that forEach.fields lists";
    }

    /** The same, with nothing that is relative to the pipeline file. */
    ForEach in(Path folder) {
        return file == null
                ? this
                : new ForEach(
                        as,
                        endpoint,
                        list,
                        fields,
                        values,
                        range,
                        folder.resolve(file).normalize().toString(),
                        query,
                        parallel,
                        maxRequests);
    }

    /**
     * The same, with the list of its endpoint.
     *
     * @param others what the endpoints of the file read
     * @throws InvalidValue of {@code endpoint}, when there is none of the name, or it is sent for others itself
     */
    ForEach with(Map<String, Read> others) {
        if (endpoint == null) {
            return this;
        }
        if (!(others.get(endpoint) instanceof RestRead parent)) {
            throw new InvalidValue("endpoint", endpoint, Names.oneOf(endpoint, others.keySet()));
        }
        if (parent.forEach() != null) {
            throw new InvalidValue(
                    "endpoint",
                    endpoint,
                    "an endpoint without forEach: its records are read only for others themselves");
        }
        Listing found =
                new Listing(parent.request(), parent.records(), parent.pagination(), parent.cursor(), parent.format());
        return new ForEach(as, endpoint, found, fields, values, range, file, query, parallel, maxRequests);
    }

    /**
     * Whole numbers, or days as {@code 2026-01-31}.
     *
     * @param to the last one, if the steps meet it
     * @param step numbers or days from one to the next
     */
    @Serdeable
    @Doc("Whole numbers, or days such as 2026-01-31.")
    public record Range(
            @Doc("The first number or day.") String from,
            @Doc("The last number or day.") String to,
            @Default("1") @Doc("From one to the next.") int step) {
        private static final Pattern NUMBER = Pattern.compile("0|-?[1-9][0-9]{0,17}");
        private static final Pattern DATE = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");
        private static final String EXPECTED = "a whole number or a day such as 2026-01-31";

        public Range {
            Checks checks = new Checks();
            checks.that(isOne(from), "from", from, EXPECTED);
            checks.that(isOne(to), "to", to, EXPECTED);
            checks.that(step >= 1, "step", step, "1 or more");
            checks.done();
            checks.that(
                    isNumber(from) == isNumber(to), "to", to, isNumber(from) ? "a number, as from" : "a day, as from");
            checks.done();
            checks.that(position(from) <= position(to), "to", to, from + " or more");
            checks.done();
        }

        private static boolean isOne(String text) {
            return isNumber(text) || isDay(text);
        }

        private static boolean isNumber(String text) {
            return NUMBER.matcher(text).matches();
        }

        private static boolean isDay(String text) {
            if (!DATE.matcher(text).matches()) {
                return false;
            }
            try {
                return LocalDate.parse(text).toString().equals(text);
            } catch (java.time.DateTimeException e) {
                return false;
            }
        }

        private static long position(String text) {
            return isNumber(text) ? Long.parseLong(text) : LocalDate.parse(text).toEpochDay();
        }

        /** Whether they are numbers, and not days. */
        public boolean isOfNumbers() {
            return isNumber(from);
        }

        /** How many there are. */
        public long count() {
            return (position(to) - position(from)) / step + 1;
        }

        /** @param index from 0 to less than {@link #count} */
        public String at(long index) {
            long position = position(from) + index * step;
            return isOfNumbers()
                    ? Long.toString(position)
                    : LocalDate.ofEpochDay(position).toString();
        }
    }
}
