package dev.millrace.extractor.rest;

import dev.millrace.pipeline.Limits;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.GatewayCalls;
import dev.millrace.task.PermitRequest;
import dev.millrace.task.Task;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The limiter of a run's requests to its source, by permits of the gateway, which all runs of the pipeline ask.
 * Without limits nobody is asked. Safe for use by several threads.
 */
final class SourceLimiter {
    /** How soon others hear that they could have what this run holds, and this one what they have given back. */
    private static final long ASK_EVERY = TimeUnit.SECONDS.toNanos(1);
    /** Between two questions of a run that waits. */
    private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(200);
    /** What was to begin so long ago is void, or delayed requests would meet those of others. */
    private static final long LATE = TimeUnit.MILLISECONDS.toNanos(50);
    /** A wait is told to the run's log when it gets as long as that. */
    private static final long WORTH_TELLING = TimeUnit.SECONDS.toNanos(1);

    private static final long TOLD_EVERY = TimeUnit.SECONDS.toNanos(30);
    private static final int MOST_STARTS = 1000;

    private final @Nullable Limits limits;
    private final Gateway gateway;
    private final int wanted;
    private final long lease;
    private final TaskContext context;

    private volatile boolean open;
    private int held;
    private int underWay;
    private boolean asked;
    private long lastAnswer;
    private long nextQuestion;
    /** When requests may begin. */
    private final Deque<Long> starts = new ArrayDeque<>();

    private int batch = 1;
    private long waited;
    private long lastTold;
    private boolean told;

    /** Asks once; empty when there is no answer, or nobody waits for this attempt any more. */
    interface Gateway {
        Optional<PermitRequest.Grant> ask(PermitRequest request) throws InterruptedException;
    }

    /**
     * @param limits null: there are none
     * @param pages that are read at once
     * @param lease how long an answer counts
     */
    SourceLimiter(@Nullable Limits limits, Gateway gateway, int pages, Duration lease, TaskContext context) {
        this.limits = limits;
        this.gateway = gateway;
        Integer parallel = limits == null ? null : limits.parallel();
        this.wanted = parallel == null ? 0 : Math.min(pages, parallel);
        this.lease = lease.toNanos();
        this.context = context;
    }

    static SourceLimiter of(Task task, @Nullable Limits limits, int pages, GatewayCalls calls, TaskContext context) {
        Gateway gateway = request -> {
            try {
                HttpResponse<PermitRequest.Grant> answer = calls.permits(task, request);
                return answer.code() == 200
                        ? Optional.of(answer.body())
                        : Optional.empty(); // a stale attempt hears of it with its next heartbeat
            } catch (MillraceException e) {
                return Optional.empty();
            }
        };
        // two heartbeats of three: before the gateway gives it to somebody else
        return new SourceLimiter(limits, gateway, pages, task.heartbeat().multipliedBy(2), context);
    }

    /** From now on nobody waits: what ends a run is sent in any case. */
    void open() {
        open = true;
    }

    /** Waits until a request may be under way; it is from then on, until {@link #ended}. */
    synchronized void begin() throws InterruptedException {
        if (wanted == 0) {
            return;
        }
        if (open) {
            underWay++;
            return;
        }
        long began = System.nanoTime();
        while (true) {
            context.checkStopped();
            long now = System.nanoTime();
            if (asked && now - lastAnswer > lease) {
                held = 0;
            }
            boolean lacks = underWay >= held && held < wanted;
            if (!asked || now - lastAnswer > ASK_EVERY || (lacks && now >= nextQuestion)) {
                ask(0);
            }
            if (underWay < held) {
                underWay++;
                waited(began);
                return;
            }
            tell(began);
            wait(TimeUnit.NANOSECONDS.toMillis(PAUSE));
        }
    }

    /** The answer has been read. */
    synchronized void ended() {
        if (wanted > 0) {
            underWay--;
            notifyAll();
        }
    }

    /** Waits until a request may be sent. */
    void pace() throws InterruptedException {
        if (open || limits == null || limits.requestsPerSecond() == null) {
            return;
        }
        long began = System.nanoTime();
        long start = nextStart(began);
        for (long now = System.nanoTime(); now < start; now = System.nanoTime()) {
            context.checkStopped();
            synchronized (this) {
                tell(start - now > WORTH_TELLING ? now - WORTH_TELLING : began);
            }
            TimeUnit.NANOSECONDS.sleep(Math.min(start - now, WORTH_TELLING));
        }
        synchronized (this) {
            waited(began);
        }
    }

    private synchronized long nextStart(long began) throws InterruptedException {
        while (true) {
            context.checkStopped();
            long now = System.nanoTime();
            while (!starts.isEmpty() && starts.getFirst() < now - LATE) {
                starts.removeFirst();
                batch = 1;
            }
            Long start = starts.poll();
            if (start != null) {
                return start;
            }
            if (ask(batch) > 0) {
                batch = Math.min(MOST_STARTS, batch * 2);
            } else {
                tell(began);
                wait(TimeUnit.NANOSECONDS.toMillis(PAUSE));
            }
        }
    }

    /** Returns how many requests may begin. */
    private int ask(int wantedStarts) throws InterruptedException {
        long now = System.nanoTime();
        nextQuestion = now + PAUSE;
        Optional<PermitRequest.Grant> answer = gateway.ask(new PermitRequest(wanted, underWay, wantedStarts));
        if (answer.isEmpty()) {
            return 0;
        }
        PermitRequest.Grant grant = answer.get();
        asked = true;
        lastAnswer = now;
        held = grant.held();
        notifyAll();
        // counted from the answer, so that the way of the question makes nothing earlier
        long first = System.nanoTime() + TimeUnit.MICROSECONDS.toNanos(grant.inMicros());
        for (int i = 0; i < grant.starts(); i++) {
            starts.add(first + TimeUnit.MICROSECONDS.toNanos(i * grant.everyMicros()));
        }
        return grant.starts();
    }

    private void tell(long began) {
        long now = System.nanoTime();
        if (now - began >= WORTH_TELLING && (!told || now - lastTold > TOLD_EVERY)) {
            told = true;
            lastTold = now;
            context.info("waiting, since the source's limits are used up" + (asked ? "" : " or the gateway is away"));
        }
    }

    private void waited(long began) {
        waited += System.nanoTime() - began;
    }

    /** After the last request: the others need not wait for the end of the task. */
    synchronized void giveBack() throws InterruptedException {
        if (wanted > 0 && asked) {
            Optional<PermitRequest.Grant> _ = gateway.ask(new PermitRequest(0, 0, 0));
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(waited);
        if (limits != null && millis > 0) {
            context.info("waited " + millis + " ms in all for the source's limits");
        }
    }
}
