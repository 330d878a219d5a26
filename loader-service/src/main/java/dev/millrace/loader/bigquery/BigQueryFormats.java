package dev.millrace.loader.bigquery;

import dev.millrace.format.FormatDeserializer;
import io.micronaut.context.annotation.Factory;
import io.micronaut.serde.Deserializer;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;

/** How the document that a load into BigQuery keeps in staging is read, that of earlier versions too. */
@Factory
final class BigQueryFormats {
    @Singleton
    Deserializer<JobLocation> jobLocation(ObjectMapper json) {
        return new FormatDeserializer<>(JobLocation.class, json);
    }
}
