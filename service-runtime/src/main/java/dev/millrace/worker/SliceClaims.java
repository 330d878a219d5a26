package dev.millrace.worker;

import dev.failsafe.RetryPolicy;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.GatewayCalls;
import dev.millrace.service.Retries;
import dev.millrace.service.ServiceConfig;
import dev.millrace.service.ServiceProblems;
import dev.millrace.task.Claim;
import dev.millrace.task.Step;
import io.micronaut.context.annotation.Requires;
import io.micronaut.context.event.ShutdownEvent;
import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpResponse;
import io.micronaut.runtime.event.annotation.EventListener;
import io.micronaut.runtime.server.event.ServerStartupEvent;
import jakarta.inject.Singleton;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a process does that is started for one run, such as a pod of a Job: it claims slices of the service's step, as many at
 * once as a service takes tasks, lets the {@link Worker} do each, and ends the process when all are done. As long as others are
 * at work on the last ones it waits, since one of them may be lost, and is then to be claimed by somebody.
 */
@Singleton
@Requires(beans = TaskHandler.class)
@Requires(property = "millrace.worker.run")
class SliceClaims {
    /** All slices of the step are done. */
    static final int DONE = 0;

    /** The process could not go on; another one may. */
    static final int BROKEN = 1;

    /** The step isn't done and won't be, for instance since a file is malformed: no other process would do better. */
    static final int ENDED = 65;

    private static final Logger LOG = LoggerFactory.getLogger(SliceClaims.class);

    private final Worker worker;
    private final GatewayCalls gateway;
    private final WorkerConfig config;
    private final String run;
    private final URI url;
    private final Step step;
    private volatile boolean stopping;
    private final RetryPolicy<HttpResponse<Claim>> untilClaimed = RetryPolicy.<HttpResponse<Claim>>builder()
            .handleIf(failure -> failure instanceof MillraceException)
            .handleResultIf(answer -> answer.code() >= 500
                    || answer.code() == 429
                    || (answer.code() == 200 && answer.body() instanceof Claim.Later))
            .withBackoff(Duration.ofMillis(500), Duration.ofSeconds(5))
            .withJitter(0.2)
            .withMaxAttempts(-1)
            .build();

    SliceClaims(Worker worker, GatewayCalls gateway, WorkerConfig config, ServiceConfig service) {
        this.worker = worker;
        this.gateway = gateway;
        this.config = config;
        this.run = Objects.requireNonNull(config.run());
        this.url = Objects.requireNonNull(config.gateway());
        this.step = Arrays.stream(Step.values())
                .filter(each -> each.service().equals(service.name()))
                .findFirst()
                .orElseThrow();
    }

    @EventListener
    void start(ServerStartupEvent event) {
        Thread.ofPlatform().name("claims").start(() -> System.exit(exitCode()));
    }

    /** Before the worker hands its tasks back: otherwise each would be followed by another one, which nobody does. */
    @EventListener
    @Order(Ordered.HIGHEST_PRECEDENCE)
    void stop(ShutdownEvent event) {
        stopping = true;
    }

    private int exitCode() {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> claiming = new ArrayList<>();
            for (int i = 0; i < config.capacity(); i++) {
                claiming.add(threads.submit(this::claimAll));
            }
            int worst = DONE;
            for (Future<Integer> each : claiming) {
                worst = Math.max(worst, each.get());
            }
            return worst;
        } catch (ExecutionException e) {
            LOG.error("no slice of run {} can be claimed any more", run, e.getCause());
            return BROKEN;
        } catch (InterruptedException e) {
            return BROKEN;
        }
    }

    /** Does one slice after the other, and returns with how the process is to end. */
    private int claimAll() throws InterruptedException {
        while (!stopping) {
            switch (claimed()) {
                case Claim.Taken(var task) -> worker.carryOut(task);
                case Claim.Later _ -> throw new IllegalStateException("waiting has no end");
                case Claim.Done _ -> {
                    LOG.info("all slices of run {} are done", run);
                    return DONE;
                }
                case Claim.Ended(String why) -> {
                    LOG.info("nobody is to work on run {} any more: {}", run, why);
                    return ENDED;
                }
            }
        }
        return BROKEN;
    }

    private Claim claimed() throws InterruptedException {
        HttpResponse<Claim> answer = Retries.run(untilClaimed, _ -> gateway.claim(url, run, step));
        if (answer.code() != 200) {
            throw new IllegalStateException("the gateway answered a claim with " + answer.code() + ": "
                    + ServiceProblems.of(answer).detail());
        }
        return answer.body();
    }
}
