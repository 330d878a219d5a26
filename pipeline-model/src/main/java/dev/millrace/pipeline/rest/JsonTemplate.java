package dev.millrace.pipeline.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.CursorReference;
import dev.millrace.pipeline.DayReference;
import dev.millrace.pipeline.EachReference;
import dev.millrace.pipeline.JsonPath;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.UncheckedIOException;

/** JSON text in a pipeline file. */
final class JsonTemplate {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String EXPECTED = "a JSON object with each name once";

    private JsonTemplate() {}

    private static String sample(String text) {
        return EachReference.sample(CursorReference.sample(DayReference.sample(text)));
    }

    /** Checks that the text, on some day, is one JSON object. Errors don't quote it, since a secret may stand in it by mistake. */
    static void check(Checks checks, String field, String text) {
        try (JsonParser parser =
                JSON.createParser(sample(text)).enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                checks.that(false, field, "text that starts otherwise", EXPECTED);
                return;
            }
            parser.skipChildren();
            checks.that(parser.nextToken() == null, field, "text after the end of the object", EXPECTED);
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation();
            String where = at == null ? "" : " in its line " + at.getLineNr() + ", column " + at.getColumnNr();
            checks.that(false, field, "text that is not such JSON" + where, EXPECTED);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of a text: can't be
        }
    }

    /** Checks that a single value can be put at the path of a template that is right. */
    static void checkPlace(Checks checks, String field, String text, JsonPath path) {
        try (JsonParser parser = JSON.createParser(sample(text))) {
            parser.nextToken();
            String wrong = wrong(parser, path, 0);
            checks.that(wrong == null, field, path.toString(), "a path to a single value of the body: " + wrong);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of a text that was checked: can't be
        }
    }

    /** What keeps a value from being put at the path, whose value the parser is at; null: nothing. */
    private static @Nullable String wrong(JsonParser parser, JsonPath path, int passed) throws IOException {
        JsonToken token = parser.currentToken();
        boolean composite = token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY;
        if (passed == path.steps().size()) {
            parser.skipChildren();
            return composite ? "an object or array stands there" : null;
        }
        return switch (path.steps().get(passed)) {
            case JsonPath.Step.Name _ ->
                switch (token) {
                    case START_OBJECT -> inObject(parser, path, passed);
                    case VALUE_NULL -> elementIn(path, passed);
                    case null, default -> "it leads through a value that is no object";
                };
            case JsonPath.Step.Element(int position) -> {
                if (token != JsonToken.START_ARRAY) {
                    yield "it leads through a value that is no array";
                }
                int at = 0;
                String wrong = "an array on the way is too short";
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    if (at == position) {
                        wrong = wrong(parser, path, passed + 1);
                    } else {
                        parser.skipChildren();
                    }
                    at++;
                }
                yield wrong;
            }
        };
    }

    private static @Nullable String inObject(JsonParser parser, JsonPath path, int passed) throws IOException {
        String wrong = elementIn(path, passed);
        int places = 0;
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            parser.nextToken();
            int steps = path.stepsOf(name, passed);
            if (steps > 0) {
                places++;
                wrong = wrong(parser, path, passed + steps);
            } else {
                parser.skipChildren();
            }
        }
        return places > 1 ? "it is there twice; names in quotes say which one is meant" : wrong;
    }

    /** Objects on the way are made, arrays aren't. */
    private static @Nullable String elementIn(JsonPath path, int passed) {
        boolean element = path.steps().subList(passed, path.steps().size()).stream()
                .anyMatch(JsonPath.Step.Element.class::isInstance);
        return element ? "the body has no such array" : null;
    }
}
