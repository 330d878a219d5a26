package dev.millrace.pipeline.rest;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.CursorReference;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.EachReference;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Read;
import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.upload.UploadRead;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What is read of a {@link RestSource}.
 *
 * @param records path to the array of records in an answer; null: the answer itself
 * @param cursor null: each run reads everything, unless its list has a cursor
 * @param forEach null: there is one list, and the request is sent for nothing else
 * @param report null: the request is sent at once
 * @param format of the answers; of JSON the request says whether it is single
 * @param properties null: the API sends all by itself
 */
@Serdeable
@JsonTypeName("rest")
@Doc("What to read of an API.")
public record RestRead(
        @Doc("What to ask the API for.") Request request,

        @Doc("Path to the array of records in the answer, for example data.students.") @Nullable
        String records,

        @Default("{type: none}") @Doc("How the API hands out more records than fit into one answer.")
        Pagination pagination,

        @Doc("Asks only for records that are new since the last run; by default each run reads all.") @Nullable
        RestCursor cursor,

        @Doc("Sends the request once for each record of another list, or for each of some values; by default once.")
        @Nullable
        ForEach forEach,

        @Default("{type: json}") @Doc("How the answers are to be read, as the format of files.")
        Format format,

        @Doc("A report that the API prepares before the request is sent; by default there is none.") @Nullable
        Report report,

        @Doc("Properties of the records that are to be asked for by name; by default the request says it all.")
        @Nullable
        PropertyChunks properties)
        implements Read, FileRules {
    @Creator // of several constructors, that which reads JSON
    public RestRead {
        Checks checks = new Checks();
        if (records != null) {
            JsonPath.check(checks, "records", records);
        }
        checks.done();
    }

    /** What reads everything. */
    public RestRead(Request request, @Nullable String records, Pagination pagination) {
        this(request, records, pagination, null, null);
    }

    /** What reads JSON. */
    public RestRead(
            Request request,
            @Nullable String records,
            Pagination pagination,
            @Nullable RestCursor cursor,
            @Nullable ForEach forEach) {
        this(request, records, pagination, cursor, forEach, new Format.Json(false), null, null);
    }

    @Override
    public void check(Checks checks) {
        checkCursor(checks);
        if (report == null) {
            checkForEach(checks);
        } else {
            checkReport(checks, report);
        }
        checkFormat(checks);
        if (properties != null) {
            checkProperties(checks);
        }
        checkBody(checks);
        checks.that(
                request.endIf().isEmpty() || !(pagination instanceof Pagination.None),
                "request.endIf",
                "conditions",
                "none: without pagination there is no list that could end");
        checkParameters(checks);
        checks.that(
                !request.single() || pagination instanceof Pagination.None,
                "request.single",
                "true",
                "false, or no pagination: a single record has no further pages");
    }

    private void checkProperties(Checks checks) {
        checks.that(report == null, "properties", "properties beside a report", "one of them");
        boolean joined = format instanceof Format.Json json && json.columns().isEmpty();
        checks.that(
                joined,
                "properties",
                "properties of records that are no objects",
                "format: json without columns: only parts of objects can be joined");
    }

    /** What the pagination sends in the body has a place there. */
    private void checkBody(Checks checks) {
        Map<String, String> paths = new LinkedHashMap<>();
        String elsewhere = "query: the request has no body";
        switch (pagination) {
            case Pagination.None _, Pagination.Link _, Pagination.NextUrl _ -> {}
            case Pagination.Page page -> {
                if (page.in() == Pagination.Counts.BODY) {
                    paths.put("page", page.page());
                    paths.put("size", page.size());
                }
            }
            case Pagination.Offset offset -> {
                if (offset.in() == Pagination.Counts.BODY) {
                    paths.put("offset", offset.offset());
                    paths.put("size", offset.size());
                }
            }
            case Pagination.Cursor sent -> {
                elsewhere = "query or header: the request has no body";
                if (sent.in() == Pagination.Cursor.In.BODY) {
                    paths.put("parameter", sent.parameter());
                    if (sent.size() != null) {
                        paths.put("size", sent.size());
                    }
                }
            }
        }
        String body = request.body();
        checks.that(paths.isEmpty() || body != null, "pagination.in", "body", elsewhere);
        if (body != null) {
            paths.forEach((key, path) -> JsonTemplate.checkPlace(checks, "pagination." + key, body, JsonPath.of(path)));
        }
    }

    private void checkFormat(Checks checks) {
        format.checkRecords(checks, records);
        checks.that(
                !(format instanceof Format.Excel || format.hasSchema()),
                "format.type",
                format.getClass().getSimpleName().toLowerCase(Locale.ROOT),
                "a format of answers: workbooks, Parquet, Avro and Arrow are read from a folder, a bucket or the web");
        checks.that(
                forEach == null || format.namesFields(),
                "format.columns",
                "none",
                "the names of the fields: not all columns of the schema are among them beside forEach");
        if (format instanceof Format.Json json) {
            checks.that(!json.single(), "format.single", "true", "false: the key single of the request says it");
            checks.that(
                    json.keyedBy() == null || !request.single(),
                    "format.keyedBy",
                    json.keyedBy(),
                    "nothing: a single record is no member of an object");
            return;
        }
        String onlyJson = ": only JSON has paths to look at";
        checks.that(!request.single(), "request.single", "true", "false: only JSON can be a single record");
        pagination
                .paths()
                .forEach((key, path) ->
                        checks.that(false, "pagination." + key, path, "a header, or another pagination" + onlyJson));
        Map<String, List<Condition>> conditions = new LinkedHashMap<>();
        conditions.put("failIf", request.failIf());
        conditions.put("retryIf", request.retryIf());
        conditions.put("endIf", request.endIf());
        conditions.put("skipIf", request.skipIf());
        conditions.forEach((key, all) -> all.forEach(condition -> checks.that(
                condition.path() == null
                        || (!condition.status().isEmpty()
                                && condition.status().stream().allMatch(status -> status / 100 != 2)),
                "request." + key,
                String.valueOf(condition.path()),
                "a header, or the status of an error beside the path" + onlyJson)));
    }

    private boolean hasCursor() {
        return request.hasCursor() || (report != null && report.hasCursor());
    }

    private void checkReport(Checks checks, Report wanted) {
        checks.that(forEach == null, "report", "a report beside forEach", "one of them");
        Report.checkReferences(checks, "request", request, true);
        checks.that(
                !request.references().isEmpty(),
                "request",
                "a request that says nothing of the report",
                "${report.id}, or what the last answer before has at a path, such as ${report.url}");
        if (Report.isUrl(request.path())) {
            boolean plain = request.query().isEmpty() && request.headers().isEmpty() && request.body() == null;
            checks.that(
                    plain && pagination instanceof Pagination.None,
                    "request",
                    "more than the URL that an answer holds",
                    "its path alone, without pagination: the URL may be of another origin");
        }
        checks.that(
                wanted.poll().atMost().compareTo(wanted.poll().every()) > 0,
                "report.poll.atMost",
                wanted.poll().atMost(),
                "more than every, " + wanted.poll().every());
    }

    private void checkCursor(Checks checks) {
        checks.that(
                cursor != null || !hasCursor(),
                "request",
                "${cursor}",
                "a request without ${cursor}, or the key cursor beside it");
        if (cursor == null) {
            return;
        }
        checks.that(
                hasCursor(),
                "cursor",
                "a cursor that the request doesn't ask with",
                "${cursor} in path, query, headers or body of the request");
        boolean elsewhere = Stream.concat(Stream.of(request), report == null ? Stream.empty() : report.requests())
                .flatMap(one -> Stream.concat(
                        Stream.concat(Stream.of(one.path()), Stream.ofNullable(one.body())),
                        one.headers().values().stream()))
                .anyMatch(CursorReference::isIn);
        checks.that(
                cursor.initial() != null || !elsewhere,
                "cursor.initial",
                "nothing",
                "what the first run asks with: only query parameters can be left out");
    }

    private void checkForEach(Checks checks) {
        request.textsByKey()
                .forEach((key, text) -> EachReference.in(text).forEach(reference -> {
                    if (forEach == null) {
                        checks.that(
                                false,
                                "request." + key,
                                reference.text(),
                                "${secret:NAME}, ${day}, ${cursor}, or the key forEach beside the request, which gives "
                                        + reference.name() + " a meaning");
                    } else {
                        forEach.checkReference(checks, "request." + key, reference);
                    }
                }));
        if (forEach == null) {
            return;
        }
        checks.that(
                !request.references().isEmpty(),
                "forEach",
                "a request that is the same each time",
                "${" + forEach.as() + (forEach.isSingle() ? "}" : ".…}")
                        + " in path, query, headers or body of the request");
        int parallel = switch (pagination) {
            case Pagination.Page page -> page.parallel();
            case Pagination.Offset offset -> offset.parallel();
            case Pagination.None _, Pagination.Cursor _, Pagination.Link _, Pagination.NextUrl _ -> 1;
        };
        checks.that(parallel == 1, "pagination.parallel", parallel, "1: beside forEach, its parallel counts");
        checks.that(
                cursor == null || cursor.take() == RestCursor.Take.MAX,
                "cursor.take",
                "last",
                "max: of several lists read at once none is the last");
    }

    /** By what a run finds what is new: its own cursor, or that of the list that it is sent for; null: by nothing. */
    private @Nullable RestCursor anyCursor() {
        Listing list = forEach == null ? null : forEach.list();
        return cursor != null || list == null ? cursor : list.cursor();
    }

    @Override
    public Scope scope() {
        return anyCursor() == null ? Scope.EVERYTHING : Scope.NEW_AND_SOME_AGAIN;
    }

    @Override
    public @Nullable String cursorName() {
        RestCursor any = anyCursor();
        return any == null ? null : any.path();
    }

    /** Pagination and properties set their query parameters, so the request must not. */
    private void checkParameters(Checks checks) {
        Map<String, String> parameters = new LinkedHashMap<>();
        switch (pagination) {
            case Pagination.None _, Pagination.Link _, Pagination.NextUrl _ -> {}
            case Pagination.Page page -> {
                if (page.in() == Pagination.Counts.QUERY) {
                    parameters.put("page", page.page());
                    parameters.put("size", page.size());
                }
            }
            case Pagination.Offset offset -> {
                if (offset.in() == Pagination.Counts.QUERY) {
                    parameters.put("offset", offset.offset());
                    parameters.put("size", offset.size());
                }
            }
            case Pagination.Cursor cursor -> {
                if (cursor.in() == Pagination.Cursor.In.QUERY && cursor.size() != null) {
                    parameters.put("size", cursor.size());
                }
            }
        }
        parameters.forEach(
                (key, name) -> checkIsLeft(checks, request, name, "the pagination's " + key + " sets this parameter"));
        if (properties != null) {
            String name = properties.parameter();
            checkIsLeft(checks, request, name, "properties sets this parameter");
            checks.that(
                    !parameters.containsValue(name) && !isCursor(pagination, name),
                    "properties.parameter",
                    name,
                    "another one than that of the pagination");
        }
    }

    private static void checkIsLeft(Checks checks, Request request, String name, String because) {
        checks.that(
                !request.query().containsKey(name) && !hasParameter(request.path(), name),
                "request." + (request.query().containsKey(name) ? "query." + name : "path"),
                request.query().getOrDefault(name, request.path()),
                "nothing: " + because);
    }

    private static boolean isCursor(Pagination pagination, String parameter) {
        return pagination instanceof Pagination.Cursor cursor
                && cursor.in() == Pagination.Cursor.In.QUERY
                && cursor.parameter().equals(parameter);
    }

    private static boolean hasParameter(String path, String name) {
        int query = path.indexOf('?');
        return query >= 0
                && Stream.of(path.substring(query + 1).split("&", -1))
                        .anyMatch(parameter -> parameter.split("=", -1)[0].equals(name));
    }

    @Override
    public @Nullable String keyWithDay(Predicate<String> about) {
        Listing list = forEach == null ? null : forEach.list();
        if (report != null && report.has(about)) {
            return "report";
        }
        return request.has(about) ? "request" : list != null && list.request().has(about) ? "forEach" : null;
    }

    @Override
    public Map<String, String> warehouseQueries() {
        String query = forEach == null ? null : forEach.query();
        return query == null ? Map.of() : Map.of("forEach.query", query);
    }

    @Override
    public boolean mightBeOverlooked() {
        return forEach != null || report != null || properties != null || format.mightBeOverlooked();
    }

    @Override
    public @Nullable String lacking(String path) {
        if (forEach == null) {
            return null;
        }
        try {
            return forEach.lacking(JsonPath.of(path), request);
        } catch (InvalidValue e) {
            return null; // which is said of the path itself
        }
    }

    @Override
    public RestRead in(Path folder) {
        return forEach == null ? this : with(forEach.in(folder));
    }

    @Override
    public RestRead with(Map<String, Read> others) {
        if (forEach == null) {
            return this;
        }
        try {
            RestRead whole = with(forEach.with(others));
            Listing list = whole.forEach == null ? null : whole.forEach.list();
            if (cursor != null && list != null && list.cursor() != null) {
                throw new InvalidValue(
                        "", "a list with a cursor, for an endpoint with a cursor", "one of them: a run has one cursor");
            }
            return whole;
        } catch (InvalidValue e) {
            Checks checks = new Checks();
            checks.all("forEach", e);
            checks.done();
            throw e;
        }
    }

    private RestRead with(ForEach other) {
        return new RestRead(request, records, pagination, cursor, other, format, report, properties);
    }

    @Override
    public @Nullable String keyForNames() {
        return format.namesFields() ? null : "format.columns";
    }

    @Override
    public Set<Column.Metadata> places() {
        return Set.of(Column.Metadata.URL);
    }

    @Override
    public @Nullable String warehouseQuery() {
        return forEach == null ? null : forEach.query();
    }

    @Override
    public Uploaded uploaded(String object, boolean lines) {
        return UploadRead.of(object, lines, format.isFlat() ? format : new Format.Ndjson(), null);
    }

    @Override
    public boolean isFlat() {
        return format.isFlat();
    }

    @Override
    public RestRead named(List<String> fields) {
        PropertyChunks named = properties == null ? null : properties.named(fields, nameOfEach());
        return new RestRead(request, records, pagination, cursor, forEach, format.named(fields), report, named);
    }

    private @Nullable String nameOfEach() {
        return forEach == null ? null : forEach.as();
    }

    @Override
    public void checkColumns(Checks checks, List<String> paths, boolean found) {
        if (properties == null) {
            return;
        }
        Checks own = new Checks();
        properties.check(own, paths, found, nameOfEach());
        try {
            own.done();
        } catch (InvalidValue e) {
            checks.all("properties", e);
        }
    }
}
