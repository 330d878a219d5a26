package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tries Google Cloud is in jars beside the command line's, which are on the class path only when asked for. */
class CloudToolsTest {
    private static final Pattern DEPENDENCY = Pattern.compile(
            "<dependency>\\s*<groupId>[^<]+</groupId>\\s*<artifactId>([^<]+)</artifactId>\\s*</dependency>");

    @TempDir
    private Path folder;

    private static List<String> classPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> String.valueOf(Path.of(entry).getFileName()))
                .toList();
    }

    @Test
    void theCommandLineHasNeitherTheEmulatorNorTheChecks() {
        assertThat(CloudTools.find()).isEmpty();
        assertThat(classPath()).isNotEmpty().noneMatch(entry -> entry.startsWith("gcp-emulator"));
    }

    @Test
    void whoAsksForThemIsToldInOneSentenceWhereTheyAre() throws Exception {
        for (String[] asked : List.of(
                new String[] {"verify-cloud", "--project", "p", "--only=types"},
                new String[] {"start", "--gcp-emulator", "--port=0"})) {
            Terminal.Call call = new Terminal(folder).call(asked);

            assertThat(call.exitCode()).isEqualTo(2);
            assertThat(call.out()).isEmpty();
            assertThat(call.err().lines())
                    .singleElement()
                    .asString()
                    .contains(asked[0], "needs the jars of standalone-cloud", "./millrace of the source tree");
        }
    }

    /** The launcher adds the two jars and Google's evaluator of SQL, and nothing else. */
    @Test
    void everythingElseThatTheyNeedIsOnTheClassPathOfTheCommandLine() throws Exception {
        List<String> classPath = classPath();
        for (String module : List.of("gcp-emulator", "standalone-cloud")) {
            String pom = Files.readString(Terminal.ROOT.resolve(module).resolve("pom.xml"));
            List<String> needed = DEPENDENCY
                    .matcher(pom)
                    .results()
                    .map(dependency -> dependency.group(1))
                    .filter(name ->
                            !List.of("gcp-emulator", "standalone", "testkit").contains(name))
                    .filter(name -> !name.startsWith("zetasql-"))
                    .toList();

            assertThat(needed)
                    .as(module)
                    .isNotEmpty()
                    .allSatisfy(name -> assertThat(classPath)
                            .anyMatch(entry -> entry.matches(Pattern.quote(name) + "-[0-9].*\\.jar")));
        }
    }
}
