package dev.millrace.pipeline.rest;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.CursorReference;
import dev.millrace.pipeline.DayReference;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.EachReference;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.Ordered;
import dev.millrace.pipeline.References;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * @param path appended to the source's base URL; may hold {@link DayReference}s and {@link
 *     CursorReference}s, as all of the request may
 * @param query parameters in their order
 * @param body a JSON object once the day is in it; secrets may stand in its texts; null: the request is a GET
 * @param single whether one object stands where else the array of records does
 * @param missing of records in an answer, where a server leaves out an array that would be empty
 */
@Serdeable
@Doc("A request: a POST when it has a body, else a GET.")
public record Request(
        @References(References.Allowed.SECRETS_AND_RUN) @Doc("Path below the source's base URL.")
        String path,

        @References(References.Allowed.SECRETS_AND_RUN)
        @Default("{}")
        @Doc("Query parameters; ${day} stands for the day of the run, ${cursor} for where the last one ended.")
        Map<String, String> query,

        @References(References.Allowed.SECRETS_AND_RUN) @Default("{}") @Doc("Headers beside those of the source.")
        Map<String, String> headers,

        @References(References.Allowed.SECRETS_AND_RUN)
        @Doc("JSON object to send with POST; ${day} and secrets may stand in its texts.")
        @Nullable
        String body,

        @Default("false") @Doc("Whether the answer holds one record, an object, in the place of an array of them.")
        boolean single,

        @Default("fail")
        @Doc("Whether an answer without an array at the path records fails the run, or is a page without records.")
        Missing missing,

        @Default("fail") @Doc("Whether errors beside the records in an answer, as GraphQL has them, fail the run.")
        Errors errors,

        @Default("[]") @Doc("Conditions, each of which makes an answer an error, beside those of the source.")
        List<Condition> failIf,

        @Default("[]") @Doc("Conditions, each of which lets the request be sent again, beside those of the source.")
        List<Condition> retryIf,

        @Default("[]") @Doc("Conditions, each of which makes an answer the end of the list.")
        List<Condition> endIf,

        @Default("[]")
        @Doc("Conditions on the first answer, each of which leaves out all records of the request, with a warning.")
        List<Condition> skipIf) {
    /** What errors beside the records of an answer do. */
    public enum Errors {
        FAIL,
        ALLOW
    }

    public Request {
        Checks checks = new Checks();
        if (body != null) {
            JsonTemplate.check(checks, "body", body);
        }
        checks.that(path.startsWith("/") || Report.isUrl(path), "path", path, "a path that starts with /");
        query = Ordered.copy(query);
        headers = Ordered.copy(headers);
        Headers.check(checks, "headers", headers);
        failIf = List.copyOf(failIf);
        retryIf = List.copyOf(retryIf);
        endIf = List.copyOf(endIf);
        skipIf = List.copyOf(skipIf);
        checks.done();
    }

    /** Whether any of its texts is such. */
    public boolean has(Predicate<String> about) {
        return texts().anyMatch(about);
    }

    /** Whether any of it depends on where the last run ended. */
    boolean hasCursor() {
        return texts().anyMatch(CursorReference::isIn);
    }

    /** What it refers to of that which it is sent for. */
    public List<EachReference> references() {
        return texts().flatMap(text -> EachReference.in(text).stream()).toList();
    }

    /** All texts that may hold references, by the keys that they stand at. */
    Map<String, String> textsByKey() {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("path", path);
        query.forEach((name, value) -> texts.put("query." + name, value));
        headers.forEach((name, value) -> texts.put("headers." + name, value));
        if (body != null) {
            texts.put("body", body);
        }
        return texts;
    }

    private Stream<String> texts() {
        return textsByKey().values().stream();
    }
}
