package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.core.annotation.Nullable;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDatabaseTest {
    @TempDir
    private Path folder;

    @Test
    void aConfiguredRunDatabaseIsUsedInThePlaceOfTheHomes() throws Exception {
        assertThat(runs(folder.resolve("elsewhere"))).isZero();

        assertThat(folder.resolve("elsewhere.mv.db")).exists();
        assertThat(folder.resolve("home/runs.mv.db")).doesNotExist();
    }

    @Test
    void theHomesRunDatabaseIsUsedWhenNoneIsConfigured() throws Exception {
        assertThat(runs(null)).isZero();

        assertThat(folder.resolve("home/runs.mv.db")).exists();
    }

    /** The exit code of a call that lists the runs. */
    private int runs(@Nullable Path database) throws Exception {
        ProcessBuilder call = OwnProcess.call(folder, "runs")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile());
        if (database != null) {
            call.environment().put("DATASOURCES_DEFAULT_URL", "jdbc:h2:file:" + database);
        }
        Process process = call.start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        return process.exitValue();
    }
}
