package dev.millrace.staging.gcs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.cloud.NoCredentials;
import dev.millrace.emulator.GcpEmulator;
import dev.millrace.emulator.http.Call;
import dev.millrace.emulator.http.Fault;
import dev.millrace.gcp.GcpConfig;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.StagingStoreContract;
import dev.millrace.staging.Upload;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Random;
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
        GcpConfig config = new GcpConfig(null, GcpConfig.Authentication.NONE, emulator.http(), null, null);
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
