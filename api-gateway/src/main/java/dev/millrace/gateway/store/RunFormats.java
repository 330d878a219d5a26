package dev.millrace.gateway.store;

import dev.millrace.format.FormatDeserializer;
import dev.millrace.task.CheckResults;
import io.micronaut.context.annotation.Factory;
import io.micronaut.serde.Deserializer;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;

/** How the documents that only the run database holds are read, those of earlier versions too. */
@Factory
final class RunFormats {
    @Singleton
    Deserializer<RunSpec> spec(ObjectMapper json) {
        return new FormatDeserializer<>(RunSpec.class, json);
    }

    @Singleton
    Deserializer<CheckResults> checks(ObjectMapper json) {
        return new FormatDeserializer<>(CheckResults.class, json);
    }

    @Singleton
    Deserializer<StoredSpecs.Excerpt> excerpt(ObjectMapper json) {
        return new FormatDeserializer<>(StoredSpecs.Excerpt.class, json);
    }
}
