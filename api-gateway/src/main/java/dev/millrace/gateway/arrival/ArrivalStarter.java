package dev.millrace.gateway.arrival;

import dev.millrace.gateway.dispatch.Dispatcher;
import dev.millrace.gateway.run.RunActive;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts endpoints for objects that arrived: at once or, where a run is under way that may have read its source before
 * they came, after it. What one replica leaves, the next look of any finds.
 */
@Singleton
public class ArrivalStarter {
    private static final Logger LOG = LoggerFactory.getLogger(ArrivalStarter.class);

    private final Arrivals arrivals;
    private final Dispatcher dispatcher;
    /** What can't be started and has been told; guarded by this. */
    private final Set<ArrivalRepository.Waiting> told = new HashSet<>();

    ArrivalStarter(Arrivals arrivals, Dispatcher dispatcher) {
        this.arrivals = arrivals;
        this.dispatcher = dispatcher;
    }

    /**
     * An endpoint that an object starts.
     *
     * @param batch of its runs; null when it waits for the endpoint to be free
     */
    public record Started(
            String pipeline, String endpoint, @Nullable String batch) {}

    /** Returns when the arrival is stored and can't be lost any more. The same one again changes nothing. */
    public List<Started> arrived(ArrivedObject object) {
        List<ArrivalRepository.Waiting> endpoints = arrivals.store(object);
        if (endpoints.isEmpty()) {
            LOG.info("{} (event {}) starts no endpoint", object, object.event());
        }
        endpoints.forEach(this::start);
        return endpoints.stream()
                .map(endpoint ->
                        new Started(endpoint.pipeline(), endpoint.endpoint(), arrivals.batch(endpoint, object)))
                .toList();
    }

    @Scheduled(fixedDelay = "1s", initialDelay = "1s")
    void look() {
        try {
            arrivals.waiting().forEach(this::start);
        } catch (RuntimeException e) { // such as a run database that is away
            LOG.warn("what has arrived is looked for again: {}", e.toString());
        }
    }

    private void start(ArrivalRepository.Waiting endpoint) {
        try {
            if (arrivals.start(endpoint)) {
                dispatcher.wake();
            }
            tell(endpoint, null);
        } catch (RunActive e) {
            tell(endpoint, null); // the run that is under way has to end first
        } catch (RuntimeException e) {
            tell(endpoint, e);
        }
    }

    /** The first failure in a row leaves a line in the log. */
    private synchronized void tell(ArrivalRepository.Waiting endpoint, @Nullable RuntimeException failure) {
        if (failure == null) {
            told.remove(endpoint);
        } else if (told.add(endpoint)) {
            LOG.warn(
                    "{}/{} is started later for what has arrived: {}",
                    endpoint.pipeline(),
                    endpoint.endpoint(),
                    failure.toString());
        }
    }
}
