package dev.millrace.gateway.schedule;

import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.pod.KubernetesReason;
import dev.millrace.pipeline.Schedule;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.kubernetes.client.custom.V1Patch;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.apis.BatchV1Api;
import io.kubernetes.client.openapi.models.V1CronJob;
import io.kubernetes.client.openapi.models.V1CronJobList;
import io.kubernetes.client.openapi.models.V1CronJobSpec;
import io.kubernetes.client.openapi.models.V1CronJobStatus;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import io.kubernetes.client.util.PatchUtils;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Requires;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The CronJobs of one release of the chart. They are read anew at each call: nothing of
 * them is kept here. Runs don't need them; when Kubernetes can't be reached, nothing fails but these calls. A local time that a
 * change of the clocks leaves out they leave out, too: such a one the {@link Scheduler} starts, where there is a CronJob
 * for it that isn't suspended.
 */
@Singleton
@Bean(typed = CronJobs.class)
@Requires(classes = BatchV1Api.class)
final class CronJobs implements Schedules {
    /** As the chart's template of CronJobs has them; where a table is backed up, it stands in the place of an endpoint. */
    private static final String PIPELINE = "millrace.dev/pipeline";

    private static final String ENDPOINT = "millrace.dev/endpoint";

    private static final int PAGE = 500;
    private static final int ANSWER_MILLISECONDS = 10_000;

    private final BatchV1Api kubernetes;
    private final String namespace;
    private final String release;
    private final PipelineCatalog catalog;
    private final Clock clock;
    private final ObjectMapper json;

    CronJobs(BatchV1Api kubernetes, SchedulesConfig config, PipelineCatalog catalog, Clock clock, ObjectMapper json) {
        this.kubernetes = kubernetes;
        kubernetes.getApiClient().setReadTimeout(ANSWER_MILLISECONDS); // by itself it waits without end
        this.namespace = Objects.requireNonNull(config.namespace());
        this.release = Objects.requireNonNull(config.release());
        this.catalog = catalog;
        this.clock = clock;
        this.json = json;
    }

    @Override
    public List<Entry> all() {
        List<Entry> all = new ArrayList<>();
        list().forEach(job -> entry(job).ifPresent(all::add));
        catalog.content()
                .inForce()
                .forEach((pipeline, inForce) -> Schedules.declared(inForce.pipeline())
                        .forEach(declared -> {
                            if (all.stream().noneMatch(entry -> isOf(entry, pipeline, declared.endpoint()))) {
                                all.add(missing(pipeline, declared));
                            }
                        }));
        all.sort(Comparator.comparing(Entry::pipeline).thenComparing(Entry::endpoint));
        return all;
    }

    @Override
    public Entry set(String pipeline, String endpoint, State state) {
        V1CronJob job = list().stream()
                .filter(candidate -> entry(candidate)
                        .filter(entry -> isOf(entry, pipeline, endpoint))
                        .isPresent())
                .findFirst()
                .orElseThrow(() -> unknown(pipeline, endpoint));
        return entry(patched(name(job), state, pipeline, endpoint)).orElseThrow(() -> unknown(pipeline, endpoint));
    }

    /** A time that a change of the clocks leaves out: a CronJob starts nothing at it. */
    @Override
    public boolean starts(Schedule schedule, Instant due) {
        return schedule.isLeftOut(due);
    }

    /** Those that are suspended, and those that no CronJob follows as the pipeline's file says. */
    @Override
    public Set<String> held() {
        return all().stream()
                .filter(entry -> entry.suspended() || entry.note() != null)
                .map(entry -> Schedules.id(entry.pipeline(), entry.endpoint()))
                .collect(Collectors.toSet());
    }

    private List<V1CronJob> list() {
        List<V1CronJob> jobs = new ArrayList<>();
        String more = null;
        do {
            try {
                V1CronJobList page = kubernetes
                        .listNamespacedCronJob(namespace)
                        .labelSelector("app.kubernetes.io/name=cli,app.kubernetes.io/instance=" + release)
                        .limit(PAGE)
                        ._continue(more)
                        .execute();
                jobs.addAll(page.getItems());
                more = page.getMetadata() == null ? null : page.getMetadata().getContinue();
            } catch (ApiException e) {
                throw failed("list the CronJobs of release " + release, e);
            }
        } while (more != null && !more.isEmpty());
        return jobs;
    }

    private V1CronJob patched(String name, State state, String pipeline, String endpoint) {
        boolean suspend = switch (state) {
            case SUSPENDED -> true;
            case FOLLOWED -> false;
        };
        V1Patch patch = new V1Patch("{\"spec\":{\"suspend\":" + suspend + "}}");
        try {
            return PatchUtils.patch(
                    V1CronJob.class,
                    () -> kubernetes
                            .patchNamespacedCronJob(name, namespace, patch)
                            .buildCall(null),
                    V1Patch.PATCH_FORMAT_JSON_MERGE_PATCH,
                    kubernetes.getApiClient());
        } catch (ApiException e) {
            throw e.getCode() == 404
                    ? unknown(pipeline, endpoint) // deleted since it was listed
                    : failed("change the CronJob " + name, e);
        }
    }

