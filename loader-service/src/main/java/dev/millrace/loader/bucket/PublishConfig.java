package dev.millrace.loader.bucket;

import dev.millrace.gcp.GcpConfig;
import dev.millrace.gcp.GoogleCredentialsByName;
import dev.millrace.service.StagingConfig;
import io.micronaut.context.BeanProvider;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.context.annotation.Factory;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import jakarta.inject.Singleton;
import java.nio.file.Path;
import java.util.List;

/**
 * The configuration of the buckets that are published to.
 *
 * @param type of the buckets
 * @param folder whose subfolders are the buckets that pipelines may publish to, made when missing; null: none may; read
 *     only if {@code type} is {@code folder}
 * @param buckets of Cloud Storage that pipelines may publish to, which have to be there; empty: none may; read only if
 *     {@code type} is {@code gcs}
 */
@ConfigurationProperties("millrace.publish")
record PublishConfig(
        @Bindable(defaultValue = "folder") Type type,
        @Nullable Path folder,
        @Bindable(defaultValue = "") List<String> buckets) {
    enum Type {
        FOLDER,
        GCS
    }

    PublishConfig {
        // no value is read as one empty name
        buckets = buckets.stream()
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    @Factory
    static final class Stores {
        /** Google's classes are loaded only where they are used. */
        @Singleton
        Buckets buckets(
                PublishConfig config,
                StagingConfig staging,
                GcpConfig gcp,
                BeanProvider<GoogleCredentialsByName> credentials) {
            return switch (config.type()) {
                case FOLDER -> new FolderBuckets(config.folder());
                case GCS -> new GcsBuckets(config.buckets(), staging.chunkSize(), gcp, credentials.get());
            };
        }
    }
}
