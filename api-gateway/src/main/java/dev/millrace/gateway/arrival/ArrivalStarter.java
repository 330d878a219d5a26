package dev.millrace.gateway.arrival;

import dev.millrace.gateway.dispatch.Dispatcher;
import dev.millrace.gateway.run.RunActive;
import dev.millrace.gateway.telemetry.BackgroundWork;
import dev.millrace.gateway.telemetry.BackgroundWork.Kind;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.scheduling.annotation.Scheduled;
import jakarta.inject.Singleton;
import java.util.List;
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
    private final BackgroundWork work;

    ArrivalStarter(Arrivals arrivals, Dispatcher dispatcher, BackgroundWork work) {
        this.arrivals = arrivals;
        this.dispatcher = dispatcher;
        this.work = work;
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
        work.attempt(
                Kind.ARRIVALS,
                () -> arrivals.waiting().stream()
                        .filter(endpoint -> work.isDue(Kind.ARRIVALS, endpoint.name()))
                        .forEach(this::start));
    }

    private void start(ArrivalRepository.Waiting endpoint) {
        work.attempt(Kind.ARRIVALS, endpoint.name(), () -> {
            try {
                if (arrivals.start(endpoint)) {
                    dispatcher.wake();
                }
            } catch (RunActive e) {
                LOG.debug("{} waits for the run that is under way", endpoint.name(), e);
            }
        });
    }
}
