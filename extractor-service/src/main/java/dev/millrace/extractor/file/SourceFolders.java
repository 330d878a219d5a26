package dev.millrace.extractor.file;

import dev.millrace.extractor.ExtractorConfig;
import dev.millrace.extractor.network.SourceAddresses;
import dev.millrace.extractor.rest.WebCalls;
import dev.millrace.extractor.rest.WebConnections;
import dev.millrace.extractor.secret.Secrets;
import dev.millrace.gcp.CloudStorage;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.gcp.GoogleCredentialsByName;
import dev.millrace.pipeline.file.FileLocation;
import dev.millrace.pipeline.file.SftpFiles;
import dev.millrace.pipeline.file.WebFiles;
import dev.millrace.task.Task;
import dev.millrace.worker.TaskContext;
import jakarta.inject.Singleton;
import java.nio.file.Path;

/**
 * Factory of the folder, or what is like one, that a source names. The credentials are looked up for each run, so that a key that was
 * exchanged counts.
 */
@Singleton
final class SourceFolders {
    private final GcpConfig gcp;
    private final GoogleCredentialsByName credentials;
    private final WebConnections web;
    private final Secrets secrets;
    private final SourceAddresses addresses;
    private final ExtractorConfig config;

    SourceFolders(
            GcpConfig gcp,
            GoogleCredentialsByName credentials,
            WebConnections web,
            Secrets secrets,
            SourceAddresses addresses,
            ExtractorConfig config) {
        this.gcp = gcp;
        this.credentials = credentials;
        this.web = web;
        this.secrets = secrets;
        this.addresses = addresses;
        this.config = config;
    }

    /**
     * @throws dev.millrace.problem.MillraceException when there are no such credentials, and a bucket wants them, or no
     *     such secret
     */
    SourceFolder at(FileLocation location, Task task, TaskContext context) {
        return switch (location) {
            case FileLocation.Folder(String path) -> new LocalFolder(Path.of(path), config.folders());
            case FileLocation.Bucket bucket ->
                new BucketFolder(CloudStorage.client(gcp, credentials.credentials(task.credentials())), bucket);
            case FileLocation.Web(WebFiles files) ->
                new WebFolder(files, web.of(task, wanted(files), context), addresses, context, config.scratchFolder());
            case FileLocation.Sftp(SftpFiles files) ->
                new SftpFolder(files, secrets.ofRun(task.credentials()), addresses, context, config.scratchFolder());
        };
    }

    private static WebCalls.Wanted wanted(WebFiles files) {
        return new WebCalls.Wanted(
                files.pages(),
                files.urls(),
                files.userAgent(),
                files.headers(),
                files.retry(),
                files.limits(),
                files.timeout());
    }
}
