package dev.millrace.standalone.cloud.verify;

import dev.failsafe.RetryPolicy;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.service.Retries;
import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.GatewayClient;
import dev.millrace.standalone.client.Run;
import dev.millrace.standalone.client.UnreachableException;
import dev.millrace.standalone.process.Home;
import dev.millrace.standalone.process.Installation;
import dev.millrace.task.Query;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/** An installation of Millrace, as its users see it: pipeline files, and the gateway's API. */
final class Installed implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final Duration RUN_ALLOWED = Duration.ofMinutes(10);
    private static final int MOST_ROWS = 10_000;

    private final Installation installation;
    private final Path pipelines;
    private final GatewayClient gateway;

    Installed(Installation installation, Home home) {
        this.installation = installation;
        this.pipelines = home.pipelines();
        this.gateway = new GatewayClient(installation.gateway(), home.token());
    }

    GatewayClient gateway() {
        return gateway;
    }

    /** A call of the gateway, which is away for a moment when it was killed. */
    private interface Asked<T> {
        T ask() throws InterruptedException;
    }

    private static <T> T patiently(Asked<T> asked) throws InterruptedException {
        RetryPolicy<T> whileUnreachable = RetryPolicy.<T>builder()
                .handle(UnreachableException.class)
                .withDelay(PAUSE)
                .withMaxAttempts(-1)
                .withMaxDuration(RUN_ALLOWED)
                .build();
        return Retries.run(whileUnreachable, _ -> asked.ask());
    }

    /** Puts the pipeline where the gateway finds it, and returns the id of a run of it, or of its endpoint. */
    String start(Feed feed, @Nullable RunWindow day) throws InterruptedException {
        return start(feed.name(), feed.yaml(), feed.records(), day).getFirst();
    }

    /** A run that loads nothing. */
    Run dryRun(Feed feed) throws InterruptedException {
        return await(begin(feed.name(), feed.yaml(), feed.records(), new Answers.Start(List.of(), null, true))
                .getFirst());
    }

    /** Puts a pipeline and what it reads where the gateway finds them, and returns the ids of its runs. */
    List<String> start(String name, String yaml, List<String> records, @Nullable RunWindow day)
            throws InterruptedException {
        return begin(name, yaml, records, new Answers.Start(List.of(), day, false));
    }

    private List<String> begin(String name, String yaml, List<String> records, Answers.Start start)
            throws InterruptedException {
        write(name, "pipeline.yaml", yaml);
        write(name, "rows.ndjson", String.join("\n", records));
        String key = UUID.randomUUID().toString();
        return patiently(() -> gateway.read(gateway.start(name, start, key), Answers.Batch.class)).runs().stream()
                .map(Run::id)
                .toList();
    }

    /** Runs all endpoints and models of a pipeline that reads a file; all must succeed. */
    void loadAll(String name, String yaml, List<String> records) throws InterruptedException, Mismatch {
        for (String run : start(name, yaml, records, null)) {
            succeeded(await(run));
        }
    }

    private void write(String pipeline, String name, String content) {
        try {
            Path folder = Files.createDirectories(pipelines.resolve(pipeline));
            Files.writeString(folder.resolve(name), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Run await(String run) throws InterruptedException {
        long deadline = System.nanoTime() + RUN_ALLOWED.toNanos();
        while (true) {
            Run now = patiently(() -> gateway.read(gateway.run(run), Run.class));
            if (now.state().ended() || System.nanoTime() > deadline) {
                return now;
            }
            Thread.sleep(PAUSE);
        }
    }

    Run run(Feed feed) throws InterruptedException {
        return await(start(feed, null));
    }

    /** A run that must succeed. */
    Run load(Feed feed) throws InterruptedException, Mismatch {
        return load(feed, null);
    }

    Run load(Feed feed, @Nullable RunWindow day) throws InterruptedException, Mismatch {
        return succeeded(await(start(feed, day)));
    }

    static Run succeeded(Run run) throws Mismatch {
        if (run.state() != Run.State.SUCCEEDED) {
            throw new Mismatch("the run of " + run.name() + " to succeed", describe(run));
        }
        return run;
    }

    static String describe(Run run) {
        Run.Failure error = run.error();
        return run.state() + (error == null ? "" : " with " + error.code() + ": " + error.detail());
    }

    /** The run after it. */
    Run rollBack(String run) throws InterruptedException {
        return patiently(() -> gateway.read(gateway.rollBack(run), Run.class));
    }

    /** Returns the id of the backup. */
    String backUp(String table, String format) throws InterruptedException, Mismatch {
        return ended(patiently(() -> gateway.read(gateway.backUp(table, format, null), Answers.Started.class)));
    }

    /** @param as a table that isn't there and gets the rows; null: the one that was backed up */
    void restore(String table, String backup, @Nullable String as) throws InterruptedException, Mismatch {
        String _ = ended(patiently(() -> gateway.read(gateway.restore(table, backup, as), Answers.Started.class)));
    }

    private String ended(Answers.Started started) throws InterruptedException, Mismatch {
        succeeded(await(started.run()));
        return started.backup();
    }

    List<List<@Nullable String>> query(String sql) throws InterruptedException {
        return patiently(() -> gateway.read(gateway.query(sql, MOST_ROWS), Query.Result.class))
                .rows();
    }

    /** The answer as one text: cells with blanks between them, rows with commas. */
    String text(String sql) throws InterruptedException {
        return query(sql).stream()
                .map(row -> row.stream().map(String::valueOf).collect(Collectors.joining(" ")))
                .collect(Collectors.joining(", "));
    }

    @Override
    public void close() {
        gateway.close();
        installation.close();
    }
}
