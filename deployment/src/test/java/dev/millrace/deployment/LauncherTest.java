package dev.millrace.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher {@code ./millrace}, with a JDK and a Maven that are played by small programs. */
class LauncherTest {
    @TempDir
    private Path folder;

    private Path clone;

    @BeforeEach
    void makeAClone() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "there is no shell here");
        folder = folder.toRealPath();
        clone = folder.resolve("clone");
        copy("millrace");
        copy(".mvn/find-jdk.sh");
        executable(clone.resolve("mvnw"), """
                mkdir -p standalone/target/lib standalone-cloud/target/lib
                touch -d '1 minute ago' standalone/target/millrace.jar
                """);
        Files.createFile(clone.resolve("pom.xml"));
        Files.createDirectories(clone.resolve("standalone/src/main"));
        Files.createFile(clone.resolve("standalone/pom.xml"));
        executable(folder.resolve("jdk/bin/javac"), "");
        executable(folder.resolve("jdk/bin/java"), """
                for word in "$@"; do
                  case $word in
                    -XX:AOTCacheOutput=*) touch "${word#*=}" ;;
                    -XX:AOTCache=*) echo "with the cache ${word#*=}" ;;
                  esac
                done
                """);
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25.0.1\"\n");
    }

    @Test
    void theCacheIsMadeByTheFirstCallAndTaken() throws Exception {
        String cache = "with the cache " + clone.resolve("standalone/target/millrace.aot");

        assertThat(runs()).containsExactly(cache);
        assertThat(runs()).containsExactly(cache);
    }

    /** Its classes say where they were when it was made: a driver would look for its library there. */
    @Test
    void aCloneThatWasMovedStartsWithoutTheCacheOfItsFormerPlace() throws Exception {
        assertThat(runs()).isNotEmpty();
        Path moved = folder.resolve("moved");
        Files.move(clone, moved);
        clone = moved;

        assertThat(runs()).isEmpty();
    }

    private List<String> runs() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(clone.resolve("millrace").toString(), "runs");
        builder.environment().put("MILLRACE_JAVA_HOME", folder.resolve("jdk").toString());
        builder.redirectError(folder.resolve("error").toFile());
        builder.redirectOutput(folder.resolve("output").toFile());
        Process process = builder.start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(folder.resolve("error")))
                .isZero();
        return Files.readAllLines(folder.resolve("output"));
    }

    private void copy(String file) throws IOException {
        Path target = clone.resolve(file);
        Files.createDirectories(target.getParent());
        Files.copy(Rendered.ROOT.resolve(file), target);
    }

    private static void executable(Path file, String body) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + body);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
