package dev.millrace.gcp;

import com.google.auth.Credentials;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.ServiceAccountCredentials;
import com.google.cloud.NoCredentials;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.context.annotation.BootstrapContextCompatible;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Credentials for calls of Google Cloud. A key file is read at each call of {@link #credentials}, so one that was
 * exchanged counts for the next run. Safe for use by several threads.
 */
@Singleton
@BootstrapContextCompatible
public final class GoogleCredentialsByName {
    private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";

    private final GcpConfig config;
    private final Map<String, Path> keyFiles;

    GoogleCredentialsByName(GcpConfig config, Collection<KeyFileConfig> named) {
        this.config = config;
        this.keyFiles =
                new TreeMap<>(named.stream().collect(Collectors.toMap(KeyFileConfig::name, KeyFileConfig::keyFile)));
    }

    /**
     * @param name as a pipeline gives it; null: the application-default credentials
     * @throws MillraceException with {@code CREDENTIALS_UNKNOWN} when nothing of this name is configured, and with
     *     {@code CREDENTIALS_UNUSABLE} when the key file, or the application-default credentials, can't be read
     */
    public Credentials credentials(@Nullable String name) {
        Credentials found = name == null ? null : named(name);
        return switch (config.authentication()) {
            case NONE -> NoCredentials.getInstance();
            case GOOGLE -> found == null ? applicationDefault() : found;
        };
    }

    private Credentials named(String name) {
        Path file = keyFiles.get(name);
        if (file == null) {
            throw new MillraceException(
                    ErrorCode.CREDENTIALS_UNKNOWN,
                    "there are no credentials '" + name + "' (expected: "
                            + (keyFiles.isEmpty() ? "" : "one of " + String.join(", ", keyFiles.keySet()) + ", or ")
                            + "the property millrace.gcp.credentials." + name + ".key-file)");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return ServiceAccountCredentials.fromStream(in).createScoped(SCOPE);
        } catch (NoSuchFileException e) {
            throw unusable(name, file, "does not exist");
        } catch (IOException | RuntimeException e) {
            // the parser's message may quote the key, and so may those of its causes
            throw unusable(name, file, "is no readable key of a service account in JSON");
        }
    }

    private static MillraceException unusable(String name, Path file, String what) {
        return new MillraceException(
                ErrorCode.CREDENTIALS_UNUSABLE, "the key file " + file + " of the credentials '" + name + "' " + what);
    }

    private static Credentials applicationDefault() {
        try {
            return GoogleCredentials.getApplicationDefault().createScoped(SCOPE);
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.CREDENTIALS_UNUSABLE,
                    "there are no usable application-default credentials (expected: workload identity, a file that"
                            + " GOOGLE_APPLICATION_CREDENTIALS names, or those of gcloud auth application-default login)",
                    e);
        }
    }
}
