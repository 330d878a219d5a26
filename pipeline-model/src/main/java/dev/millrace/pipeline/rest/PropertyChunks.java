package dev.millrace.pipeline.rest;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.pipeline.JsonPath;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Properties of records that an API only sends when they are asked for by name, some of them with each request. Each page
 * is asked for as often as there are chunks, and the parts of a record are joined by its key.
 *
 * @param names empty: those that columns read
 * @param within path to the object that has them; null: the record itself has them
 * @param maxNames null: any number
 * @param maxCharacters of the parameter's value as it is sent; null: any number
 * @param key path to what tells records apart
 */
@Serdeable
@Doc(
        "Properties that the API only sends when they are asked for by name, joined where one request can't name all of them.")
public record PropertyChunks(
        @Default("properties") @Doc("Query parameter that takes their names, with commas between them.")
        String parameter,

        @Default("[]") @Doc("Their names; by default those that the columns read.")
        List<String> names,

        @Doc("Path to the object in a record that has them, such as properties; by default the record has them itself.")
        @Nullable
        String within,

        @Doc("Most names in one request; by default all are in one.") @Nullable
        Integer maxNames,

        @Doc("Most characters of the parameter's value in one request, as it is sent; by default any number.") @Nullable
        Integer maxCharacters,

        @Default("id") @Doc("Path to the key of a record, by which its parts are joined.")
        String key) {
    /** Of requests for one page. */
    private static final int MOST_CHUNKS = 100;

    private static final String SEPARATOR = ",";

    public PropertyChunks {
        names = List.copyOf(names);
        Checks checks = new Checks();
        checks.that(!parameter.isBlank(), "parameter", parameter, "the name of a query parameter");
        for (int i = 0; i < names.size(); i++) {
            checkName(checks, "names[" + i + "]", names.get(i));
            checks.that(names.indexOf(names.get(i)) == i, "names[" + i + "]", names.get(i), "each name once");
        }
        if (within != null) {
            JsonPath.check(checks, "within", within);
        }
        checks.that(
                within == null || names.isEmpty(),
                "within",
                within,
                "nothing beside names: it says which columns read properties, whose names are asked for then");
        checks.that(maxNames == null || maxNames > 0, "maxNames", maxNames, "1 or more");
        checks.that(maxCharacters == null || maxCharacters > 0, "maxCharacters", maxCharacters, "1 or more");
        JsonPath.check(checks, "key", key);
        checks.done();
    }

    private static void checkName(Checks checks, String field, String name) {
        checks.that(
                !name.isBlank()
                        && !name.contains(SEPARATOR)
                        && StandardCharsets.UTF_8.newEncoder().canEncode(name),
                field,
                name,
                "a name without a comma");
    }

    /** The values of the parameter, one for each request that a page is asked for with; empty: nothing is asked for. */
    public List<String> values() {
        List<String> values = new ArrayList<>();
        List<String> chunk = new ArrayList<>();
        int length = 0;
        for (String name : names) {
            int more = sent(chunk.isEmpty() ? name : SEPARATOR + name);
            boolean full = (maxNames != null && chunk.size() == maxNames)
                    || (maxCharacters != null && length + more > maxCharacters && !chunk.isEmpty());
            if (full) {
                values.add(String.join(SEPARATOR, chunk));
                chunk.clear();
                length = 0;
                more = sent(name);
            }
            chunk.add(name);
            length += more;
        }
        if (!chunk.isEmpty()) {
            values.add(String.join(SEPARATOR, chunk));
        }
        return values;
    }

    private static int sent(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("+", "%20")
                .length();
    }

    /**
     * The same, with names for what is asked for.
     *
     * @param paths that columns read
     * @param besides a field of records that the API doesn't send; null: it sends all
     */
    PropertyChunks named(List<String> paths, @Nullable String besides) {
        if (!names.isEmpty()) {
            return this;
        }
        List<JsonPath.Step> around = around();
        Set<String> found = new LinkedHashSet<>();
        for (String path : paths) {
            List<JsonPath.Step> steps = JsonPath.of(path).steps();
            if (steps.size() > around.size()
                    && steps.subList(0, around.size()).equals(around)
                    && steps.get(around.size()) instanceof JsonPath.Step.Name(String name, boolean _)
                    && !(around.isEmpty() && (name.equals(besides) || isKey(name)))) {
                found.add(name);
            }
        }
        return new PropertyChunks(parameter, List.copyOf(found), null, maxNames, maxCharacters, key);
    }

    private List<JsonPath.Step> around() {
        return within == null ? List.of() : JsonPath.of(within).steps();
    }

    /** Which is there in each answer. */
    private boolean isKey(String name) {
        return JsonPath.of(key).steps().getFirst() instanceof JsonPath.Step.Name first
                && first.name().equals(name);
    }

    /**
     * Notes what is wrong beside the columns.
     *
     * @param paths that they read
     * @param found whether some are found by ways that only the records tell
     */
    void check(Checks checks, List<String> paths, boolean found, @Nullable String besides) {
        PropertyChunks all = this;
        if (names.isEmpty()) {
            checks.that(!found, "names", "none", "the names, beside flatten: columns don't say where they read them");
            String whole = wholePath(paths);
            checks.that(
                    whole == null,
                    "names",
                    "none",
                    "the names, beside the column that reads all of '" + whole + "': it doesn't say which of them");
            if (found || whole != null) {
                return;
            }
            try {
                all = named(paths, besides);
            } catch (InvalidValue e) {
                return; // a path that is none, of which the column says so
            }
            checks.that(
                    !all.names.isEmpty(),
                    "names",
                    "none",
                    "the names, or columns that read " + (within == null ? "them" : "what is within '" + within + "'"));
        }
        List<String> values = all.values();
        checks.that(
                values.size() <= MOST_CHUNKS,
                maxNames == null ? "maxCharacters" : "maxNames",
                maxNames == null ? maxCharacters : maxNames,
                "more: the " + all.names.size() + " names make " + values.size() + " requests for each page, and "
                        + MOST_CHUNKS + " are the most");
        if (maxCharacters != null) {
            List<String> tooLong =
                    values.stream().filter(value -> sent(value) > maxCharacters).toList();
            checks.that(
                    tooLong.isEmpty(),
                    "maxCharacters",
                    maxCharacters,
                    "as many as a single name has: " + String.join(" ", tooLong));
        }
    }

    /** The path of a column that reads the object with the properties, or something around it; null: none does. */
    private @Nullable String wholePath(List<String> paths) {
        List<JsonPath.Step> around = around();
        for (String path : paths) {
            try {
                List<JsonPath.Step> steps = JsonPath.of(path).steps();
                if (steps.size() <= around.size()
                        && around.subList(0, steps.size()).equals(steps)) {
                    return path;
                }
            } catch (InvalidValue e) {
                // as above
            }
        }
        return null;
    }
}
