package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.testing.rounds.Rounds;
import dev.millrace.testing.rounds.Tally;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A short form of {@code ./benchmarks/run rounds}. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class RoundsTest {
    private static final long SEED = 20_260_131;
    private static final int ROUNDS = System.getProperty("thorough") == null ? 4 : 60;

    @TempDir
    private Path folder;

    @Test
    void nothingIsLostDoubledMiscountedOrStuckInRoundsOfFaults() throws Exception {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        Tally tally = Rounds.play(
                folder,
                (home, service) -> OwnProcess.call(home, "service", service),
                new Rounds.Options(SEED, 1, ROUNDS, Rounds.Database.POSTGRESQL, null, Duration.ofSeconds(90)),
                new PrintStream(said, true, StandardCharsets.UTF_8));

        assertThat(tally.isGood()).as(said.toString(StandardCharsets.UTF_8)).isTrue();
    }
}
