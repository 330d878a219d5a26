package dev.millrace.loader.bucket;

import dev.millrace.format.FormatDeserializer;
import io.micronaut.context.annotation.Factory;
import io.micronaut.serde.Deserializer;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;

/** How the documents that the loader keeps in a bucket are read, those of earlier versions too. */
@Factory
final class BucketFormats {
    @Singleton
    Deserializer<PublishLedger> ledger(ObjectMapper json) {
        return new FormatDeserializer<>(PublishLedger.class, json);
    }

    @Singleton
    Deserializer<PublicationMarker> marker(ObjectMapper json) {
        return new FormatDeserializer<>(PublicationMarker.class, json);
    }
}
