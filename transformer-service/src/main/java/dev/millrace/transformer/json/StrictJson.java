package dev.millrace.transformer.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.millrace.staging.Reject;

/** The reading and writing of values of JSON, once their record has been found to be JSON. */
public final class StrictJson {
    /** Only the length of the record limits what is in it; numbers stay text, so their length costs nothing. */
    public static final JsonFactory FACTORY = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
            .disable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(JsonCursor.MAX_DEPTH)
                    .maxNumberLength(Reject.RECORD_LIMIT)
                    .maxStringLength(Reject.RECORD_LIMIT)
                    .maxNameLength(Reject.RECORD_LIMIT)
                    .build())
            .build();

    private StrictJson() {}
}
