package dev.millrace.extractor.rest;

import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Pagination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Pages that are asked for with the cursor of the page before. */
final class CursorPages implements Way {
    private final Pagination.Cursor pagination;
    private final Requests requests;
    private final SeenKeys seen = new SeenKeys();
    private @Nullable String sent;
    private int number = 1;

    CursorPages(Pagination.Cursor pagination, Requests requests) {
        this.pagination = pagination;
        this.requests = requests;
    }

    @Override
    public List<JsonPath> paths() {
        return pagination.from() == Pagination.Cursor.From.BODY ? List.of(JsonPath.of(pagination.cursor())) : List.of();
    }

    @Override
    public @Nullable JsonPath pathInLastRecord() {
        return pagination.from() == Pagination.Cursor.From.RECORD ? JsonPath.of(pagination.cursor()) : null;
    }

    @Override
    public Pager.Step first() {
        return new Pager.Step("page 1", target(null));
    }

    @Override
    public boolean mightLeadOn(Page page) {
        return switch (pagination.from()) {
            case BODY -> page.present().contains(JsonPath.of(pagination.cursor()));
            case HEADER -> cursor(page) != null;
            case RECORD -> true;
        };
    }

    @Override
    public String lacking() {
        return sent == null
                ? "no cursor at '" + pagination.cursor() + "'"
                : "no new cursor at '" + pagination.cursor() + "'";
    }

    @Override
    public String circle() {
        return "the API ignores the cursor in '" + pagination.parameter() + "'";
    }

    /** A page without records that hands out the cursor that led to it is one behind the last. */
    @Override
    public boolean leadsOn(Page page) {
        String cursor = cursor(page);
        return cursor != null && !cursor.isEmpty() && !(page.records() == 0 && cursor.equals(sent));
    }

    @Override
    public Pager.Step next(Page page) {
        String cursor = String.valueOf(cursor(page));
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(cursor)) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED,
                    page.name() + " hands out a cursor at '" + pagination.cursor()
                            + "' with half a character in it (a surrogate), which can't be sent");
        }
        seen.refuse(
                cursor,
                page.name() + " hands out the cursor '" + requests.shown(cursor)
                        + "', as a page before it did: it would never end");
        sent = cursor;
        number++;
        return new Pager.Step("page " + number, target(cursor), requests.shown(cursor));
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
