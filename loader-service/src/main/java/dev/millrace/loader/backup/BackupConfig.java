package dev.millrace.loader.backup;

import dev.millrace.gcp.GcpConfig;
import dev.millrace.gcp.GoogleCredentialsByName;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.StagingConfig;
import dev.millrace.staging.LocalStagingStore;
import dev.millrace.staging.gcs.GcsStagingStore;
import io.micronaut.context.BeanProvider;
import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.context.annotation.Factory;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import jakarta.inject.Singleton;
import jakarta.validation.constraints.Min;
import java.nio.file.Path;

/**
 * The configuration of backups.
 *
 * @param folder where they are kept, made when missing; null: in a bucket, or nowhere
 * @param bucket of Cloud Storage where they are kept; null: in the folder. BigQuery needs one
 * @param keep how many backups of a table stay, the newest
 * @param keepDays for how many days a backup stays, unless it is the newest of its table; null: as long as {@code keep} says
 */
@ConfigurationProperties("millrace.backup")
public record BackupConfig(
        @Nullable Path folder,
        @Nullable String bucket,
        @Bindable(defaultValue = "7") @Min(1) int keep,
        @Nullable @Min(1) Integer keepDays) {

    @Factory
    static final class Place {
        /** Google's classes are loaded only where they are used. */
        @Singleton
        BackupPlace place(
                BackupConfig config,
                StagingConfig staging,
                GcpConfig gcp,
                BeanProvider<GoogleCredentialsByName> credentials) {
            String bucket = config.bucket();
            if (bucket != null && !bucket.isBlank()) {
                return () -> GcsStagingStore.open(
                        bucket, "", staging.chunkSize(), gcp, credentials.get().credentials(null));
            }
            Path folder = config.folder();
            return () -> {
                if (folder == null) {
                    throw new MillraceException(
                            ErrorCode.BACKUP_REFUSED,
                            "there is no place for backups (expected: the loader's property millrace.backup.folder, or"
                                    + " millrace.backup.bucket)");
                }
                return new LocalStagingStore(folder);
            };
        }
    }
}
