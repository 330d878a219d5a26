package dev.millrace.gateway.pod;

import dev.millrace.gateway.PodsConfig;
import dev.millrace.gateway.store.CutStep;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.apis.BatchV1Api;
import io.kubernetes.client.openapi.apis.CoreV1Api;
import io.kubernetes.client.openapi.models.V1ContainerState;
import io.kubernetes.client.openapi.models.V1ContainerStatus;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1Job;
import io.kubernetes.client.openapi.models.V1JobCondition;
import io.kubernetes.client.openapi.models.V1JobList;
import io.kubernetes.client.openapi.models.V1JobSpec;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.openapi.models.V1Pod;
import io.kubernetes.client.openapi.models.V1PodCondition;
import io.kubernetes.client.openapi.models.V1PodStatus;
import io.micronaut.context.annotation.Requires;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import okhttp3.Response;

/**
 * The Jobs that this installation starts. What is the same for all of them is a Job in a file, as whoever deploys has it; here
 * only comes to it what is particular about a run. Nothing is kept here: each call asks Kubernetes.
 */
@Singleton
@Requires(classes = BatchV1Api.class)
@Requires(property = "millrace.gateway.pods.type", value = "kubernetes")
class PodJobs {
    static final String RUN = "millrace.dev/run";
    static final String STEP = "millrace.dev/step";

    private static final int PAGE = 500;
    /** Enough to see what is the matter with most. */
    private static final int PODS = 50;

    private static final int ANSWER_MILLISECONDS = 10_000;
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;

    private final BatchV1Api kubernetes;
    private final CoreV1Api core;
    private final ObjectMapper json;
    private final Path templates;
    private final String namespace;
    private final String release;

    PodJobs(BatchV1Api kubernetes, CoreV1Api core, ObjectMapper json, PodsConfig config) {
        this.kubernetes = kubernetes;
        kubernetes.getApiClient().setReadTimeout(ANSWER_MILLISECONDS); // by itself it waits without end
        this.core = core;
        this.json = json;
        this.templates = Objects.requireNonNull(config.templates());
        this.namespace = Objects.requireNonNull(config.namespace());
        this.release = Objects.requireNonNull(config.release());
    }

    /** The same for as long as the run isn't retried, so that nobody starts a second one. */
    static String name(CutStep step) {
        return "slices-" + step.run() + "-" + step.step().folder() + "-" + step.generation();
    }

    /**
     * All of this installation, by their names.
     *
     * @throws MillraceException with {@code PODS_UNAVAILABLE}, as all methods
     */
    Map<String, V1Job> all() {
        Map<String, V1Job> jobs = new LinkedHashMap<>();
        String more = null;
        do {
            try {
                V1JobList page = kubernetes
                        .listNamespacedJob(namespace)
                        .labelSelector("app.kubernetes.io/instance=" + release + "," + RUN)
                        .limit(PAGE)
                        ._continue(more)
                        .execute();
                page.getItems()
                        .forEach(job -> jobs.put(
                                String.valueOf(Objects.requireNonNull(job.getMetadata())
                                        .getName()),
                                job));
                more = page.getMetadata() == null ? null : page.getMetadata().getContinue();
            } catch (ApiException e) {
                throw failed("list Jobs", e);
            }
        } while (more != null && !more.isEmpty());
        return jobs;
    }

    /** Starts the Job of a step; false when another replica has just done so. */
    boolean start(CutStep step) {
        try {
            kubernetes.createNamespacedJob(namespace, job(step)).execute();
            return true;
        } catch (ApiException e) {
            if (e.getCode() == CONFLICT) {
                return false;
            }
            throw failed("create a Job", e);
        }
    }

    private V1Job job(CutStep step) {
        Path file = templates.resolve(step.step().folder() + ".json");
        V1Job job;
        try {
            job = JSON.deserialize(Files.readString(file), V1Job.class);
        } catch (IOException | RuntimeException e) {
            throw new MillraceException(
                    ErrorCode.PODS_UNAVAILABLE, file + " isn't the Job that it should be: " + e.getMessage(), e);
        }
        V1ObjectMeta metadata = Objects.requireNonNull(job.getMetadata())
                .name(name(step))
                .putLabelsItem(RUN, step.run())
                .putLabelsItem(STEP, step.step().folder())
                .putAnnotationsItem("millrace.dev/pipeline", step.pipeline())
                .putAnnotationsItem("millrace.dev/endpoint", step.endpoint());
        V1JobSpec spec = Objects.requireNonNull(job.getSpec())
                .completionMode("Indexed")
                .completions(step.pods())
                .parallelism(step.pods());
        Objects.requireNonNull(spec.getTemplate().getMetadata())
                .putLabelsItem(RUN, step.run())
                .putLabelsItem(STEP, step.step().folder());
        Objects.requireNonNull(spec.getTemplate().getSpec())
                .getContainers()
                .getFirst()
                .addEnvItem(new V1EnvVar().name("MILLRACE_WORKER_RUN").value(step.run()));
        return job.metadata(metadata);
    }

