package dev.millrace.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.auth.oauth2.ServiceAccountCredentials;
import com.google.cloud.NoCredentials;
import dev.millrace.emulator.GcpEmulator;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.testing.KeyFile;
import io.micronaut.context.ApplicationContext;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class GoogleCredentialsByNameTest {
    @TempDir
    Path folder;

    private @Nullable ApplicationContext context;

    @AfterEach
    void stop() {
        if (context != null) {
            context.close();
        }
    }

    @Test
    void severalKeyFilesAreThereSideBySide() throws IOException {
        try (GcpEmulator emulator = GcpEmulator.start(folder.resolve("gcp"))) {
            Path school = KeyFile.write(folder.resolve("school.json"), "school@p.iam", emulator.http());
            Path hiring = KeyFile.write(folder.resolve("hiring.json"), "hiring@p.iam", emulator.http());
            GoogleCredentialsByName credentials = credentials(Map.of("school", school, "hiring-eu", hiring), Map.of());

            assertThat(credentials.credentials("school"))
                    .isInstanceOfSatisfying(
                            ServiceAccountCredentials.class,
                            account -> assertThat(account.getClientEmail()).isEqualTo("school@p.iam"));
            assertThat(credentials
                            .credentials("hiring-eu")
                            .getRequestMetadata(URI.create("https://storage.googleapis.com"))
                            .get("Authorization"))
                    .asString()
                    .startsWith("[Bearer ");
            assertThat(emulator.calls().count("POST", "^/token$")).isEqualTo(1);
        }
    }

    @Test
    void aKeyFileThatWasExchangedCountsAtOnce() throws IOException {
        Path file = KeyFile.write(folder.resolve("key.json"), "first@p.iam", URI.create("http://127.0.0.1:1"));
        GoogleCredentialsByName credentials = credentials(Map.of("school", file), Map.of());
        KeyFile.write(file, "second@p.iam", URI.create("http://127.0.0.1:1"));

        assertThat(credentials.credentials("school"))
                .isInstanceOfSatisfying(
                        ServiceAccountCredentials.class,
                        account -> assertThat(account.getClientEmail()).isEqualTo("second@p.iam"));
    }

    @Test
    void anUnknownNameIsRefusedWithThoseThatThereAre() {
        GoogleCredentialsByName credentials =
                credentials(Map.of("b", folder.resolve("b"), "a", folder.resolve("a")), Map.of());

        assertThatThrownBy(() -> credentials.credentials("scool"))
                .hasMessage("there are no credentials 'scool' (expected: one of a, b, or the property"
                        + " millrace.gcp.credentials.scool.key-file)")
                .satisfies(e -> assertThat(((MillraceException) e).code()).isEqualTo(ErrorCode.CREDENTIALS_UNKNOWN));
    }

    @Test
    void aKeyFileThatIsMissingOrNoKeyIsNamedWithoutItsContent() throws IOException {
        Path key = KeyFile.write(folder.resolve("whole.json"), "a@p.iam", URI.create("http://127.0.0.1:1"));
        String whole = Files.readString(key);
        String marker = "marker-of-a-key";
        Map<String, Path> files = new HashMap<>();
        files.put("missing", folder.resolve("missing.json"));
        files.put("folder", folder);
        for (String broken : List.of(
                "",
                marker,
                "{\"" + marker,
                "[]",
                "{\"type\": \"" + marker + "\"}",
                "{\"type\": \"service_account\", \"private_key\": \"" + marker + "\"}",
                whole.replace("BEGIN PRIVATE KEY", marker),
                whole.substring(0, whole.length() / 2))) {
            String name = "broken-" + files.size();
            files.put(name, Files.writeString(folder.resolve(name), broken));
        }
        GoogleCredentialsByName credentials = credentials(files, Map.of());

        assertThat(files)
                .allSatisfy((name, file) -> assertThatThrownBy(() -> credentials.credentials(name))
                        .isInstanceOfSatisfying(MillraceException.class, e -> {
                            assertThat(e.code()).isEqualTo(ErrorCode.CREDENTIALS_UNUSABLE);
                            assertThat(e).hasMessageContaining(file.toString()).hasMessageContaining("'" + name + "'");
                            assertThat(e).hasStackTraceContaining("key file").hasNoCause();
                            assertThat(e.getMessage()).doesNotContain(marker);
                        }));
    }

    @Test
    void emulatorsGetNoCredentials() throws IOException {
        Path school = KeyFile.write(folder.resolve("key.json"), "school@p.iam", URI.create("http://127.0.0.1:1"));
        GoogleCredentialsByName credentials =
                credentials(Map.of("school", school), Map.of("millrace.gcp.authentication", "none"));

        assertThat(credentials.credentials(null)).isSameAs(NoCredentials.getInstance());
        assertThat(credentials.credentials("school")).isSameAs(NoCredentials.getInstance());
        assertThatThrownBy(() -> credentials.credentials("other")).isInstanceOf(MillraceException.class);
    }

    private GoogleCredentialsByName credentials(Map<String, Path> keyFiles, Map<String, Object> more) {
        Map<String, Object> properties = new HashMap<>(more);
        keyFiles.forEach(
                (name, file) -> properties.put("millrace.gcp.credentials." + name + ".key-file", file.toString()));
        context = ApplicationContext.builder().properties(properties).start();
        return context.getBean(GoogleCredentialsByName.class);
    }
}
