package dev.millrace.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every staging store promises; each has a subclass. */
@Timeout(120)
public abstract class StagingStoreContract {
    @TempDir
    Path scratch;

    /** The store under test, empty at the start of each test. */
    protected abstract StagingStore store();

    /** Changes an object behind the store's back. */
    protected abstract void overwrite(String path, byte[] content) throws IOException;

    @Test
    void letsExactlyOneOfTwentyCreateAnObject() throws Exception {
        List<Callable<Boolean>> racers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            byte[] content = ("racer " + i).getBytes(StandardCharsets.UTF_8);
            racers.add(() -> store().createIfAbsent("runs/1/OWNER", content));
        }

        List<Integer> winners = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(20)) {
            List<Future<Boolean>> results = threads.invokeAll(racers);
            for (int i = 0; i < results.size(); i++) {
                if (results.get(i).get()) {
                    winners.add(i);
                }
            }
        }

        assertThat(winners).hasSize(1);
        assertThat(text("runs/1/OWNER")).isEqualTo("racer " + winners.getFirst());
        assertThat(store().list("")).containsExactly("runs/1/OWNER");
    }

    @Test
    void showsAnUploadOnceItIsCommitted() throws IOException {
        Part part;
        try (Upload upload = store().upload("runs/1/part-00000")) {
            upload.stream().write("three\nlines\nhere\n".getBytes(StandardCharsets.UTF_8));
            assertThat(store().exists("runs/1/part-00000")).isFalse();
            assertThat(store().list("runs/")).isEmpty();
            part = upload.commit(3);
        }

        assertThat(part).isEqualTo(new Part("runs/1/part-00000", 3, 17, crc32c("three\nlines\nhere\n")));
        assertThat(store().exists("runs/1/part-00000")).isTrue();
        assertThat(text(part.path())).isEqualTo("three\nlines\nhere\n");
        assertThat(store().open(part)).hasContent("three\nlines\nhere\n");
        assertThat(store().fetch(part, scratch)).hasContent("three\nlines\nhere\n");
    }

    @Test
    void countsTheBytesOfAClosedStreamInAnUpload() throws IOException {
        try (Upload upload = store().upload("a")) {
            upload.stream().write(new byte[100_000]);
            upload.stream().write(1);
            upload.stream().close();

            assertThat(upload.bytes()).isEqualTo(100_001);
            assertThat(upload.commit(0).bytes()).isEqualTo(100_001);
        }
    }

    @Test
    void leavesNothingOfAnUploadThatIsNotCommitted() throws IOException {
        try (Upload upload = store().upload("runs/1/part-00000")) {
            upload.stream().write(new byte[1_000_000]);
        }

        assertThat(store().exists("runs/1/part-00000")).isFalse();
        assertThat(store().list("")).isEmpty();
    }

    @Test
    void neverWritesAnObjectAgain() throws IOException {
        part("a", "first");

        assertThat(store().createIfAbsent("a", new byte[0])).isFalse();
        assertThatThrownBy(() -> part("a", "second")).satisfies(hasCode(ErrorCode.STAGING_CORRUPT));
        assertThat(text("a")).isEqualTo("first");
        assertThat(store().list("")).containsExactly("a");
    }

    @Test
    void replacesWhatIsStillAsItWasReadAndNothingElse() throws IOException {
        byte[] first = "first".getBytes(StandardCharsets.UTF_8);
        byte[] second = "second".getBytes(StandardCharsets.UTF_8);
        assertThat(store().replace("a", first, second)).isFalse();
        assertThat(store().exists("a")).isFalse();
        store().createIfAbsent("a", first);

        assertThat(store().replace("a", second, first)).isFalse();
        assertThat(store().replace("a", first, second)).isTrue();
        assertThat(store().replace("a", first, second)).isFalse();
        assertThat(text("a")).isEqualTo("second");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sent", "sent-and-more", "s3nt-this"})
    void findsOutThatAnObjectIsNotWhatWasWritten(String now) throws IOException {
        Part part = part("a", "sent-this");
        overwrite("a", now.getBytes(StandardCharsets.UTF_8));

        assertCode(ErrorCode.STAGING_CORRUPT, () -> {
            try (InputStream in = store().open(part)) {
                in.readAllBytes();
            }
        });
        assertCode(ErrorCode.STAGING_CORRUPT, () -> store().fetch(part, scratch));
    }

    @Test
    void saysThatAnObjectIsMissing() {
        Part part = new Part("a", 1, 1, "00000000");

        assertCode(ErrorCode.STAGING_CORRUPT, () -> store().open("a").close());
        assertCode(ErrorCode.STAGING_CORRUPT, () -> store().open(part).close());
        assertCode(ErrorCode.STAGING_CORRUPT, () -> store().fetch(part, scratch));
        assertThat(store().exists("a")).isFalse();
    }

    @Test
    void listsByPrefixInOrder() throws IOException {
        for (String name : List.of("runs/2/b", "runs/1/c/d", "runs/1/a", "runs/10/a", "other/a", "runs/1/b")) {
            part(name, name);
        }

        assertThat(store().list("runs/1/")).containsExactly("runs/1/a", "runs/1/b", "runs/1/c/d");
        assertThat(store().list("runs/1")).containsExactly("runs/1/a", "runs/1/b", "runs/1/c/d", "runs/10/a");
        assertThat(store().list("")).hasSize(6);
        assertThat(store().list("nothing/")).isEmpty();
    }

    @Test
    void deletesByPrefixAndNothingElse() throws IOException {
        for (String name : List.of("runs/1/a", "runs/1/b/c", "runs/10/a")) {
            part(name, name);
        }

        store().deleteAll("runs/1/");
        store().deleteAll("runs/1/");

        assertThat(store().list("")).containsExactly("runs/10/a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "/a", "a/", "a//b", "../a", "a/../../b", "a/./b", ".."})
    void refusesANameThatCouldLeaveTheStore(String name) {
        assertThatThrownBy(() -> store().createIfAbsent(name, new byte[0]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store().upload(name)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store().open(name)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store().exists(name)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"../", "a/../../", "/etc/"})
    void refusesToListOrDeleteOutsideOfTheStore(String prefix) {
        assertThatThrownBy(() -> store().list(prefix)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store().deleteAll(prefix)).isInstanceOf(IllegalArgumentException.class);
    }

    protected final Part part(String path, String content) throws IOException {
        try (Upload upload = store().upload(path)) {
            upload.stream().write(content.getBytes(StandardCharsets.UTF_8));
            return upload.commit(1);
        }
    }

    protected static void assertCode(ErrorCode code, ThrowingCallable call) {
        assertThatThrownBy(call).satisfies(hasCode(code));
    }

    private static java.util.function.Consumer<Throwable> hasCode(ErrorCode code) {
        return failure -> assertThat(failure)
                .isInstanceOfSatisfying(
                        MillraceException.class,
                        known -> assertThat(known.code()).isEqualTo(code));
    }

    private String text(String path) throws IOException {
        try (InputStream in = store().open(path)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String crc32c(String text) {
        CRC32C checksum = new CRC32C();
        checksum.update(text.getBytes(StandardCharsets.UTF_8));
        return String.format("%08x", checksum.getValue());
    }

    @Test
    void letsOneOfTwentyReplaceWhatAllOfThemHaveRead() throws Exception {
        byte[] first = "first".getBytes(StandardCharsets.UTF_8);
        assertThat(store().replace("a/head", first, first)).isFalse();
        store().createIfAbsent("a/head", first);
        List<Callable<Boolean>> racers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            byte[] content = ("racer " + i).getBytes(StandardCharsets.UTF_8);
            racers.add(() -> store().replace("a/head", first, content));
        }
        List<Integer> winners = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(20)) {
            List<Future<Boolean>> results = threads.invokeAll(racers);
            for (int i = 0; i < results.size(); i++) {
                if (results.get(i).get()) {
                    winners.add(i);
                }
            }
        }
        assertThat(winners).hasSize(1);
        assertThat(text("a/head")).isEqualTo("racer " + winners.getFirst());
        assertThat(store().list("")).containsExactly("a/head");
    }

    @Test
    void givesAnObjectTheBytesOfAPartUnlessItHasChanged() throws Exception {
        Part one = part("a/1", "one");
        Part two = part("a/2", "two");
        assertThat(store().version("b/latest")).isEmpty();

        assertThat(store().replace("b/latest", Optional.empty(), one)).isTrue();
        Optional<String> first = store().version("b/latest");
        assertThat(text("b/latest")).isEqualTo("one");
        assertThat(store().replace("b/latest", Optional.empty(), two)).isFalse();
        assertThat(store().replace("b/latest", first, two)).isTrue();
        assertThat(text("b/latest")).isEqualTo("two");
        assertThat(store().replace("b/latest", first, one)).isFalse();

        assertThat(store().replace("b/latest", store().version("b/latest"), two))
                .as("the same once more")
                .isTrue();
        store().deleteAll("a/2");
        assertThat(text("b/latest")).isEqualTo("two");
        assertCode(ErrorCode.STAGING_CORRUPT, () -> store().replace("b/latest", store().version("b/latest"), two));
        assertThat(store().list("")).containsExactly("a/1", "b/latest");

        Optional<String> second = store().version("b/latest");
        assertThat(store().replace("b/latest", second, one)).isTrue();
        assertThat(store().delete("b/latest", second.orElseThrow())).isFalse();
        Optional<String> third = store().version("b/latest");
        assertThat(store().delete("b/latest", third.orElseThrow())).isTrue();
        assertThat(store().delete("b/latest", third.orElseThrow())).isFalse();
        assertThat(store().list("")).containsExactly("a/1");
    }
}
