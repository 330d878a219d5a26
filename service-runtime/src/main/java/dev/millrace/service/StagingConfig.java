package dev.millrace.service;

import dev.millrace.gcp.GcpConfig;
import dev.millrace.gcp.GoogleCredentialsByName;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.ObjectName;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.gcs.GcsStagingStore;
import io.micronaut.context.BeanProvider;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.context.annotation.Factory;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import io.micronaut.core.convert.format.ReadableBytes;
import jakarta.inject.Singleton;
import java.nio.file.Path;

/**
 * The configuration of staging.
 *
 * @param type of the store, the same for all services of an installation
 * @param folder of the local store, shared by all services; null unless {@code type} is {@code folder}
 * @param bucket of Cloud Storage; null unless {@code type} is {@code gcs}
 * @param prefix of all names in the bucket, without a slash at its end; empty: none
 * @param chunkSize in bytes, a multiple of 256 KiB: what an upload holds in memory and sends at once
 * @param credentials name of the Google credentials for the bucket; null: the application-default ones
 */
@ConfigurationProperties("millrace.staging")
public record StagingConfig(
        @Bindable(defaultValue = "folder") Type type,
        @Nullable Path folder,
        @Nullable String bucket,
        @Bindable(defaultValue = "") String prefix,
        @ReadableBytes @Bindable(defaultValue = "8MB") int chunkSize,
        @Nullable String credentials) {
    /** https://cloud.google.com/storage/docs/performing-resumable-uploads#chunked-upload */
    private static final int CHUNK_MULTIPLE = 256 * 1024;

    public enum Type {
        FOLDER,
        GCS
    }

    public StagingConfig {
        if (chunkSize < CHUNK_MULTIPLE || chunkSize % CHUNK_MULTIPLE != 0) {
            throw new IllegalArgumentException(
                    "millrace.staging.chunk-size: " + chunkSize + " (expected: a multiple of 256KB)");
        }
        if (!prefix.isEmpty()) {
            ObjectName.check(prefix);
        }
    }

    private static <T> T required(@Nullable T value, String property, Type type) {
        if (value == null || value.toString().isEmpty()) {
            throw new IllegalArgumentException("millrace.staging." + property + ": nothing (expected: a value, because"
                    + " millrace.staging.type is " + type.name().toLowerCase(java.util.Locale.ROOT) + ")");
        }
        return value;
    }

    @Factory
    static final class Stores {
        /** Google's classes are loaded only where they are used. */
        @Singleton
        StagingStore store(StagingConfig config, GcpConfig gcp, BeanProvider<GoogleCredentialsByName> credentials) {
            return switch (config.type()) {
                case FOLDER -> new LocalStagingStore(required(config.folder(), "folder", Type.FOLDER));
                case GCS ->
                    GcsStagingStore.open(
                            required(config.bucket(), "bucket", Type.GCS),
                            config.prefix(),
                            config.chunkSize(),
                            gcp,
                            credentials.get().credentials(config.credentials()));
            };
        }
    }
}
