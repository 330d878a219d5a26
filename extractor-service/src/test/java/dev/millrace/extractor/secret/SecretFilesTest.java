package dev.millrace.extractor.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.pipeline.SecretReference;
import dev.millrace.secret.SecretFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFilesTest {
    @TempDir
    Path folder;

    private Path envFile;
    private SecretFiles secrets;

    @BeforeEach
    void open() {
        envFile = folder.resolve(".env");
        secrets = new SecretFiles(folder, envFile);
    }

    @Test
    void aLineOfTheEnvFileIsASecretAndIsReadAnewEachTime() throws IOException {
        Files.writeString(envFile, "# keys\n\nMILLRACE_SECRET_key=marker-one\nOTHER='{\"a\": \"b\"}'\n");
        assertThat(read("key")).isEqualTo("marker-one");

        Files.writeString(envFile, "MILLRACE_SECRET_key='{\"ID\": \"marker-two\"}'\n");
        assertThat(read("key")).isEqualTo("{\"ID\": \"marker-two\"}");
    }

    @Test
    void filesAndTheEnvironmentWinOverTheEnvFile() throws IOException {
        Files.writeString(envFile, "MILLRACE_SECRET_key=marker-env\nMILLRACE_SECRET_from_environment=marker-env\n");
        Files.writeString(folder.resolve("key"), "marker-file");

        assertThat(read("key")).isEqualTo("marker-file");
        assertThat(read("from_environment")).isEqualTo("marker-environment");
    }

    @Test
    void saysWhereASecretWasLookedForAndQuotesNoLine() throws IOException {
        assertThatThrownBy(() -> read("key"))
                .hasMessage("there is no secret 'key' (expected: a file of that name in the secrets' folder " + folder
                        + ", or the"
                        + " environment variable MILLRACE_SECRET_key, or a line MILLRACE_SECRET_key=… in " + envFile
                        + ")");

        Files.writeString(envFile, "MILLRACE_SECRET_key marker-lost\n");
        assertThatThrownBy(() -> read("key"))
                .hasMessage(envFile + " has a line that is neither NAME=value nor a comment");
    }

    private String read(String name) {
        return secrets.read(new SecretReference(null, name, null, null));
    }
}
