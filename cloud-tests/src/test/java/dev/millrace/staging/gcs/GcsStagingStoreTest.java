package dev.millrace.staging.gcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.cloud.NoCredentials;
import com.google.cloud.storage.BlobId;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.emulator.GcpEmulator;
import dev.millrace.emulator.http.Call;
import dev.millrace.emulator.http.Fault;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.StagingStoreContract;
import dev.millrace.staging.Upload;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GcsStagingStoreTest extends StagingStoreContract {
    private static final String BUCKET = "staging";
    private static final int CHUNK = 256 * 1024;

    @TempDir
    Path folder;

    private GcpEmulator emulator;
    private GcsStagingStore store;

    @BeforeEach
    void start() throws IOException {
        emulator = GcpEmulator.start(folder);
        emulator.buckets().create(BUCKET);
        store = open(BUCKET);
    }

    @AfterEach
    void stop() {
        emulator.close();
    }

    private GcsStagingStore open(String bucket) {
        return open(bucket, emulator.http());
    }

    private static GcsStagingStore open(HttpServer server) {
        return open(BUCKET, URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
    }

    private static GcsStagingStore open(String bucket, URI host) {
        GcpConfig config = new GcpConfig(null, GcpConfig.Authentication.NONE, host, null, null);
        return GcsStagingStore.open(bucket, "millrace/test", CHUNK, config, NoCredentials.getInstance());
    }

    @Override
    protected StagingStore store() {
        return store;
    }

    @Override
    protected void overwrite(String path, byte[] content) throws IOException {
        emulator.buckets().overwrite(BUCKET, "millrace/test/" + path, content);
    }

    @Test
    void aSmallPartIsOneCallAndALargeOneOneForEachChunkAndTwoMore() throws IOException {
        upload("small", random(CHUNK));
        assertThat(emulator.calls().all())
                .extracting(Call::method, call -> call.path().replaceAll(".*uploadType=(\\w+).*", "$1"))
                .containsExactly(org.assertj.core.groups.Tuple.tuple("POST", "multipart"));

        emulator.calls().clear();
        upload("large", random(2 * CHUNK + 1));
        assertThat(emulator.calls().count("POST", "uploadType=resumable")).isEqualTo(1);
        assertThat(emulator.calls().count("PUT", "upload_id=")).isEqualTo(3);
        assertThat(emulator.calls().count("GET", "/o/")).isEqualTo(1);
        assertThat(emulator.calls().all()).hasSize(5);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7})
    void keepsEveryByteOfAnySize(int size) throws IOException {
        byte[] content = random(size);

        Part part = upload("a", content);

        assertThat(part.bytes()).isEqualTo(size);
        try (InputStream in = store.open(part)) {
            assertThat(in.readAllBytes()).isEqualTo(content);
        }
    }

    @Test
    void takesBackOneGenerationAndNoOther() throws IOException {
        upload("a", random(10));
        String name = "millrace/test/a";
        long ours = emulator.buckets().find(BUCKET, name).orElseThrow().generation();
        overwrite("a", random(20));
        long theirs = emulator.buckets().find(BUCKET, name).orElseThrow().generation();

        store.remove(BlobId.of(BUCKET, name, ours));
        assertThat(emulator.buckets().find(BUCKET, name).orElseThrow().generation())
                .isEqualTo(theirs);

        store.remove(BlobId.of(BUCKET, name, theirs));
        assertThat(emulator.buckets().find(BUCKET, name)).isEmpty();
    }

    @Test
    void knowsItsOwnObjectWhenTheAnswerWasLost() throws IOException {
        emulator.faults().inject("POST", "/upload/", new Fault.LostAnswer());
        assertThat(store.createIfAbsent("OWNER", new byte[] {1})).isTrue();
        assertThat(store.createIfAbsent("OWNER", new byte[] {1})).isFalse();

        emulator.faults().inject("POST", "/upload/", new Fault.LostAnswer());
        assertThat(store.replace("OWNER", new byte[] {1}, new byte[] {2})).isTrue();
        assertThat(store.replace("OWNER", new byte[] {1}, new byte[] {2})).isFalse();

        emulator.faults().inject("POST", "/upload/", new Fault.LostAnswer());
        upload("small", random(10));

        for (int chunk = 0; chunk < 3; chunk++) {
            emulator.faults().inject("PUT", "upload_id=", chunk, 1, new Fault.LostAnswer());
            upload("large" + chunk, random(2 * CHUNK + 1));
            emulator.faults().clear();
        }
        assertThat(store.list("")).hasSize(5);
    }

    /** An account without {@code storage.objects.delete} may not replace, which Cloud Storage may say before all else. */
    @Test
    void knowsItsOwnObjectAlsoWhereTheRepeatedRequestIsForbidden() throws IOException {
        Fault forbidden = new Fault.Status(403, "does not have storage.objects.delete access");
        emulator.faults().inject("POST", "/upload/", new Fault.LostAnswer());
        emulator.faults().inject("POST", "/upload/", forbidden);
        assertThat(store.createIfAbsent("OWNER", new byte[] {1})).isTrue();

        emulator.faults().inject("POST", "/upload/", forbidden);
        assertThat(store.createIfAbsent("OWNER", new byte[] {1})).isFalse();

        emulator.faults().inject("POST", "/upload/", new Fault.LostAnswer());
        emulator.faults().inject("POST", "/upload/", forbidden);
        assertThat(upload("small", random(10)).bytes()).isEqualTo(10);

        emulator.faults().inject("POST", "/upload/", forbidden);
        assertCode(ErrorCode.STAGING_CORRUPT, () -> upload("small", random(10)));

        emulator.faults().inject("POST", "/upload/", forbidden);
        assertCode(ErrorCode.STAGING_UNAVAILABLE, () -> upload("new", random(10)));
    }

    @ParameterizedTest
    @ValueSource(ints = {404, 410})
    void aLostUploadSessionIsNamedWithoutItsAddress(int status) {
        for (int chunk = 0; chunk < 3; chunk++) {
            emulator.faults().inject("PUT", "upload_id=", chunk, 1, new Fault.Status(status, "notFound"));
            assertThatThrownBy(() -> upload("large", random(3 * CHUNK + 1)))
                    .isInstanceOfSatisfying(
                            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STAGING_CORRUPT))
                    .hasMessageStartingWith("large: its upload session is lost: " + status)
                    .message()
                    .doesNotContain("upload_id")
                    .hasLineCount(1);
            emulator.faults().clear();
        }
        assertThat(store.list("")).isEmpty();
    }

    @Test
    void addressesThatLetTheirHolderWriteAreInNoError() {
        for (int chunk = 0; chunk < 3; chunk++) {
            emulator.faults().inject("PUT", "upload_id=", chunk, 1, new Fault.Status(400, "invalid"));
            assertThatThrownBy(() -> upload("large", random(3 * CHUNK + 1)))
                    .hasMessageContaining("400")
                    .message()
                    .doesNotContain("upload_id")
                    .hasLineCount(1);
            emulator.faults().clear();
        }
    }

    /** Cloud Storage refuses bytes that don't fit their checksum; another server that speaks its API might keep them. */
    @Test
    void whatAServerChangedIsTakenBackOrNamedWhereItMayNotBe() throws IOException {
        List<String> deleted = new CopyOnWriteArrayList<>();
        AtomicInteger status = new AtomicInteger(204);
        HttpServer server = serve(exchange -> {
            if (exchange.getRequestMethod().equals("DELETE")) {
                deleted.add(exchange.getRequestURI().toString());
                answer(exchange, status.get(), "");
            } else {
                answer(exchange, 200, """
                        {"name": "millrace/test/a", "bucket": "staging", "generation": "7", "crc32c": "AAAAAA=="}""");
            }
        });
        try {
            assertCode(ErrorCode.STAGING_CORRUPT, () -> upload(open(server), "a", random(10)));
            assertThat(deleted).singleElement().asString().contains("test%2Fa", "generation=7");

            status.set(403);
            assertThatThrownBy(() -> upload(open(server), "a", random(10)))
                    .isInstanceOfSatisfying(
                            MillraceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STAGING_CORRUPT))
                    .hasMessageStartingWith("a: stored were 0 bytes, crc32c 00000000 (expected: 10 bytes, crc32c ")
                    .hasMessageContaining("it can't be deleted, is not read, and goes with the rest of the run: 403");

            assertThat(upload(open(server), "empty", new byte[0]).bytes()).isZero();
        } finally {
            server.stop(0);
        }
    }

    /** Cloud Storage doesn't; another server that speaks its API might. */
    @Test
    void whatIsListedOutsideThePrefixIsNotTouched() throws IOException {
        List<String> deleted = new CopyOnWriteArrayList<>();
        HttpServer server = serve(exchange -> {
            if (exchange.getRequestMethod().equals("DELETE")) {
                deleted.add(exchange.getRequestURI().getPath());
                answer(exchange, 204, "");
            } else {
                answer(exchange, 200, """
                        {"kind": "storage#objects", "items": [
                          {"name": "theirs/1", "bucket": "staging", "generation": "1"},
                          {"name": "millrace/test/runs/1/a", "bucket": "staging", "generation": "1"},
                          {"name": "millrace/testing", "bucket": "staging", "generation": "1"}]}""");
            }
        });
        try {
            assertThat(open(server).list("runs/1/")).containsExactly("runs/1/a");
            open(server).deleteAll("runs/1/");

            assertThat(deleted).containsExactly("/storage/v1/b/staging/o/millrace/test/runs/1/a");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void anObjectWithoutASizeIsEmpty() throws IOException {
        HttpServer server = serve(exchange -> answer(exchange, 200, """
                {"name": "millrace/test/runs/1/a", "bucket": "staging", "generation": "1", "crc32c": "AAAAAA=="}"""));
        try {
            assertThat(open(server).describe("runs/1/a").bytes()).isZero();
        } finally {
            server.stop(0);
        }
    }

    private static HttpServer serve(HttpHandler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
            handler.handle(exchange);
        });
        server.start();
        return server;
    }

    private static void answer(HttpExchange exchange, int status, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Test
    void losesAgainstAnotherWriterOfALargeObject() throws IOException {
        try (Upload upload = store.upload("a")) {
            upload.stream().write(random(2 * CHUNK));
            assertThat(store.createIfAbsent("a", new byte[] {7})).isTrue();

            assertCode(ErrorCode.STAGING_CORRUPT, () -> upload.commit(1));
        }

        assertThat(store.open("a")).hasBinaryContent(new byte[] {7});
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 502, 503, 504})
    void aPassingFailureIsNoFailure(int status) throws IOException {
        Fault refusal = new Fault.Status(status, "backendError");
        emulator.faults().inject("POST", "/upload/", refusal);
        emulator.faults().inject("PUT", "upload_id=", 1, 1, refusal);
        emulator.faults().inject("GET", "alt=media", refusal);
        emulator.faults().inject("GET", "/o[?]", refusal);

        Part part = upload("a", random(2 * CHUNK + 1));
        assertThat(store.list("")).containsExactly("a");
        try (InputStream in = store.open(part)) {
            assertThat(in.readAllBytes()).isEqualTo(random(2 * CHUNK + 1));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10_000, 2 * CHUNK + 1})
    void bytesThatChangedOnTheWayAreNoObject(int size) {
        emulator.faults().inject("POST", "uploadType=multipart", new Fault.Corrupted(5_000));
        emulator.faults().inject("PUT", "upload_id=", new Fault.Corrupted(100));

        assertThatThrownBy(() -> upload("a", random(size)));

        assertThat(store.list("")).isEmpty();
        assertThat(emulator.faults().next(size == 10_000 ? "POST" : "PUT", "uploadType=multipart&upload_id="))
                .as("a fault that was not due")
                .isEmpty();
    }

    @Test
    void aDownloadThatBreaksOffGoesOn() throws IOException {
        byte[] content = random(2_000_000);
        Part part = upload("a", content);
        emulator.faults().inject("GET", "alt=media", new Fault.Truncated(1_000_000));

        try (InputStream in = store.open(part)) {
            assertThat(in.readAllBytes()).isEqualTo(content);
        }
    }

    @Test
    void saysWhatGoogleSays() {
        Fault refusal = new Fault.Status(403, "millrace does not have storage.objects.create access");
        emulator.faults().inject("POST", "/upload/", refusal);

        assertThatThrownBy(() -> store.createIfAbsent("a", new byte[1]))
                .hasMessage("can't write a in bucket staging: 403, millrace does not have"
                        + " storage.objects.create access");
        assertCode(ErrorCode.STAGING_UNAVAILABLE, () -> open("other").createIfAbsent("a", new byte[1]));
        assertCode(ErrorCode.STAGING_UNAVAILABLE, () -> open("other").list(""));
    }

    @Test
    void deletesWithoutABatchWhichNotAllServersHave() {
        for (int i = 0; i < 101; i++) {
            store.createIfAbsent("runs/1/" + i, new byte[0]);
        }
        emulator.calls().clear();

        store.deleteAll("runs/1/");

        assertThat(store.list("")).isEmpty();
        assertThat(emulator.calls().count("DELETE", "runs%2F1%2F")).isEqualTo(101);
    }

    @Test
    void saysThatItCouldNotDelete() {
        store.createIfAbsent("runs/1/0", new byte[0]);
        emulator.faults().inject("DELETE", "/o/", new Fault.Status(403, "forbidden"));

        assertCode(ErrorCode.STAGING_UNAVAILABLE, () -> store.deleteAll("runs/1/"));
    }

    @Test
    void sharesItsBucketWithOthers() throws IOException {
        emulator.buckets().overwrite(BUCKET, "millrace/testing", new byte[1]);
        store.createIfAbsent("a", new byte[0]);

        store.deleteAll("");

        assertThat(emulator.buckets().find(BUCKET, "millrace/testing")).isPresent();
        assertThat(emulator.buckets().list(BUCKET, "")).hasSize(1);
    }

    private Part upload(String path, byte[] content) throws IOException {
        return upload(store, path, content);
    }

    private static Part upload(StagingStore store, String path, byte[] content) throws IOException {
        try (Upload upload = store.upload(path)) {
            upload.stream().write(content);
            return upload.commit(1);
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
