package dev.millrace.loader.backup;

import dev.millrace.format.FormatDeserializer;
import io.micronaut.context.annotation.Factory;
import io.micronaut.serde.Deserializer;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;

/** How manifests of backups are read, those of earlier versions too. */
@Factory
final class BackupFormats {
    @Singleton
    Deserializer<BackupManifest> manifest(ObjectMapper json) {
        return new FormatDeserializer<>(BackupManifest.class, json);
    }
}