    /** Empty when it isn't one of an endpoint. */
    private Optional<Entry> entry(V1CronJob job) {
        V1ObjectMeta metadata = job.getMetadata();
        V1CronJobSpec spec = job.getSpec();
        if (metadata == null || metadata.getAnnotations() == null || spec == null) {
            return Optional.empty();
        }
        String pipeline = metadata.getAnnotations().get(PIPELINE);
        String endpoint = metadata.getAnnotations().get(ENDPOINT);
        if (pipeline == null || endpoint == null) {
            return Optional.empty();
        }
        V1CronJobStatus status = job.getStatus();
        OffsetDateTime last = status == null ? null : status.getLastScheduleTime();
        String cron = spec.getSchedule();
        String timezone = Objects.requireNonNullElse(spec.getTimeZone(), "Etc/UTC");
        boolean suspended = Boolean.TRUE.equals(spec.getSuspend());
        Instant now = clock.instant();
        return Optional.of(new Entry(
                pipeline,
                endpoint,
                cron,
                timezone,
                suspended,
                suspended ? null : Schedules.next(cron, timezone, now).orElse(null),
                last == null ? null : last.toInstant(),
                difference(pipeline, endpoint, cron, timezone)));
    }

    /** What the pipeline's file says otherwise, since the CronJob was made of it; null: nothing. */
    private @Nullable String difference(String pipeline, String endpoint, String cron, String timezone) {
        PipelineCatalog.InForce inForce = catalog.content().inForce().get(pipeline);
        if (inForce == null
                || !(inForce.pipeline().endpoints().containsKey(endpoint)
                        || inForce.pipeline().tables().containsKey(endpoint))) {
            return "the pipeline files have no such endpoint or table: its Jobs fail";
        }
        Declared declared = Schedules.declared(inForce.pipeline()).stream()
                .filter(each -> each.endpoint().equals(endpoint))
                .findFirst()
                .orElse(null);
        if (declared == null) {
            return "the pipeline's file has no schedule of it any more; helm upgrade removes the CronJob";
        }
        return sundayAsZero(declared.cron()).equals(cron) && isZone(declared.timezone(), timezone)
                ? null
                : "the pipeline's file says " + declared.cron() + " in " + declared.timezone()
                        + "; helm upgrade brings it to the CronJob";
    }

    /** As the chart writes it into a CronJob, in which Sunday is never 7 ({@code millrace.cronSchedule}). */
    private static String sundayAsZero(String cron) {
        List<String> fields = new ArrayList<>(List.of(cron.strip().split("\\s+", -1)));
        fields.add(Stream.of(fields.removeLast().split(",", -1))
                .map(days -> switch (days) {
                    case "7" -> "0";
                    case "0-7" -> "0-6";
                    default -> days.matches("[1-6]-7") ? days.charAt(0) + "-6,0" : days;
                })
                .collect(Collectors.joining(",")));
        return String.join(" ", fields);
    }

    /** UTC has several names. */
    private static boolean isZone(ZoneId zone, String name) {
        try {
            return zone.getRules().equals(ZoneId.of(name).getRules());
        } catch (DateTimeException e) {
            return false;
        }
    }

    private static Entry missing(String pipeline, Declared declared) {
        return new Entry(
                pipeline,
                declared.endpoint(),
                declared.cron(),
                declared.timezone().getId(),
                false,
                null,
                null,
                "there is no CronJob for it; helm upgrade makes it");
    }

    private static boolean isOf(Entry entry, String pipeline, String endpoint) {
        return entry.pipeline().equals(pipeline) && entry.endpoint().equals(endpoint);
    }

    private static String name(V1CronJob job) {
        return String.valueOf(Objects.requireNonNull(job.getMetadata()).getName());
    }

    private MillraceException unknown(String pipeline, String endpoint) {
        return new MillraceException(
                ErrorCode.SCHEDULE_UNKNOWN,
                "release " + release + " has no CronJob for " + pipeline + "/" + endpoint
                        + " (expected: an endpoint, or a table that is backed up, that had a schedule at the last helm upgrade)");
    }

    private MillraceException failed(String what, ApiException e) {
        return switch (e.getCode()) {
            case 401, 403 ->
                new MillraceException(
                        ErrorCode.SCHEDULES_DENIED,
                        "Kubernetes doesn't let the gateway " + what + ": " + KubernetesReason.of(e, json)
                                + " (expected: the Role that the chart makes with kubernetesApi.enabled)",
                        e);
            case 0 ->
                new MillraceException(
                        ErrorCode.SCHEDULES_UNAVAILABLE,
                        "Kubernetes's API server can't be reached to " + what + ": " + e.getMessage(),
                        e);
            default ->
                new MillraceException(
                        ErrorCode.SCHEDULES_UNAVAILABLE,
                        "Kubernetes's API server didn't " + what + ", but answered with " + e.getCode() + ": "
                                + KubernetesReason.of(e, json),
                        e);
        };
    }
}
