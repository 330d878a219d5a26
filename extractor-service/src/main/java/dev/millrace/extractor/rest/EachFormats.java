package dev.millrace.extractor.rest;

import dev.millrace.format.FormatDeserializer;
import io.micronaut.context.annotation.Factory;
import io.micronaut.serde.Deserializer;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;

/** How the documents that this package keeps in staging are read, those of earlier versions too. */
@Factory
final class EachFormats {
    @Singleton
    Deserializer<EachCheckpoint> checkpoint(ObjectMapper json) {
        return new FormatDeserializer<>(EachCheckpoint.class, json);
    }

    @Singleton
    Deserializer<ReportCheckpoint> report(ObjectMapper json) {
        return new FormatDeserializer<>(ReportCheckpoint.class, json);
    }
}
