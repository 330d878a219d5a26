package dev.millrace.testing.rounds;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** A PostgreSQL whose data and port outlive each of its ends. Not for several threads at once. */
final class Postgres implements AutoCloseable {
    private final Path data;
    private EmbeddedPostgres running;
    private final int port;

    Postgres(Path folder) throws IOException {
        data = folder.resolve("postgres");
        running = start(0);
        port = running.getPort();
    }

    private EmbeddedPostgres start(int at) throws IOException {
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setPort(at)
                .setServerConfig("synchronous_commit", "on") // the builder's own is off, by which an end loses commits
                .setPGStartupWait(Duration.ofMinutes(1))
                .start();
    }

    String url() {
        return running.getJdbcUrl("postgres", "postgres");
    }

    /**
     * Ends it, and starts it again.
     *
     * @param crash whether all of its processes end at once; otherwise it closes connections and tidies up
     * @param away how long nobody is there
     */
    void restart(boolean crash, Duration away) throws IOException, InterruptedException, TimeoutException {
        if (crash) {
            Path file = data.resolve("postmaster.pid");
            long pid = Long.parseLong(Files.readAllLines(file).getFirst().strip());
            Signals.send("QUIT", pid);
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (ProcessHandle.of(pid).isPresent()) {
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException("PostgreSQL doesn't end");
                }
                Thread.sleep(10);
            }
        }
        running.close();
        Thread.sleep(away);
        running = start(port);
    }

    @Override
    public void close() throws IOException {
        running.close();
    }
}
