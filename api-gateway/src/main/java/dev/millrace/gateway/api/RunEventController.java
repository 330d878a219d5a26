package dev.millrace.gateway.api;

import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.history.History;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.sse.Event;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.inject.Named;
import java.util.concurrent.ExecutorService;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/** A run's life as server-sent events (WHATWG HTML, section 9.2). */
@Controller("/api/v1/runs")
@Needs(value = Role.VIEWER, about = Needs.Subject.RUN)
@Tag(name = "runs")
class RunEventController {
    private final History history;
    private final Scheduler threads;

    RunEventController(History history, @Named(TaskExecutors.BLOCKING) ExecutorService threads) {
        this.history = history;
        this.threads =
                Schedulers.fromExecutor(threads); // which, unlike that of an executor service, interrupts nothing
    }

    /**
     * Events {@code run}, the run whenever it has changed, and {@code log}, each new line of its log with its number as
     * id; the stream ends with the run. A client that comes back with {@code Last-Event-ID} gets the lines after that.
     */
    @Get(value = "/{id}/events", produces = MediaType.TEXT_EVENT_STREAM)
    @ExecuteOn(TaskExecutors.BLOCKING)
    Publisher<Event<Object>> events(String id, @Nullable @Header("Last-Event-ID") Long lastEventId) {
        history.run(id);
        return Flux.fromIterable(() -> new RunEvents(history, id, lastEventId == null ? 0 : lastEventId))
                .subscribeOn(threads);
    }
}
