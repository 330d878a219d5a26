package dev.millrace.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.context.ApplicationContext;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManifestsTest {
    private static final Manifest EMPTY = new Manifest(
            "t1", 1, Manifest.Format.PARQUET, List.of(), List.of(), new Counts(0, 0, 0, 0), null, List.of());

    @TempDir
    private Path folder;

    private ApplicationContext context;
    private StagingStore staging;
    private Manifests manifests;

    @BeforeEach
    void open() {
        context = ApplicationContext.builder()
                .deduceEnvironment(false)
                .properties(Map.of("micronaut.serde.serialization.inclusion", "ALWAYS"))
                .start();
        staging = new LocalStagingStore(folder);
        manifests = new Manifests(staging, context.getBean(ObjectMapper.class));
    }

    @AfterEach
    void close() {
        context.close();
    }

    @Test
    void whatIsWrittenIsFoundUnderTheNameThatIsReturned() {
        String name = manifests.write("runs/r1/rows/transform/1", EMPTY);

        assertThat(name).isEqualTo("runs/r1/rows/transform/1/manifest.json");
        assertThat(manifests.find(name)).contains(EMPTY);
        assertThat(manifests.read(name, Manifest.Format.PARQUET)).isEqualTo(EMPTY);
    }

    @Test
    void anAttemptThatHasNotFinishedHasNone() {
        assertThat(manifests.find("runs/r1/rows/transform/1/manifest.json")).isEmpty();
    }

    @Test
    void aSecondOneOfTheSameAttemptIsRefused() {
        String name = manifests.write("runs/r1/rows/transform/1", EMPTY);

        assertThat(corrupt(() -> manifests.write("runs/r1/rows/transform/1", EMPTY)))
                .isEqualTo(name + " is in staging already");
    }

    @Test
    void oneOfOtherPartsThanATaskWantsIsRefused() {
        String name = manifests.write("runs/r1/rows/transform/1", EMPTY);

        assertThat(corrupt(() -> manifests.read(name, Manifest.Format.NDJSON_ZSTD)))
                .isEqualTo(name + " is a manifest of PARQUET parts (expected: NDJSON_ZSTD)");
    }

    @Test
    void whatIsNoManifestIsRefusedByItsName() {
        for (String content : List.of("", "null", "[]", "{\"task\":\"t1\"}", "{\"task\":")) {
            String name = "runs/r1/rows/transform/" + content.length() + "/manifest.json";
            assertThat(staging.createIfAbsent(name, content.getBytes(StandardCharsets.UTF_8)))
                    .isTrue();

            assertThat(corrupt(() -> manifests.find(name))).isEqualTo(name + " in staging is no manifest");
        }
    }

    @Test
    void oneThatWasChangedIsRefusedWhereverItWas() throws IOException {
        String document = written();

        for (String changed : List.of(
                document.replace("\"attempt\":1", "\"attempt\":2"),
                document.replace("\"t1\"", "\"t2\""),
                document.replace("PARQUET", "NDJSON_ZSTD"),
                document.replaceFirst("[{]", "{ "))) {
            String name = "runs/r1/changed/" + changed.hashCode() + "/manifest.json";
            assertThat(changed).isNotEqualTo(document);
            assertThat(staging.createIfAbsent(name, changed.getBytes(StandardCharsets.UTF_8)))
                    .isTrue();

            assertThat(corrupt(() -> manifests.find(name)))
                    .startsWith(name + " in staging was changed: its crc32c is ");
        }
    }

    @Test
    void oneOfVersion01HasNoChecksum() throws IOException {
        String name = "runs/r1/old/extract/1/manifest.json";
        String old = written().replaceFirst(",\"crc32c\":\"[0-9a-f]{8}\"", "");
        assertThat(staging.createIfAbsent(name, old.getBytes(StandardCharsets.UTF_8)))
                .isTrue();

        assertThat(old).doesNotContain("crc32c");
        assertThat(manifests.find(name)).contains(EMPTY);
    }

    private String written() throws IOException {
        try (InputStream in = staging.open(manifests.write("runs/r1/rows/transform/1", EMPTY))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String corrupt(ThrowingCallable call) {
        MillraceException[] thrown = new MillraceException[1];
        assertThatThrownBy(call).isInstanceOfSatisfying(MillraceException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.STAGING_CORRUPT);
            thrown[0] = e;
        });
        return thrown[0].detail();
    }
}
