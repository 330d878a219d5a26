package dev.millrace.gateway.console;

import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.history.History;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.sse.Event;
import io.micronaut.scheduling.TaskExecutors;
import io.swagger.v3.oas.annotations.Hidden;
import jakarta.inject.Named;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Tells browsers that runs have got further, as server-sent events (WHATWG HTML, section 9.2). One stream is for all tabs
 * of a browser, each of which then asks for what it shows; so nothing is lost by a stream that breaks.
 */
@Controller("/console/events")
@Needs(value = Role.VIEWER, about = Needs.Subject.EVERYTHING)
@Hidden
class ConsoleEvents {
    private static final Duration LOOK = Duration.ofSeconds(1);
    /** Nothing in so many looks: a word, by which a client that has gone is noticed. */
    private static final int SILENCE = 15;

    private final History history;
    private final Scheduler threads;
    /** Another one after a restart, which browsers are told. */
    private final String process = UUID.randomUUID().toString();

    ConsoleEvents(History history, @Named(TaskExecutors.BLOCKING) ExecutorService threads) {
        this.history = history;
        this.threads = Schedulers.fromExecutor(threads);
    }

    /** Events {@code gateway}, at the beginning, with what tells this process from others, and {@code progress}. */
    @Get(produces = MediaType.TEXT_EVENT_STREAM)
    Publisher<Event<String>> events() {
        Flux<Event<String>> progress = Flux.interval(Duration.ZERO, LOOK)
                .onBackpressureDrop()
                .concatMap(look -> Mono.just(look).publishOn(threads).map(_ -> history.progress()), 1)
                .scan(new Told("", 0, false), Told::next)
                .filter(Told::isToBeTold)
                .map(told -> Event.of(told.progress()).name("progress"));
        return Flux.concat(Flux.just(Event.of(process).name("gateway")), progress);
    }

    /** @param silent how many looks ago something was told */
    private record Told(String progress, int silent, boolean isToBeTold) {
        Told next(String now) {
            boolean tell = !now.equals(progress) || silent >= SILENCE;
            return new Told(now, tell ? 0 : silent + 1, tell);
        }
    }
}
