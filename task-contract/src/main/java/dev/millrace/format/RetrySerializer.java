package dev.millrace.format;

import dev.millrace.pipeline.rest.Retry;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.Encoder;
import io.micronaut.serde.Serializer;
import java.io.IOException;
import java.util.stream.IntStream;

/**
 * Writes a policy of retries as version 0.1 reads it: with each status as a number, where the pipeline file may say
 * {@code 5xx} for a hundred of them. Safe for use by several threads.
 */
final class RetrySerializer implements Serializer<Retry> {
    @Override
    public void serialize(Encoder encoder, EncoderContext context, Argument<? extends Retry> type, Retry value)
            throws IOException {
        try (Encoder retry = encoder.encodeObject(type)) {
            retry.encodeKey("statuses");
            try (Encoder statuses = retry.encodeArray(Argument.listOf(Integer.class))) {
                for (int status :
                        IntStream.range(400, 600).filter(value::covers).toArray()) {
                    statuses.encodeInt(status);
                }
            }
            retry.encodeKey("attempts");
            retry.encodeInt(value.attempts());
            retry.encodeKey("delay");
            retry.encodeLong(value.delay().toNanos());
            retry.encodeKey("maxDelay");
            retry.encodeLong(value.maxDelay().toNanos());
        }
    }
}
