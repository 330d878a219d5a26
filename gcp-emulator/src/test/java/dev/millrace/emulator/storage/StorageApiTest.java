package dev.millrace.emulator.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.cloud.NoCredentials;
import com.google.cloud.WriteChannel;
import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.StorageException;
import com.google.cloud.storage.StorageOptions;
import dev.millrace.emulator.GcpEmulator;
import dev.millrace.emulator.http.Fault;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With Google's own client library. */
@Timeout(120)
class StorageApiTest {
    private static final String BUCKET = "parts";

    @TempDir
    Path folder;

    private GcpEmulator emulator;
    private Storage storage;

    @BeforeEach
    void start() throws IOException {
        open();
        emulator.buckets().create(BUCKET);
    }

    private void open() throws IOException {
        emulator = GcpEmulator.start(folder);
        storage = StorageOptions.http()
                .setHost(emulator.http().toString())
                .setProjectId("test")
                .setCredentials(NoCredentials.getInstance())
                .build()
                .getService();
    }

    @AfterEach
    void stop() throws Exception {
        storage.close();
        emulator.close();
    }

    @Test
    void keepsWhatWasWrittenInOneCall() {
        Blob blob = storage.create(
                BlobInfo.newBuilder(BUCKET, "a/b c+d%.json")
                        .setContentType("text/plain")
                        .build(),
                "hello".getBytes(StandardCharsets.UTF_8),
                Storage.BlobTargetOption.doesNotExist());

        assertThat(blob.getSize()).isEqualTo(5);
        assertThat(blob.getCrc32c()).isEqualTo("mnG7TA==");
        assertThat(blob.getMd5()).isEqualTo("XUFAKrxLKna5cZ2REBfFkg==");
        assertThat(storage.readAllBytes(BUCKET, "a/b c+d%.json")).asString().isEqualTo("hello");
        assertThat(storage.get(BlobId.of(BUCKET, "a/b c+d%.json")).getContentType())
                .isEqualTo("text/plain");
    }

    @Test
    void keepsWhatCameInChunks() throws IOException {
        byte[] content = random(1_000_000);

        write("chunks", content, 256 * 1024);

        assertThat(storage.readAllBytes(BUCKET, "chunks")).isEqualTo(content);
        assertThat(emulator.calls().count("PUT", "upload_id=")).isEqualTo(4);
    }

    @Test
    void goesOnAfterALostChunkAndALostAnswer() throws IOException {
        byte[] content = random(1_000_000);
        emulator.faults().inject("PUT", "upload_id=", new Fault.LostAnswer());
        emulator.faults().inject("PUT", "upload_id=", 1, 1, new Fault.Status(503, "backendError"));
        emulator.faults().inject("PUT", "upload_id=", 4, 1, new Fault.LostAnswer());

        write("chunks", content, 256 * 1024);

        assertThat(storage.readAllBytes(BUCKET, "chunks")).isEqualTo(content);
        emulator.faults().clear();
    }

    @Test
    void resumesADownloadThatBreaksOff() {
        byte[] content = random(500_000);
        storage.create(BlobInfo.newBuilder(BUCKET, "a").build(), content);
        emulator.faults().inject("GET", "alt=media", new Fault.Truncated(100_000));

        assertThat(storage.readAllBytes(BUCKET, "a")).isEqualTo(content);
        assertThat(emulator.calls().count("GET", "alt=media")).isEqualTo(2);
    }

    @Test
    void createsAnObjectOnceOnly() throws IOException {
        create("a", "first");

        assertStatus(412, () -> create("a", "second"));
        WriteChannel writer =
                storage.writer(BlobInfo.newBuilder(BUCKET, "late").build(), Storage.BlobWriteOption.doesNotExist());
        writer.setChunkSize(256 * 1024);
        writer.write(ByteBuffer.wrap(random(300_000))); // the session has begun
        create("late", "sooner");
        assertStatus(412, writer::close);

        assertThat(storage.readAllBytes(BUCKET, "a")).asString().isEqualTo("first");
        assertThat(storage.readAllBytes(BUCKET, "late")).asString().isEqualTo("sooner");
    }

