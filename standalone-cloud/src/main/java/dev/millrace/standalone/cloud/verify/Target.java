package dev.millrace.standalone.cloud.verify;

import com.google.auth.Credentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.cloud.NoCredentials;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.net.URI;
import java.util.List;

/**
 * What is verified.
 *
 * @param location of jobs and datasets
 * @param dataset what the names of all datasets begin with that are made
 * @param bucket that is there
 * @param storage base URL of Cloud Storage
 * @param bigquery base URL of BigQuery
 * @param secretManager {@code https://host} of Secret Manager, {@code http://} for gRPC without TLS
 * @param policyTag of a column, to see that it outlives a replace; null: that isn't checked
 * @param secret {@code NAME} or {@code NAME@VERSION} that is there, to see that it can be read; null: that isn't checked
 */
public record Target(
        String project,
        String location,
        String dataset,
        String bucket,
        URI storage,
        URI bigquery,
        URI secretManager,
        @Nullable String policyTag,
        @Nullable String secret) {
    /** Google's own. */
    public static final URI STORAGE = URI.create("https://storage.googleapis.com");

    public static final URI BIGQUERY = URI.create("https://bigquery.googleapis.com");
    public static final URI SECRET_MANAGER = URI.create("https://secretmanager.googleapis.com");
    private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";

    public Target {
        check("project", project, "[a-z][a-z0-9.:-]{4,62}[a-z0-9]", "a project's id");
        check("location", location, "[A-Za-z0-9-]+", "a location such as US, EU or europe-west1");
        check("dataset", dataset, "[A-Za-z0-9_]{1,900}", "letters, digits and _");
        check("bucket", bucket, "[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", "a bucket's name, without gs://");
        for (URI host : List.of(storage, bigquery, secretManager)) {
            check("host", host.toString(), "https?://[^/?#]+", "https://host or http://host:port");
        }
        if (isEmulated(storage) != isEmulated(bigquery)) {
            throw new IllegalArgumentException("hosts: " + storage + " and " + bigquery
                    + " (expected: both https, or both http, which is an emulator)");
        }
        if (secret != null) {
            check("secret", secret, "[A-Za-z0-9_-]{1,200}(@[1-9][0-9]{0,8})?", "a secret's name, or NAME@VERSION");
            if (isEmulated(secretManager) != isEmulated(bigquery)) {
                throw new IllegalArgumentException("hosts: " + bigquery + " and " + secretManager
                        + " (expected: both https, or both http, which is an emulator)");
            }
        }
    }

    private static void check(String name, String value, String pattern, String expected) {
        if (!value.matches(pattern)) {
            throw new IllegalArgumentException(name + ": '" + value + "' (expected: " + expected + ")");
        }
    }

    private static boolean isEmulated(URI host) {
        return "http".equals(host.getScheme());
    }

    /** A token is never sent without TLS to what isn't this process; emulators want none. */
    boolean isEmulated() {
        return isEmulated(bigquery);
    }

    /** @throws IOException when there are no application-default credentials */
    Credentials credentials() throws IOException {
        return isEmulated()
                ? NoCredentials.getInstance()
                : GoogleCredentials.getApplicationDefault().createScoped(SCOPE);
    }
}
