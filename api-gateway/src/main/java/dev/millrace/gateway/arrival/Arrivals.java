package dev.millrace.gateway.arrival;

import dev.millrace.gateway.intake.Acceptance;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.pipeline.Trigger;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Heartbeat;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Objects that arrived, and the runs that they start: each object's content counts once for each endpoint, whichever
 * messages tell of it and how often. An arrival is stored before anybody is told that it was taken; the run and the
 * note that it was started are stored together. Safe for use by several threads and replicas.
 */
@Singleton
class Arrivals {
    private static final Logger LOG = LoggerFactory.getLogger(Arrivals.class);
    /** That one run answers for; more make another one. */
    private static final int AT_ONCE = 10_000;

    private final ArrivalRepository arrivals;
    private final PipelineCatalog catalog;
    private final Acceptance acceptance;

    Arrivals(ArrivalRepository arrivals, PipelineCatalog catalog, Acceptance acceptance) {
        this.arrivals = arrivals;
        this.catalog = catalog;
        this.acceptance = acceptance;
    }

    /** Stores that an object has arrived, for each endpoint that it starts; none when there is no such endpoint. */
    @Transactional
    List<ArrivalRepository.Waiting> store(ArrivedObject object) {
        List<ArrivalRepository.Waiting> started = new ArrayList<>();
        catalog.content()
                .inForce()
                .forEach((pipeline, inForce) -> inForce.pipeline().endpoints().forEach((endpoint, declared) -> {
                    Trigger trigger = declared.trigger();
                    if (trigger != null && trigger.isStartedBy(object.bucket(), object.name())) {
                        started.add(new ArrivalRepository.Waiting(pipeline, endpoint));
                    }
                }));
        started.forEach(endpoint -> arrivals.add(
                endpoint.pipeline(),
                endpoint.endpoint(),
                object.bucket(),
                object.name(),
                object.generation(),
                object.event()));
        return started;
    }

    /** Endpoints for which something waits. */
    @Transactional(readOnly = true)
    List<ArrivalRepository.Waiting> waiting() {
        return arrivals.waiting();
    }

    /** The runs that an object has started for an endpoint; null while it waits. */
    @Transactional(readOnly = true)
    @Nullable
    String batch(ArrivalRepository.Waiting endpoint, ArrivedObject object) {
        return arrivals.batch(
                endpoint.pipeline(), endpoint.endpoint(), object.bucket(), object.name(), object.generation());
    }

    /**
     * Starts an endpoint for all that waits for it.
     *
     * @return false when nothing waits, or somebody else is at it
     * @throws RunActive when it has an unfinished run; then all of it goes on waiting
     * @throws MillraceException when the endpoint can't be started, for example because its file is gone; likewise
     */
    @Transactional
    boolean start(ArrivalRepository.Waiting endpoint) {
        List<ArrivalRow> waiting = arrivals.lock(endpoint.pipeline(), endpoint.endpoint(), AT_ONCE);
        if (waiting.isEmpty()) {
            return false;
        }
        PipelineCatalog.InForce inForce = catalog.pipeline(endpoint.pipeline());
        List<Acceptance.Remark> remarks = new ArrayList<>(inForce.remarks());
        remarks.add(new Acceptance.Remark(Heartbeat.Level.INFO, startedBy(waiting)));
        Acceptance.Accepted accepted = acceptance.accept(new Acceptance.Request(
                inForce.pipeline(),
                List.of(endpoint.endpoint()),
                null,
                false,
                false,
                true,
                "event",
                null,
                remarks,
                null));
        arrivals.started(waiting.stream().map(ArrivalRow::id).toList(), accepted.batch());
        LOG.info("{}/{} is {}", endpoint.pipeline(), endpoint.endpoint(), startedBy(waiting));
        return true;
    }

    private static String startedBy(List<ArrivalRow> arrived) {
        ArrivalRow first = arrived.getFirst();
        String one = "started by the arrival of "
                + new ArrivedObject(first.bucket(), first.objectName(), first.generation(), first.event())
                + " (event " + first.event() + ")";
        return arrived.size() == 1 ? one : one + " and " + (arrived.size() - 1) + " more";
    }
}
