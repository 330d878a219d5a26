package dev.millrace.pipeline.rest;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.EachReference;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.Ordered;
import dev.millrace.pipeline.References;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Records that an API prepares first: a report is submitted, asked for until it is done, and only then the request is
 * sent. {@code ${report.id}} is its id, {@code ${report.PATH}} what the last answer before has at a path.
 *
 * @param id path in the answer to {@code submit}
 * @param document null: the request follows the last answer of {@code poll}
 * @param cancel null: a report that nobody waits for any more is left to the API
 */
@Serdeable
@Doc("A report that the API prepares before its records can be asked for.")
public record Report(
        @Doc("What submits it.") Call submit,

        @Default("id") @Doc("Path to the report's id in the answer to submit.")
        String id,

        @Doc("What asks how far it is.") Poll poll,

        @Doc("What asks where the finished report is, if the answer of poll doesn't say it.") @Nullable
        Call document,

        @Doc("What cancels it when the run ends before it is done; by default nothing does.") @Nullable
        Call cancel)
        implements FileRules {
    /** What references to it begin with. */
    public static final String NAME = "report";

    /** A path that is a URL, which an answer holds. */
    private static final Pattern URL = Pattern.compile("\\$\\{report\\.[^{}]+\\}");

    /** Whether a path stands for a whole URL that an answer holds. */
    public static boolean isUrl(String path) {
        return URL.matcher(path).matches();
    }

    /**
     * A request about the report.
     *
     * @param method null: POST for {@code submit}, DELETE for {@code cancel}, else GET
     */
    @Serdeable
    @Doc("A request about the report.")
    public record Call(
            @Doc("Method of the request; default: post for submit, delete for cancel, else get.") @Nullable
            Method method,

            @References(References.Allowed.SECRETS_AND_RUN) @Doc("Path below the source's base URL.")
            String path,

            @References(References.Allowed.SECRETS_AND_RUN) @Default("{}") @Doc("Query parameters.")
            Map<String, String> query,

            @References(References.Allowed.SECRETS_AND_RUN) @Default("{}") @Doc("Headers beside those of the source.")
            Map<String, String> headers,

            @References(References.Allowed.SECRETS_AND_RUN) @Doc("JSON object to send.") @Nullable
            String body)
            implements FileRules {
        public Call {
            Checks checks = new Checks();
            if (body != null) {
                JsonTemplate.check(checks, "body", body);
            }
            checks.that(path.startsWith("/"), "path", path, "a path that starts with /");
            query = Ordered.copy(query);
            headers = Ordered.copy(headers);
            Headers.check(checks, "headers", headers);
            checks.done();
        }

        @Override
        public void check(Checks checks) {
            checks.that(
                    body == null || method != Method.GET,
                    "body",
                    "a body of a request with get",
                    "none, or another method");
        }

        /** The same, as requests are made. */
        public Request request() {
            return new Request(
                    path,
                    query,
                    headers,
                    body,
                    false,
                    Missing.FAIL,
                    Request.Errors.ALLOW,
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of());
        }

        /** As HTTP calls them. */
        public enum Method {
            GET,
            POST,
            PUT,
            PATCH,
            DELETE
        }
    }

    /**
     * The GET that asks how far a report is, again and again.
     *
     * @param state path to the state in its answer
     * @param pending empty: whatever is in none of the other lists
     * @param every pause between two questions; it doubles with each up to {@code maxEvery}
     */
    @Serdeable
    @Doc("What asks how far the report is.")
    public record Poll(
            @References(References.Allowed.SECRETS_AND_RUN) @Doc("Path below the source's base URL.")
            String path,

            @References(References.Allowed.SECRETS_AND_RUN) @Default("{}") @Doc("Query parameters.")
            Map<String, String> query,

            @References(References.Allowed.SECRETS_AND_RUN) @Default("{}") @Doc("Headers beside those of the source.")
            Map<String, String> headers,

            @Default("status") @Doc("Path to the state of the report in the answer.")
            String state,

            @Doc("States in which its records can be asked for.")
            List<String> done,

            @Default("[]") @Doc("States in which it is done and has no records.")
            List<String> empty,

            @Default("[]") @Doc("States in which there will be none, which fail the run.")
            List<String> failed,

            @Default("[]") @Doc("States in which it isn't done yet; by default all others.")
            List<String> pending,

            @Default("5s") @Doc("Pause between two questions; it doubles with each.")
            Duration every,

            @Default("60s") @Doc("Longest pause.") Duration maxEvery,

            @Default("1h") @Doc("How long a report may take, before the run fails.")
            Duration atMost)
            implements FileRules {
        public Poll {
            Checks checks = new Checks();
            JsonPath.check(checks, "state", state);
            checks.that(path.startsWith("/"), "path", path, "a path that starts with /");
            checks.that(every.isPositive(), "every", every, "more than zero");
            checks.that(atMost.isPositive(), "atMost", atMost, "more than zero");
            query = Ordered.copy(query);
            headers = Ordered.copy(headers);
            Headers.check(checks, "headers", headers);
            done = List.copyOf(done);
            empty = List.copyOf(empty);
            failed = List.copyOf(failed);
            pending = List.copyOf(pending);
            checks.done();
        }

        @Override
        public void check(Checks checks) {
            checks.that(!done.isEmpty(), "done", "no states", "those in which the report is done");
            checks.that(maxEvery.compareTo(every) >= 0, "maxEvery", maxEvery, "at least every, " + every);
            Set<String> all = new HashSet<>();
            for (String one : Stream.of(done, empty, failed, pending)
                    .flatMap(List::stream)
                    .toList()) {
                checks.that(
                        all.add(one),
                        "done",
                        one + " twice",
                        "each state once, in one of done, empty, failed, pending");
            }
        }

        /** The same, as requests are made. */
        public Request request() {
            return new Call(null, path, query, headers, null).request();
        }
    }

    public Report {
        Checks checks = new Checks();
        JsonPath.check(checks, "id", id);
        checks.done();
    }

    @Override
    public void check(Checks checks) {
        checkReferences(checks, "submit", submit.request(), false);
        checkReferences(checks, "poll", poll.request(), true);
        if (document != null) {
            checkReferences(checks, "document", document.request(), true);
        }
        if (cancel != null) {
            checkReferences(checks, "cancel", cancel.request(), true);
        }
    }

    /** @param submitted whether there is a report yet that it could refer to */
    static void checkReferences(Checks checks, String where, Request request, boolean submitted) {
        request.textsByKey()
                .forEach((key, text) -> EachReference.in(text).forEach(reference -> {
                    boolean known = submitted && reference.name().equals(NAME) && reference.path() != null;
                    checks.that(
                            known,
                            where + "." + key,
                            reference.text(),
                            submitted
                                    ? "${secret:NAME}, ${day}, ${cursor}, ${report.id} or ${report.PATH}"
                                    : "${secret:NAME}, ${day} or ${cursor}: there is no report yet");
                    if (known) {
                        try {
                            JsonPath _ = reference.pathOf();
                        } catch (InvalidValue e) {
                            checks.all(where + "." + key, e);
                        }
                    }
                }));
    }

    /** Whether any of its texts is such. */
    boolean has(Predicate<String> about) {
        return requests().anyMatch(request -> request.has(about));
    }

    /** Whether any of it depends on where the last run ended. */
    boolean hasCursor() {
        return requests().anyMatch(Request::hasCursor);
    }

    Stream<Request> requests() {
        return Stream.of(
                        Stream.of(submit.request(), poll.request()),
                        Stream.ofNullable(document).map(Call::request),
                        Stream.ofNullable(cancel).map(Call::request))
                .flatMap(requests -> requests);
    }
}
