package dev.millrace.extractor.file;

import dev.millrace.gcp.CloudStorage;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.gcp.GoogleCredentialsByName;
import dev.millrace.pipeline.FileLocation;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.nio.file.Path;

/**
 * Factory of the folder that a source names. The credentials are looked up for each run, so that a key that was
 * exchanged counts.
 */
@Singleton
public final class SourceFolders {
    private final GcpConfig gcp;
    private final GoogleCredentialsByName credentials;

    SourceFolders(GcpConfig gcp, GoogleCredentialsByName credentials) {
        this.gcp = gcp;
        this.credentials = credentials;
    }

    /**
     * @param named credentials that the pipeline names; null: those of the service
     * @throws dev.millrace.problem.MillraceException when there are no such credentials, and a bucket wants them
     */
    SourceFolder at(FileLocation location, @Nullable String named) {
        return switch (location) {
            case FileLocation.Folder(String path) -> new LocalFolder(Path.of(path));
            case FileLocation.Bucket bucket ->
                new BucketFolder(CloudStorage.client(gcp, credentials.credentials(named)), bucket);
        };
    }
}
