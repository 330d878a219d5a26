package dev.millrace.staging;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.context.annotation.Factory;
import jakarta.inject.Singleton;
import java.nio.file.Path;

/** @param folder of the local store, shared by all services of an installation */
@ConfigurationProperties("millrace.staging")
public record StagingConfig(Path folder) {

    @Factory
    static final class Stores {
        @Singleton
        StagingStore store(StagingConfig config) {
            return new LocalStagingStore(config.folder());
        }
    }
}
