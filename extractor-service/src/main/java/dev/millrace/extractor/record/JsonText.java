package dev.millrace.extractor.record;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.IOException;

/** The text that a JSON text token stands for. */
final class JsonText {
    private static final JsonFactory JSON = new JsonFactory();

    private JsonText() {}

    /** @param token with its quotes */
    static String decode(String token) throws IOException, MalformedSource {
        if (token.indexOf('\\') < 0) {
            return token.substring(1, token.length() - 1);
        }
        try (JsonParser parser = JSON.createParser(token)) {
            parser.nextToken();
            return parser.getText();
        } catch (JsonProcessingException e) {
            throw new MalformedSource("a name or text that is not JSON: " + e.getOriginalMessage());
        }
    }
}
