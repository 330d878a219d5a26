package dev.millrace.standalone.process;

import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One service in a process of its own. When it dies it is started again; when it no longer answers it is killed and
 * started again, as a liveness probe does. It ends when this process does, however that ends: its standard input
 * then comes to an end.
 */
final class SupervisedProcess implements AutoCloseable {
    private static final Duration PROBE_EVERY = Duration.ofMillis(500);
    private static final Duration PROBE_AT_START = Duration.ofMillis(50);
    private static final Duration PROBE_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration SILENCE_ALLOWED = Duration.ofSeconds(10);
    private static final Duration START_ALLOWED = Duration.ofMinutes(2);
    private static final Duration STOP_ALLOWED = Duration.ofSeconds(30);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
    private static final int EARLY_DEATHS_ALLOWED = 3;

    private final Service service;
    private final Home home;
    private final HttpRequest probe;
    private final Consumer<String> news;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(PROBE_TIMEOUT).build();
    private final CountDownLatch readyOrHopeless = new CountDownLatch(1);
    private final Thread supervisor;
    private volatile boolean ready;
    private boolean stopping;
    private boolean killed;
    private @Nullable Process process;

    SupervisedProcess(Service service, Home home, URI url, Consumer<String> news) {
        this.service = service;
        this.home = home;
        this.probe = HttpRequest.newBuilder(url.resolve("/health"))
                .timeout(PROBE_TIMEOUT)
                .build();
        this.news = news;
        this.supervisor = Thread.ofVirtual().name("supervisor-" + service.id()).unstarted(this::supervise);
    }

    void start() {
        supervisor.start();
    }

    /** @throws StartException when it doesn't answer in time or keeps dying */
    void awaitReady() {
        try {
            boolean decided = readyOrHopeless.await(START_ALLOWED.toMillis(), TimeUnit.MILLISECONDS);
            if (!decided) {
                throw new StartException(
                        "the " + service.id() + " doesn't start: it hasn't answered within " + START_ALLOWED.toSeconds()
                                + " s; " + home.log(service.id()) + " says how far it has come",
                        null);
            }
            if (!ready) {
                throw new StartException(
                        "the " + service.id() + " doesn't start: " + home.log(service.id()) + " says why", null);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException("interrupted while the " + service.id() + " started", e);
        }
    }

    private void supervise() {
        Duration pause = PROBE_EVERY;
        int earlyDeaths = 0;
        try {
            while (true) {
                long launched = System.nanoTime();
                String end;
                try {
                    Process current = launch();
                    if (current == null) {
                        return;
                    }
                    end = watch(current);
                } catch (IOException | RuntimeException e) { // such as a disk that is full: it may have room again
                    end = "can't be started or watched: " + e.getMessage();
                }
                if (!ready && ++earlyDeaths == EARLY_DEATHS_ALLOWED) {
                    readyOrHopeless.countDown();
                    return;
                }
                news.accept(service.id() + " " + end + "; it is started again");
                if (wasKilled()) {
                    continue;
                }
                if (Duration.ofNanos(System.nanoTime() - launched).compareTo(LONGEST_PAUSE) > 0) {
                    pause = PROBE_EVERY; // it isn't one death after the other
                }
                Thread.sleep(pause);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // stopped; close() ends the process
        }
    }

    /** Until the process has ended; returns how, in words. */
    private String watch(Process current) throws InterruptedException {
        long answered = System.nanoTime();
        boolean once = false;
        while (!current.waitFor((once ? PROBE_EVERY : PROBE_AT_START).toMillis(), TimeUnit.MILLISECONDS)) {
            if (answers()) {
                answered = System.nanoTime();
                if (!once) {
                    once = true;
                    news.accept(service.id() + " is up, pid " + current.pid());
                    ready = true;
                    readyOrHopeless.countDown();
                }
            }
            Duration silence = Duration.ofNanos(System.nanoTime() - answered);
            if (silence.compareTo(once ? SILENCE_ALLOWED : START_ALLOWED) > 0) {
                current.destroyForcibly();
                current.waitFor();
                return "(pid " + current.pid() + ") did not answer for " + silence.toSeconds() + " s and was killed";
            }
        }
        return "(pid " + current.pid() + ") ended with " + current.exitValue();
    }

    private boolean answers() throws InterruptedException {
        try {
            http.send(probe, HttpResponse.BodyHandlers.discarding());
            return true; // whatever the status: a process that answers is not stuck
        } catch (IOException e) {
            return false;
        }
    }

    /** Null when the process is not wanted any more. */
    private synchronized @Nullable Process launch() throws IOException {
        if (stopping) {
            return null;
        }
        Path log = home.log(service.id());
        Home.createFolder(Objects.requireNonNull(log.getParent()));
        ProcessBuilder builder = new ProcessBuilder(command());
        builder.environment().put("MILLRACE_HOME", home.root().toString());
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        Process started = builder.start();
        process = started;
        Home.write(home.pid(service.id()), String.valueOf(started.pid()));
        return started;
    }

    /** As this process was started, but for what it does. */
    private List<String> command() {
        // a terminal's Ctrl-C goes to all processes; only the first is to hear it, and ends the others in order
        List<String> command = new ArrayList<>(List.of("sh", "-c", "trap '' INT; exec \"$@\"", "sh"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        // a process that has run out of memory can't be trusted: it ends, and is started again
        command.add("-XX:+ExitOnOutOfMemoryError");
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of("dev.millrace.standalone.Main", "service", service.id()));
        return command;
    }

    /** Kills the process without a word; it is started again without a pause. Returns when it is dead. */
    void kill() {
        Process current;
        synchronized (this) {
            killed = true;
            current = process;
        }
        if (current != null) {
            current.destroyForcibly().onExit().join();
        }
    }

    private synchronized boolean wasKilled() {
        boolean was = killed;
        killed = false;
        return was;
    }

    /** Asks the process to end, waits for it and kills it when it takes too long. */
    @Override
    public void close() {
        Process last;
        synchronized (this) {
            stopping = true;
            last = process;
        }
        supervisor.interrupt();
        if (last != null) {
            last.destroy();
            try {
                if (!last.waitFor(STOP_ALLOWED.toMillis(), TimeUnit.MILLISECONDS)) {
                    last.destroyForcibly();
                }
                Files.deleteIfExists(home.pid(service.id()));
            } catch (InterruptedException e) {
                last.destroyForcibly();
                Thread.currentThread().interrupt();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        http.close();
    }
}
