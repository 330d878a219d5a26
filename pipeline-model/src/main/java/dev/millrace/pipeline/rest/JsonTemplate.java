package dev.millrace.pipeline.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.DayReference;
import java.io.IOException;
import java.io.UncheckedIOException;

/** JSON text in a pipeline file. */
final class JsonTemplate {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String EXPECTED = "a JSON object with each name once";

    private JsonTemplate() {}

    /** Checks that the text, on some day, is one JSON object. Errors don't quote it, since a secret may stand in it by mistake. */
    static void check(Checks checks, String field, String text) {
        try (JsonParser parser =
                JSON.createParser(DayReference.sample(text)).enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)) {
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
}
