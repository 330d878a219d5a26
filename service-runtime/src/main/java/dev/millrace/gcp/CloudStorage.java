package dev.millrace.gcp;

import com.google.api.gax.retrying.RetrySettings;
import com.google.auth.Credentials;
import com.google.cloud.ReadChannel;
import com.google.cloud.http.HttpTransportOptions;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.HttpStorageOptions;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.StorageException;
import com.google.cloud.storage.StorageOptions;
import com.google.cloud.storage.StorageRetryStrategy;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * The part that all uses of Cloud Storage have in common: clients, which repeat by themselves what is safe to repeat,
 * how bytes are read, and what failures say.
 *
 * @see <a href="https://cloud.google.com/storage/docs/retry-strategy#java">Retry strategy</a>
 */
public final class CloudStorage {
    private static final RetrySettings RETRIES = RetrySettings.newBuilder()
            .setInitialRetryDelayDuration(Duration.ofMillis(250))
            .setRetryDelayMultiplier(2)
            .setMaxRetryDelayDuration(Duration.ofSeconds(16))
            .setMaxAttempts(10)
            .setTotalTimeoutDuration(Duration.ofMinutes(2))
            .build();
    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;
    private static final int READ_TIMEOUT_MILLIS = 60_000;

    private static final Pattern QUERY = Pattern.compile("(https?://[^\\s?]*)[?]\\S*");

    private CloudStorage() {}

    /** A client of the JSON API, safe for use by several threads. Nothing is asked of Cloud Storage yet. */
    public static Storage client(GcpConfig gcp, Credentials credentials) {
        HttpStorageOptions.Builder options = StorageOptions.http()
                .setCredentials(credentials)
                .setRetrySettings(RETRIES)
                .setStorageRetryStrategy(StorageRetryStrategy.getDefaultStorageRetryStrategy())
                .setTransportOptions(HttpTransportOptions.newBuilder()
                        .setConnectTimeout(CONNECT_TIMEOUT_MILLIS)
                        .setReadTimeout(READ_TIMEOUT_MILLIS)
                        .build());
        // objects are addressed by their bucket; without any project the library would ask the machine for one
        options.setProjectId(gcp.project() == null ? "none" : gcp.project());
        if (gcp.storageHost() != null) {
            options.setHost(gcp.storageHost().toString());
        }
        return options.build().getService();
    }

    /** Bytes of an object; not every server sends that of an empty one. */
    public static long size(BlobInfo object) {
        Long size = object.getSize();
        return size == null ? 0 : size;
    }

    /**
     * An object's bytes as they are stored, also those of one that Cloud Storage would unpack on the way
     * ({@code Content-Encoding: gzip}). All failures are {@link java.io.IOException}s. The first read makes the request.
     *
     * @param object of the generation that it names, or else of the one that the first answer has
     * @see <a href="https://cloud.google.com/storage/docs/transcoding">Transcoding</a>
     */
    public static InputStream read(Storage storage, BlobId object) {
        return new ObjectStream(reader(storage, object));
    }

    /**
     * Some of the same bytes.
     *
     * @param from offset
     * @param to likewise, exclusive; all that follow where the object is shorter
     */
    public static InputStream read(Storage storage, BlobId object, long from, long to) throws IOException {
        ReadChannel channel = reader(storage, object);
        channel.seek(from);
        return new ObjectStream(channel.limit(to));
    }

    private static ReadChannel reader(Storage storage, BlobId object) {
        return storage.reader(object, Storage.BlobSourceOption.shouldReturnRawInputStream(true));
    }

    /** The status that Cloud Storage answered with; 0: it didn't. */
    public static int statusOf(Exception failure) {
        StorageException answer = answerOf(failure);
        return answer == null ? 0 : answer.getCode();
    }

    /**
     * What Google says, which is plainer than what the libraries around it say. Without the requests and answers that they
     * add, and without queries of URLs: whoever has that of an upload session, or of a signed URL, may use it.
     */
    public static String describe(Exception failure) {
        StorageException answer = answerOf(failure);
        Throwable plainest = answer == null ? failure : answer;
        String message = plainest.getMessage();
        int status = answer == null ? 0 : answer.getCode();
        return (status == 0 ? "" : status + ", ")
                + (message == null
                        ? plainest.getClass().getSimpleName()
                        : QUERY.matcher(message.lines().findFirst().orElse("")).replaceAll("$1"));
    }

    private static @Nullable StorageException answerOf(Exception failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof StorageException answer) {
                return answer;
            }
        }
        return null;
    }
}
