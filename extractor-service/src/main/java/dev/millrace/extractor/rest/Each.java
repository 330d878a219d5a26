package dev.millrace.extractor.rest;

import dev.millrace.pipeline.EachReference;
import java.util.Map;

/**
 * One of those that a request is sent for.
 *
 * @param name that the file gives it
 * @param field {@code "name":value} as records get it, JSON
 * @param texts by the references that stand for them
 */
record Each(String name, String field, Map<String, String> texts) {
    private static final int SHOWN = 200;

    String text(EachReference reference) {
        String text = texts.get(reference.text());
        if (text == null) {
            throw new IllegalStateException("nothing is known of " + reference.text());
        }
        return text;
    }

    /** As messages call it. */
    String shown() {
        String value = field.substring(field.indexOf(':') + 1);
        return name + " "
                + (value.length() <= SHOWN
                        ? value
                        : value.substring(0, value.offsetByCodePoints(0, value.codePointCount(0, SHOWN))) + "…");
    }
}