    @Test
    void refusesBytesOfAnotherChecksum() {
        BlobInfo wrong = BlobInfo.newBuilder(BUCKET, "a").setCrc32c("AAAAAA==").build();

        assertStatus(400, () -> {
            try (WriteChannel writer = storage.writer(wrong, Storage.BlobWriteOption.crc32cMatch())) {
                writer.write(ByteBuffer.wrap(random(10)));
            }
        });
        assertThat(storage.get(BlobId.of(BUCKET, "a"))).isNull();
    }

    @Test
    void listsPageByPageInTheOrderOfBytes() {
        for (String name : List.of("b", "a/2", "a/10", "a/é", "a/z", "a/1", "c")) {
            create(name, name);
        }

        List<String> names = new ArrayList<>();
        storage.list(BUCKET, Storage.BlobListOption.prefix("a/"), Storage.BlobListOption.pageSize(2))
                .iterateAll()
                .forEach(blob -> names.add(blob.getName()));

        assertThat(names).containsExactly("a/1", "a/10", "a/2", "a/z", "a/é");
    }

    @Test
    void deletesAnObjectOnce() {
        create("a", "a");
        create("c/d", "d");

        assertThat(storage.delete(BlobId.of(BUCKET, "a"))).isTrue();
        assertThat(storage.delete(BlobId.of(BUCKET, "a"))).isFalse();
        assertThat(storage.delete(BlobId.of(BUCKET, "c/d"))).isTrue();
        assertThat(storage.list(BUCKET).iterateAll()).isEmpty();
    }

    @Test
    void copiesAnObject() {
        create("a", "hello");

        Blob copy = storage.copy(Storage.CopyRequest.of(BUCKET, "a", "b/c")).getResult();

        assertThat(copy.getContent()).asString().isEqualTo("hello");
    }

    @Test
    void findsItsObjectsAgainAfterARestart() throws Exception {
        Blob before = create("a/b", "kept");
        stop();
        open();

        assertThat(storage.get(BlobId.of(BUCKET, "a/b")).getGeneration()).isEqualTo(before.getGeneration());
        assertThat(storage.readAllBytes(BUCKET, "a/b")).asString().isEqualTo("kept");
        assertThat(create("c", "c").getGeneration()).isGreaterThan(before.getGeneration());
    }

    @Test
    void saysThatThereIsNoSuchBucketOrObject() {
        assertThat(storage.get("nothing")).isNull();
        assertThat(storage.get(BlobId.of(BUCKET, "nothing"))).isNull();
        assertStatus(404, () -> storage.readAllBytes(BUCKET, "nothing"));
        assertStatus(
                404, () -> storage.create(BlobInfo.newBuilder("nothing", "a").build(), new byte[1]));
    }

    private Blob create(String name, String content) {
        return storage.create(
                BlobInfo.newBuilder(BUCKET, name).build(),
                content.getBytes(StandardCharsets.UTF_8),
                Storage.BlobTargetOption.doesNotExist());
    }

    private void write(String name, byte[] content, int chunk) throws IOException {
        try (WriteChannel writer =
                storage.writer(BlobInfo.newBuilder(BUCKET, name).build(), Storage.BlobWriteOption.doesNotExist())) {
            writer.setChunkSize(chunk);
            writer.write(ByteBuffer.wrap(content));
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static void assertStatus(int status, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StorageException.class, e -> assertThat(e.getCode()).isEqualTo(status));
    }

    @Test
    void unpacksGzipForWhoeverDoesNotTakeIt() throws Exception {
        byte[] text = "a,b\n1,2\n".repeat(1_000).getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(text);
        }
        storage.create(
                BlobInfo.newBuilder(BUCKET, "a.csv").setContentEncoding("gzip").build(),
                packed.toByteArray(),
                Storage.BlobTargetOption.disableGzipContent());

        assertThat(storage.get(BUCKET, "a.csv").getContentEncoding()).isEqualTo("gzip");
        HttpResponse<byte[]> asStored = download("a.csv", "gzip");
        assertThat(asStored.body()).isEqualTo(packed.toByteArray());
        assertThat(asStored.headers().firstValue("Content-Encoding")).hasValue("gzip");
        HttpResponse<byte[]> unpacked = download("a.csv", "identity");
        assertThat(unpacked.body()).isEqualTo(text);
        assertThat(unpacked.headers().map()).doesNotContainKeys("content-encoding", "content-length");
        assertThat(unpacked.headers().firstValue("X-Goog-Stored-Content-Length"))
                .hasValue(Integer.toString(packed.size()));
    }