    /** Removes a Job with its pods, which hand back what they are at. */
    void delete(String name) {
        try (Response answer = kubernetes
                .deleteNamespacedJob(name, namespace)
                .propagationPolicy("Background")
                .buildCall(null) // what it answers is the Job or a Status, and the client knows one of them
                .execute()) {
            if (!answer.isSuccessful() && answer.code() != NOT_FOUND) {
                throw new MillraceException(
                        ErrorCode.PODS_UNAVAILABLE,
                        "Kubernetes didn't delete the Job " + name + ", but answered with " + answer.code());
            }
        } catch (ApiException e) {
            throw failed("delete a Job", e);
        } catch (IOException e) {
            throw failed("delete a Job", new ApiException(e));
        }
    }

    /** How a Job has ended, as Kubernetes says it; empty: it hasn't. */
    static Optional<String> end(V1Job job) {
        return conditions(job)
                .filter(condition -> List.of("Complete", "Failed").contains(condition.getType())
                        && "True".equals(condition.getStatus()))
                .findFirst()
                .map(condition -> said(condition.getType(), condition.getReason(), condition.getMessage()));
    }

    private static Stream<V1JobCondition> conditions(V1Job job) {
        return job.getStatus() == null || job.getStatus().getConditions() == null
                ? Stream.empty()
                : job.getStatus().getConditions().stream();
    }

    /** Whether somebody, such as a queue, holds it back. */
    static boolean isSuspended(V1Job job) {
        return job.getSpec() != null && Boolean.TRUE.equals(job.getSpec().getSuspend());
    }

    /** What is the matter with most of a Job's pods. */
    String pods(String name) {
        List<V1Pod> pods;
        try {
            pods = core.listNamespacedPod(namespace)
                    .labelSelector("batch.kubernetes.io/job-name=" + name)
                    .limit(PODS)
                    .execute()
                    .getItems();
        } catch (ApiException e) {
            return failed("list pods", e).detail();
        }
        Map<String, Long> states = pods.stream()
                .map(PodJobs::state)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        return states.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(most -> most.getValue() + " of its " + pods.size() + " pods: " + most.getKey())
                .orElse("it has no pod, of which kubectl describe job " + name + " says why");
    }

    private static String state(V1Pod pod) {
        V1PodStatus status = Objects.requireNonNullElseGet(pod.getStatus(), V1PodStatus::new);
        V1PodCondition unscheduled =
                Objects.requireNonNullElse(status.getConditions(), List.<V1PodCondition>of()).stream()
                        .filter(condition ->
                                "PodScheduled".equals(condition.getType()) && "False".equals(condition.getStatus()))
                        .findFirst()
                        .orElse(null);
        if (unscheduled != null) {
            return said("Pending", unscheduled.getReason(), unscheduled.getMessage());
        }
        V1ContainerState container =
                Objects.requireNonNullElse(status.getContainerStatuses(), List.<V1ContainerStatus>of()).stream()
                        .map(V1ContainerStatus::getState)
                        .filter(Objects::nonNull)
                        .findFirst()
                        .orElseGet(V1ContainerState::new);
        String phase = String.valueOf(status.getPhase());
        if (container.getWaiting() != null) {
            return said(
                    phase,
                    container.getWaiting().getReason(),
                    container.getWaiting().getMessage());
        }
        if (container.getTerminated() != null) {
            return said(
                    phase,
                    container.getTerminated().getReason(),
                    "exit code " + container.getTerminated().getExitCode());
        }
        return said(phase, status.getReason(), status.getMessage());
    }

    private static String said(String... parts) {
        return Stream.of(parts).filter(part -> part != null && !part.isEmpty()).collect(Collectors.joining(": "));
    }

    private MillraceException failed(String what, ApiException e) {
        String why = e.getCode() == 0 ? String.valueOf(e.getMessage()) : KubernetesReason.of(e, json);
        return new MillraceException(
                ErrorCode.PODS_UNAVAILABLE,
                switch (e.getCode()) {
                    case 401, 403 -> "Kubernetes doesn't let the gateway " + what + ": " + why;
                    case 0 -> "Kubernetes's API server can't be reached to " + what + ": " + why;
                    default ->
                        "Kubernetes's API server didn't " + what + ", but answered with " + e.getCode() + ": " + why;
                },
                e);
    }
}
