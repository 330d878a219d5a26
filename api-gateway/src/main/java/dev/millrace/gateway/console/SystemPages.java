package dev.millrace.gateway.console;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.RateConfig;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.history.History;
import dev.millrace.gateway.store.Backlog;
import dev.millrace.gateway.store.TaskState;
import dev.millrace.gateway.telemetry.BackgroundWork;
import dev.millrace.gateway.warehouse.LoaderWarehouse;
import dev.millrace.problem.MillraceException;
import dev.millrace.service.Version;
import dev.millrace.service.WorkerCalls;
import dev.millrace.task.Step;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import jakarta.inject.Named;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** How Millrace itself is. */
@Controller("/console/system")
@Produces(MediaType.TEXT_HTML)
@Needs(value = Role.VIEWER, about = Needs.Subject.EVERYTHING)
@ExecuteOn(TaskExecutors.BLOCKING)
@Hidden
class SystemPages {
    /** Nobody waits longer for a page because a service is stuck. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final int WELL = 200;

    private final WorkerCalls services;
    private final GatewayConfig config;
    private final RateConfig rate;
    private final LoaderWarehouse warehouse;
    private final History history;
    private final BackgroundWork work;
    private final Version version;
    private final ExecutorService threads;
    private final Templates templates;

    SystemPages(
            WorkerCalls services,
            GatewayConfig config,
            RateConfig rate,
            LoaderWarehouse warehouse,
            History history,
            BackgroundWork work,
            Version version,
            @Named(TaskExecutors.BLOCKING) ExecutorService threads,
            Templates templates) {
        this.services = services;
        this.config = config;
        this.rate = rate;
        this.warehouse = warehouse;
        this.history = history;
        this.work = work;
        this.version = version;
        this.threads = threads;
        this.templates = templates;
    }

    /**
     * @param startedAt of this replica of the gateway
     * @param warehouse kind of it; null: the loader hasn't told
     * @param queue tasks of each step
     * @param failing what the gateway does by itself and couldn't do when it tried last
     */
    record SystemPage(
            Frame frame,
            String version,
            Instant startedAt,
            @Nullable String warehouse,
            List<Service> services,
            List<Queue> queue,
            List<Failing> failing,
            RateConfig rate) {}

    /**
     * @param version null: it doesn't say, as one of before 0.1
     * @param trouble null: it is well
     */
    record Service(
            String name,
            URI url,
            @Nullable String version,
            @Nullable String trouble) {}

    record Queue(Step step, long waiting, long ready, long underWay) {}

    record Failing(BackgroundWork.Kind kind, int pieces) {}

    @Get
    HttpResponse<?> system(HttpRequest<?> request) throws InterruptedException {
        return templates.page(
                "system",
                new SystemPage(
                        Frame.of("System", Frame.Section.SYSTEM, request),
                        version.text(),
                        Instant.ofEpochMilli(
                                ManagementFactory.getRuntimeMXBean().getStartTime()),
                        warehouse(),
                        services(),
                        queue(history.backlog()),
                        Arrays.stream(BackgroundWork.Kind.values())
                                .map(kind -> new Failing(kind, work.failing(kind)))
                                .filter(failing -> failing.pieces() > 0)
                                .toList(),
                        rate));
    }

    private @Nullable String warehouse() throws InterruptedException {
        try {
            return warehouse.capabilities().warehouse();
        } catch (MillraceException e) {
            return null;
        }
    }

    /** Asks all of them at once. */
    private List<Service> services() throws InterruptedException {
        Map<Step, Future<HttpResponse<byte[]>>> answers = new EnumMap<>(Step.class);
        for (Step step : Step.values()) {
            answers.put(
                    step, threads.submit(() -> services.health(config.services().of(step), step)));
        }
        List<Service> all = new ArrayList<>();
        for (Map.Entry<Step, Future<HttpResponse<byte[]>>> answer : answers.entrySet()) {
            Step step = answer.getKey();
            all.add(service(step, answer.getValue()));
        }
        return all;
    }

    private Service service(Step step, Future<HttpResponse<byte[]>> asked) throws InterruptedException {
        String version = null;
        String trouble = null;
        try {
            HttpResponse<byte[]> answer = asked.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            version = Version.of(answer);
            trouble = answer.code() == WELL ? null : "answers with " + answer.code();
        } catch (TimeoutException e) {
            asked.cancel(true);
            trouble = "doesn't answer within " + Shown.duration(PATIENCE);
        } catch (ExecutionException e) {
            trouble = e.getCause() instanceof MillraceException known ? known.detail() : String.valueOf(e.getCause());
        }
        return new Service(step.service(), config.services().of(step), version, trouble);
    }

    private static List<Queue> queue(List<Backlog> backlog) {
        return Arrays.stream(Step.values())
                .map(step -> new Queue(
                        step,
                        count(backlog, step, TaskState.WAITING),
                        count(backlog, step, TaskState.READY),
                        count(backlog, step, TaskState.DISPATCHED)))
                .toList();
    }

    private static long count(List<Backlog> backlog, Step step, TaskState state) {
        return backlog.stream()
                .filter(some -> some.step() == step && some.state().equals(state.name()))
                .mapToLong(Backlog::tasks)
                .sum();
    }
}