    @Test
    void deletesTheGenerationThatIsNamedAndNoOther() throws Exception {
        long before = create("a", "before").getGeneration();
        emulator.buckets().overwrite(BUCKET, "a", new byte[] {1});
        long now = storage.get(BlobId.of(BUCKET, "a")).getGeneration();

        assertThat(storage.delete(BlobId.of(BUCKET, "a", before))).isFalse();
        assertThat(storage.get(BlobId.of(BUCKET, "a")).getGeneration()).isEqualTo(now);
        assertThat(storage.delete(BlobId.of(BUCKET, "a", now))).isTrue();
        assertThat(storage.get(BlobId.of(BUCKET, "a"))).isNull();
    }

    @Test
    void takesAChunkThatIsNoMultipleOf256KibibytesOnlyAsTheLast() throws Exception {
        URI session = URI.create(call(HttpRequest.newBuilder(emulator.http()
                                .resolve("/upload/storage/v1/b/" + BUCKET + "/o?uploadType=resumable&name=a"))
                        .POST(HttpRequest.BodyPublishers.noBody()))
                .headers()
                .firstValue("Location")
                .orElseThrow());

        assertThat(chunk(session, 0, 100, "300000")).isEqualTo(400);
        assertThat(chunk(session, 0, 100, "*")).isEqualTo(400);
        assertThat(chunk(session, 0, 256 * 1024, "262151")).isEqualTo(308);
        assertThat(chunk(session, 256 * 1024, 7, "262151")).isEqualTo(200);
        assertThat(storage.get(BlobId.of(BUCKET, "a")).getSize()).isEqualTo(262_151);
    }

    private static int chunk(URI session, int first, int length, String total) throws Exception {
        return call(HttpRequest.newBuilder(session)
                        .header("Content-Range", "bytes " + first + "-" + (first + length - 1) + "/" + total)
                        .PUT(HttpRequest.BodyPublishers.ofByteArray(new byte[length])))
                .statusCode();
    }

    @Test
    void hasNoRangeOfAnObjectWithoutBytes() throws Exception {
        create("empty", "");

        assertThat(download("empty", "identity").statusCode()).isEqualTo(416);
        assertThat(storage.readAllBytes(BUCKET, "empty")).isEmpty();
    }

    @Test
    void answersTheFieldsThatAreAskedFor() throws Exception {
        create("a/b", "bytes");
        String objects = "/storage/v1/b/" + BUCKET + "/o";

        assertThat(fields(objects, "items(name,size),prefixes")).isEqualTo("{'items':[{'name':'a/b','size':'5'}]}");
        assertThat(fields(objects, "items/name,kind")).isEqualTo("{'kind':'storage#objects','items':[{'name':'a/b'}]}");
        assertThat(fields(objects + "/a%2Fb", "size")).isEqualTo("{'size':'5'}");
        assertThat(fields(objects, "*/contentType"))
                .isEqualTo("{'items':[{'contentType':'application/octet-stream'}]}");
        assertThat(fields(objects, "items(name")).contains("Invalid field selection items(name");
    }

    private String fields(String path, String fields) throws Exception {
        HttpResponse<byte[]> answer =
                call(HttpRequest.newBuilder(emulator.http().resolve(path + "?fields=" + fields)));
        return new String(answer.body(), StandardCharsets.UTF_8).replace('"', '\'');
    }

    private static HttpResponse<byte[]> call(HttpRequest.Builder request) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        }
    }

    private HttpResponse<byte[]> download(String name, String encodings) throws Exception {
        return call(
                HttpRequest.newBuilder(emulator.http().resolve("/storage/v1/b/" + BUCKET + "/o/" + name + "?alt=media"))
                        .header("Accept-Encoding", encodings)
                        .header("Range", "bytes=0-"));
    }
}
