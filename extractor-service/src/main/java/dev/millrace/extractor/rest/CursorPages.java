package dev.millrace.extractor.rest;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Pagination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Pages that are asked for with the cursor of the page before. */
final class CursorPages implements Pager {
    private final Pagination.Cursor pagination;
    private final Requests requests;
    private final CycleDetector cycles = new CycleDetector();
    private int number = 1;

    CursorPages(Pagination.Cursor pagination, Requests requests) {
        this.pagination = pagination;
        this.requests = requests;
    }

    @Override
    public List<JsonPath> paths() {
        String cursor = pagination.from() == Pagination.Cursor.From.BODY ? pagination.cursor() : null;
        return Stream.of(cursor, pagination.hasMore())
                .flatMap(Stream::ofNullable)
                .distinct()
                .map(JsonPath::of)
                .toList();
    }

    @Override
    public @Nullable JsonPath pathInLastRecord() {
        return pagination.from() == Pagination.Cursor.From.RECORD ? JsonPath.of(pagination.cursor()) : null;
    }

    @Override
    public Step first() {
        return new Step("page 1", target(null));
    }

    @Override
    public @Nullable Step after(Page page) {
        cycles.refuse(page, "the API ignores the cursor in '" + pagination.parameter() + "'");
        Boolean more = more(page);
        if (Boolean.FALSE.equals(more)) {
            return null;
        }
        String cursor = cursor(page);
        if (cursor == null || cursor.isEmpty()) {
            if (more == null) {
                return null;
            }
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    page.name() + " says in '" + pagination.hasMore() + "' that there is more, but has no cursor at '"
                            + pagination.cursor() + "'");
        }
        cycles.refuseKey(
                cursor,
                page.name() + " hands out the cursor '" + requests.shown(cursor)
                        + "', as a page before it did: it would never end");
        number++;
        return new Step("page " + number, target(cursor), requests.shown(cursor));
    }

    private Requests.Target target(@Nullable String cursor) {
        Map<String, String> paging = new LinkedHashMap<>();
        if (cursor != null) {
            paging.put(pagination.parameter(), cursor);
        }
        String size = pagination.size();
        Integer batch = pagination.batch();
        Map<String, Integer> sizes = size == null || batch == null ? Map.of() : Map.of(size, batch);
        return switch (pagination.in()) {
            case QUERY -> requests.target(asTexts(paging, sizes));
            case HEADER -> requests.target(Map.of()).with(asTexts(paging, sizes));
            case BODY -> requests.targetWithInBody(paging, sizes);
        };
    }

    private static Map<String, String> asTexts(Map<String, String> texts, Map<String, Integer> numbers) {
        numbers.forEach((name, number) -> texts.put(name, number.toString()));
        return texts;
    }

    /** Null when the API doesn't say whether there is more. */
    private @Nullable Boolean more(Page page) {
        String path = pagination.hasMore();
        if (path == null) {
            return null;
        }
        String more = page.values().get(JsonPath.of(path));
        if (more == null || !(more.equals("true") || more.equals("false"))) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    page.name() + ": '" + path + "' is " + (more == null ? "missing" : "'" + requests.shown(more) + "'")
                            + " (expected: true or false)");
        }
        return more.equals("true");
    }

    private @Nullable String cursor(Page page) {
        return switch (pagination.from()) {
            case BODY -> page.values().get(JsonPath.of(pagination.cursor()));
            case HEADER -> page.head().headers().firstValue(pagination.cursor()).orElse(null);
            case RECORD -> {
                // here a missing cursor is no sign of the end
                if (page.records() > 0 && page.ofLastRecord() == null) {
                    throw new MillraceException(
                            ErrorCode.SOURCE_MALFORMED,
                            "the last record of " + page.name() + " has no '" + pagination.cursor()
                                    + "', which the request of the next page needs");
                }
                yield page.ofLastRecord();
            }
        };
    }
}
