package dev.millrace.benchmarks;

import com.google.cloud.NoCredentials;
import dev.millrace.emulator.GcpEmulator;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import dev.millrace.staging.gcs.GcsStagingStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** A gigabyte into a bucket by the staging store, and the same bytes to the same server in one plain request. */
final class Uploads implements Benchmark {
    private static final int BLOCK = 64 * 1024;
    private static final int BLOCKS = 16 * 1024;
    private static final int CHUNK = 8 * 1024 * 1024;
    private static final int TIMES = 3;

    private final byte[] block = new byte[BLOCK];

    Uploads() {
        new Random(1).nextBytes(block);
    }

    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        try (GcpEmulator google = GcpEmulator.start(environment.folder());
                HttpClient http = HttpClient.newHttpClient()) {
            google.buckets().create("bucket");
            GcpConfig config = new GcpConfig(null, GcpConfig.Authentication.NONE, google.http(), null, null);
            StagingStore store = GcsStagingStore.open("bucket", "", CHUNK, config, NoCredentials.getInstance());
            List<Duration> staged = new ArrayList<>();
            List<Duration> plain = new ArrayList<>();
            for (int i = 0; i < TIMES; i++) {
                staged.add(stage(store, "staged"));
                store.deleteAll("staged");
                plain.add(send(http, google.http(), "plain"));
                store.deleteAll("plain");
            }
            return List.of(Measurement.against(
                    "1 GiB into the emulator's bucket by the staging store, median of " + TIMES,
                    Measurement.median(staged),
                    "one plain HTTP request with the same bytes",
                    Measurement.median(plain),
                    "2×"));
        }
    }

    private Duration stage(StagingStore store, String name) throws IOException {
        long start = System.nanoTime();
        try (Upload upload = store.upload(name)) {
            for (int i = 0; i < BLOCKS; i++) {
                upload.stream().write(block);
            }
            upload.commit(1);
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private Duration send(HttpClient http, URI server, String name) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        server.resolve("/upload/storage/v1/b/bucket/o?uploadType=media&name=" + name))
                .POST(HttpRequest.BodyPublishers.fromPublisher(
                        HttpRequest.BodyPublishers.ofInputStream(this::bytes), (long) BLOCK * BLOCKS))
                .build();
        long start = System.nanoTime();
        HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IllegalStateException("the plain request was answered with " + answer.statusCode());
        }
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private InputStream bytes() {
        return new SequenceInputStream(Collections.enumeration(Collections.nCopies(BLOCKS, block).stream()
                .<InputStream>map(ByteArrayInputStream::new)
                .toList()));
    }
}
