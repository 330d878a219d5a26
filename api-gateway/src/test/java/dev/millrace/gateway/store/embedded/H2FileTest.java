package dev.millrace.gateway.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.output.MigrateResult;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class H2FileTest {
    private static final String BEFORE = "15";

    @TempDir
    private Path folder;

    private String url;

    /** Brings a file up to date, to be killed meanwhile. */
    public static void main(String[] file) {
        H2File.migrate(url(Path.of(file[0])), "sa", "");
    }

    private static String url(Path file) {
        return H2Url.complete("jdbc:h2:file:" + file);
    }

    @BeforeEach
    void name() {
        url = url(folder.resolve("runs"));
    }

    @Test
    void aFileOfAnEarlierVersionIsBroughtUpToDateWithWhatIsInIt() throws SQLException, IOException {
        anEarlierOne();

        H2File.migrate(url, "sa", "");

        assertThat(version()).isEqualTo(latest());
        assertThat(endpoints()).containsExactly("kept");
        assertThat(files()).containsExactly("runs.mv.db");
    }

    @Test
    void aNewFileHasTheWholeSchema() throws SQLException, IOException {
        H2File.migrate(url, "sa", "");

        assertThat(version()).isEqualTo(latest());
        assertThat(files()).containsExactly("runs.mv.db");
    }

    @Test
    void whoIsKilledInTheMiddleLeavesNoFileHalfDone() throws Exception {
        anEarlierOne();
        Process killed = another();
        await().atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofMillis(1))
                .until(() -> Files.exists(folder.resolve("runs.migrating.mv.db")));
        killed.destroyForcibly();
        int _ = killed.waitFor();

        assertThat(version()).isIn(BEFORE, latest()); // the kill may come too late
        assertThat(endpoints()).containsExactly("kept");
        H2File.migrate(url, "sa", "");
        assertThat(version()).isEqualTo(latest());
        assertThat(endpoints()).containsExactly("kept");
        assertThat(files()).containsExactly("runs.mv.db");
    }

    @Test
    void aMigrationThatFailsLeavesTheFileAsItWas() throws SQLException, IOException {
        anEarlierOne();
        execute("CREATE TABLE look (other INTEGER)"); // which a later migration makes

        assertThatThrownBy(() -> H2File.migrate(url, "sa", "")).isInstanceOf(FlywayException.class);

        assertThat(version()).isEqualTo(BEFORE);
        execute("DROP TABLE look");
        H2File.migrate(url, "sa", "");
        assertThat(version()).isEqualTo(latest());
        assertThat(files()).containsExactly("runs.mv.db");
    }

    @Test
    void aFileThatSomebodyHasOpenIsLeftAlone() throws Exception {
        anEarlierOne();
        try (Connection open = DriverManager.getConnection(url, "sa", "")) {
            assertThat(open.isValid(1)).isTrue();
            Process other = another();

            assertThat(other.waitFor()).isZero();
            assertThat(files()).containsExactly("runs.mv.db");
        }
        assertThat(version()).isEqualTo(BEFORE);
    }

    private Process another() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        H2FileTest.class.getName(),
                        folder.resolve("runs").toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
    }

    private void anEarlierOne() throws SQLException {
        MigrateResult _ = Flyway.configure()
                .dataSource(url, "sa", "")
                .target(BEFORE)
                .load()
                .migrate();
        execute("INSERT INTO endpoint_status (name, pipeline, endpoint) VALUES ('school/kept', 'school', 'kept')");
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url, "sa", "");
                Statement statement = connection.createStatement()) {
            boolean _ = statement.execute(sql);
        }
    }

    private String version() throws SQLException {
        return texts("SELECT \"version\" FROM \"flyway_schema_history\" ORDER BY \"installed_rank\"")
                .getLast();
    }

    private List<String> endpoints() throws SQLException {
        return texts("SELECT endpoint FROM endpoint_status");
    }

    private List<String> texts(String sql) throws SQLException {
        List<String> found = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url, "sa", "");
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                found.add(rows.getString(1));
            }
        }
        return found;
    }

    private static String latest() {
        return Arrays.stream(Flyway.configure()
                        .dataSource("jdbc:h2:mem:", "sa", "")
                        .load()
                        .info()
                        .all())
                .map(migration -> migration.getVersion().toString())
                .reduce((first, second) -> second)
                .orElseThrow();
    }

    /** Without what H2 has said of errors, and Java of this test. */
    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("log") && !name.equals("runs.trace.db"))
                    .sorted()
                    .toList();
        }
    }
}
