package dev.millrace.gateway.pod;

import dev.millrace.gateway.PodsConfig;
import dev.millrace.gateway.run.Runs;
import dev.millrace.gateway.store.CutStep;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.TaskRepository;
import dev.millrace.gateway.store.TaskState;
import dev.millrace.gateway.telemetry.BackgroundWork;
import dev.millrace.gateway.telemetry.BackgroundWork.Kind;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Step;
import io.kubernetes.client.openapi.models.V1Job;
import io.micronaut.context.annotation.Requires;
import io.micronaut.context.event.ShutdownEvent;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Sees to it, from this replica's start to its end, that each step whose slices are for pods has its Job, that no other Job is
 * left, and that a run doesn't wait for ever for pods that don't come. It compares the run database with what Kubernetes says
 * each time anew, so that it doesn't matter which replica has started a Job, and whether that is still there.
 */
@Singleton
@Requires(beans = PodJobs.class)
class PodStarter {
    /** How long the pods of a step that is done have to hear of it and to end by themselves. */
    private static final Duration LEAVE = Duration.ofMinutes(1);
    /** After this share of the patience the run's log says what it waits for. */
    private static final int TOLD = 10;

    private final PodJobs jobs;
    private final TaskRepository tasks;
    private final RunRepository database;
    private final Runs runs;
    private final PodsConfig config;
    private final BackgroundWork work;
    private final Semaphore stop = new Semaphore(0);
    private final Thread loop = Thread.ofVirtual().name("pods").unstarted(this::loop);
    /** Whether there may be Jobs that nobody wants, as after the start. */
    private boolean left = true;

    PodStarter(
            PodJobs jobs,
            TaskRepository tasks,
            RunRepository database,
            Runs runs,
            PodsConfig config,
            BackgroundWork work) {
        this.jobs = jobs;
        this.tasks = tasks;
        this.database = database;
        this.runs = runs;
        this.config = config;
        this.work = work;
    }

    @EventListener
    void start(ServerStartupEvent event) {
        loop.start();
    }

    /** Nothing is interrupted: H2 closes its file when a thread that reads or writes it is. */
    @EventListener
    void stop(ShutdownEvent event) throws InterruptedException {
        stop.release();
        loop.join();
    }

    private void loop() {
        try {
            do {
                work.attempt(Kind.PODS, this::look);
            } while (!stop.tryAcquire(config.poll().toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        List<CutStep> wanted = tasks.forPods();
        if (wanted.isEmpty() && !left) {
            return;
        }
        Map<String, V1Job> found;
        try {
            found = jobs.all();
        } catch (MillraceException e) {
            wanted.forEach(step -> waiting(step, e.detail()));
            throw e;
        }
        for (CutStep step : wanted) {
            V1Job job = found.remove(PodJobs.name(step));
            work.attempt(Kind.PODS, step.run(), () -> see(step, job));
        }
        left = !wanted.isEmpty();
        found.forEach((name, job) -> {
            if (PodJobs.end(job).isEmpty()) {
                left = true;
                work.attempt(Kind.PODS, name, () -> remove(name, job));
            }
        });
    }

    /** @param job of the step; null: it has none */
    private void see(CutStep step, @Nullable V1Job job) {
        String name = PodJobs.name(step);
        if (job == null) {
            try {
                if (jobs.start(step)) {
                    runs.podsStarted(step, name);
                }
            } catch (MillraceException e) {
                waiting(step, e.detail());
                throw e;
            }
            return;
        }
        String end = PodJobs.end(job).orElse(null);
        if (end != null) {
            runs.abandoned(
                    step,
                    "the Job " + name + " has ended, and not all slices are done: " + end + "; " + jobs.pods(name));
        } else if (PodJobs.isSuspended(job)) {
            runs.waitsForPods(step.run(), "the Job " + name + " is suspended");
        } else if (idle(step).compareTo(told()) > 0) {
            waiting(step, "the Job " + name + " doesn't come to it; " + jobs.pods(name));
        }
    }

    private Duration told() {
        return config.patience().dividedBy(TOLD);
    }

    /** Nobody is at work on the step, perhaps for too long. */
    private void waiting(CutStep step, String why) {
        Duration idle = idle(step);
        if (idle.compareTo(config.patience()) > 0) {
            runs.abandoned(step, "no pod has taken a slice for " + config.patience() + ": " + why);
        } else if (idle.compareTo(told()) > 0) {
            runs.waitsForPods(step.run(), why);
        }
    }

    /** Since when no slice was under way. */
    private Duration idle(CutStep step) {
        return tasks.running(step.run(), step.step()).running() > 0
                ? Duration.ZERO
                : Duration.between(tasks.idleSince(step.run(), step.step()), database.now());
    }

    /** A Job of a run that is over or unknown, or of a step that is done. */
    private void remove(String name, V1Job job) {
        Map<String, String> labels =
                Objects.requireNonNull(Objects.requireNonNull(job.getMetadata()).getLabels());
        Instant now = database.now();
        boolean leaving = Arrays.stream(Step.values())
                .filter(step -> step.folder().equals(labels.get(PodJobs.STEP)))
                .flatMap(step -> tasks.of(String.valueOf(labels.get(PodJobs.RUN)), step).stream())
                .anyMatch(step -> step.state() == TaskState.DONE
                        && step.finishedAt() != null
                        && Duration.between(step.finishedAt(), now).compareTo(LEAVE) < 0);
        if (!leaving) {
            jobs.delete(name);
        }
    }
}
