package dev.millrace.extractor.rest;

import dev.millrace.extractor.record.JsonSlicer;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.rest.Condition;
import dev.millrace.pipeline.rest.Request;
import dev.millrace.pipeline.rest.RestSource;
import io.micronaut.core.annotation.Nullable;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** What an answer means by the conditions of the pipeline file, whatever its status. For any number of threads. */
final class AnswerRules {
    private static final Set<String> NOTHING = Set.of("null", "false", "\"\"", "[]", "{}");
    private static final JsonPath DATA = JsonPath.of("data");
    private static final JsonPath ERRORS = JsonPath.of("errors");

    private final List<Condition> retry;
    private final List<Condition> fail;
    private final List<Condition> end;
    private final List<Condition> skip;
    /** Whether errors beside what is read are looked for. */
    private final boolean errors;
    /** Whether the answer itself is not the record, so that errors in it are none of the record's fields. */
    private final boolean around;

    /** @param around whether the records are somewhere within the answer, and not the answer itself */
    AnswerRules(RestSource source, Request request, boolean around) {
        this.retry = both(source.retryIf(), request.retryIf());
        this.fail = both(source.failIf(), request.failIf());
        this.end = request.endIf();
        this.skip = request.skipIf();
        this.errors = request.errors() == Request.Errors.FAIL;
        this.around = around;
    }

    private static List<Condition> both(List<Condition> some, List<Condition> others) {
        List<Condition> all = new ArrayList<>(some);
        all.addAll(others);
        return List.copyOf(all);
    }

    /** What an answer means. */
    enum Meaning {
        /** What its status says. */
        NOTHING_ELSE,
        RETRY,
        FAIL,
        END,
        SKIP
    }

    /** @param reason the condition, and what was found, for messages; holds what the source sent */
    record Verdict(Meaning meaning, String reason) {}

    /** @param values of the answers that somebody else looks for */
    JsonSlicer.Wanted wanted(Collection<JsonPath> values) {
        return new JsonSlicer.Wanted(values, paths(), errors ? List.of(DATA, ERRORS) : List.of());
    }

    /** Those of the conditions. */
    List<JsonPath> paths() {
        return Stream.of(retry, fail, end, skip)
                .flatMap(List::stream)
                .flatMap(condition -> Stream.ofNullable(condition.path()))
                .distinct()
                .map(JsonPath::of)
                .toList();
    }

    /** Of an answer that isn't JSON, of which no condition with a path holds. */
    Verdict withoutPaths(int status, HttpHeaders headers) {
        return of(new Answer(status, headers, null));
    }

    /** @param found JSON at the {@link #paths}, as far as there is any */
    Verdict of(int status, HttpHeaders headers, Map<JsonPath, String> found) {
        return of(new Answer(status, headers, found));
    }

    private Verdict of(Answer answer) {
        boolean error = answer.status() / 100 != 2;
        Map<JsonPath, String> found = answer.found() == null ? Map.of() : answer.found();
        Verdict verdict = answer.first(retry, Meaning.RETRY);
        // an error fails anyway, unless a condition says otherwise
        if (verdict == null && !error) {
            verdict = answer.first(fail, Meaning.FAIL);
            if (verdict == null && errors && (around || found.containsKey(DATA))) {
                verdict = ofErrors(found.getOrDefault(ERRORS, ""));
            }
        }
        if (verdict == null) {
            verdict = answer.first(end, Meaning.END);
        }
        if (verdict == null) {
            verdict = answer.first(skip, Meaning.SKIP);
        }
        return verdict == null ? new Verdict(Meaning.NOTHING_ELSE, "") : verdict;
    }

    /** @param found the array; one character of it if it holds the records themselves */
    private static @Nullable Verdict ofErrors(String found) {
        return found.startsWith("[") && found.length() > 1 && saysSomething(found)
                ? new Verdict(
                        Meaning.FAIL, "there are errors beside the data, which errors: allow would let pass: " + found)
                : null;
    }

    private static boolean saysSomething(String json) {
        return !NOTHING.contains(json.length() > 100 ? json : json.replaceAll("\\s", ""));
    }

    /** @param found null: the answer has no paths */
    private record Answer(
            int status, HttpHeaders headers, @Nullable Map<JsonPath, String> found) {
        @Nullable
        Verdict first(List<Condition> conditions, Meaning meaning) {
            for (Condition condition : conditions) {
                String value = value(condition);
                if (holds(condition, value)) {
                    return new Verdict(meaning, shown(condition) + (value == null ? "" : ": " + value));
                }
            }
            return null;
        }

        private @Nullable String value(Condition condition) {
            if (condition.header() != null) {
                return headers.firstValue(condition.header()).map(String::strip).orElse(null);
            }
            return condition.path() == null || found == null ? null : found.get(JsonPath.of(condition.path()));
        }

        private boolean holds(Condition condition, @Nullable String value) {
            if (!condition.status().isEmpty() && !condition.status().contains(status)) {
                return false;
            }
            if (condition.path() != null && found == null) {
                return false;
            }
            if (condition.header() == null && condition.path() == null) {
                return true;
            }
            String compared = value == null || condition.header() != null ? value : withoutQuotes(value);
            if (!condition.not().isEmpty()) {
                return compared == null || !condition.not().contains(compared);
            }
            if (!condition.is().isEmpty()) {
                return compared != null && condition.is().contains(compared);
            }
            return value != null && (condition.header() != null || saysSomething(value));
        }
    }

    private static String withoutQuotes(String json) {
        return json.length() >= 2 && json.startsWith("\"") ? JsonSlicer.text(json) : json;
    }

    /** About as the file has it. */
    private static String shown(Condition condition) {
        List<String> parts = new ArrayList<>();
        if (!condition.status().isEmpty()) {
            parts.add("the status is one of " + condition.status());
        }
        String place = condition.header() != null
                ? "the header " + condition.header().toLowerCase(Locale.ROOT)
                : condition.path() == null ? null : "'" + condition.path() + "'";
        if (place != null) {
            parts.add(place
                    + (!condition.is().isEmpty()
                            ? " is one of " + condition.is()
                            : !condition.not().isEmpty() ? " is none of " + condition.not() : " says something"));
        }
        return String.join(", and ", parts);
    }
}
