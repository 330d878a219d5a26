package dev.millrace.gateway.notification;

import dev.millrace.gateway.event.RunEvent;
import dev.millrace.gateway.store.Json;
import dev.millrace.gateway.store.RunRepository;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.staging.Drift;
import dev.millrace.task.CheckResult;
import io.micronaut.transaction.TransactionDefinition;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** How endpoints and models do, over all of their runs; what is worth telling is handed to {@link Notifications}. */
@Singleton
public class EndpointStatus {
    private final StatusRepository status;
    private final RunRepository runs;
    private final Notifications notifications;
    private final Json json;

    EndpointStatus(StatusRepository status, RunRepository runs, Notifications notifications, Json json) {
        this.status = status;
        this.runs = runs;
        this.notifications = notifications;
        this.json = json;
    }

    /**
     * Part of the transaction that ends the run. A dry run says nothing of the data, and whoever wants it watches it; nor does
     * a file that somebody sends, a backup or a restore say how the endpoint's source does.
     */
    @Transactional(propagation = TransactionDefinition.Propagation.MANDATORY)
    public void ended(RunRow run, RunEvent.End end, Instant now) {
        if (run.dryRun() || run.isUpload()) {
            return;
        }
        if (run.isBackup() || run.isRestore()) {
            if (end instanceof RunEvent.End.Failed failed) {
                notifications.failed(run, failed, now);
            }
            return;
        }
        StatusRow row = locked(run.pipeline(), run.endpoint(), now);
        switch (end) {
            case RunEvent.End.Succeeded succeeded -> {
                status.succeeded(row.name(), now);
                if (row.failingSince() != null || row.staleTold() != null) {
                    notifications.recovered(run, succeeded, row, now);
                }
                look(run, succeeded, row, now);
                lookAtChecks(run, succeeded, row, now);
            }
            case RunEvent.End.Failed failed -> {
                if (failed.code() != ErrorCode.UPSTREAM_FAILED) { // whose failure is told already
                    status.failed(row.name(), now);
                    notifications.failed(run, failed, now);
                }
            }
            case RunEvent.End.Checked _, RunEvent.End.Cancelled _ -> {}
        }
    }

    /** Tells that no record has some columns, once until they are others. */
    private void look(RunRow run, RunEvent.End.Succeeded end, StatusRow row, Instant now) {
        Drift drift = json.readIfReadable(run.drift(), Drift.class);
        if (drift == null || drift.records() == 0) {
            return;
        }
        String missing = drift.missing().isEmpty() ? null : String.join(", ", drift.missing());
        if (!Objects.equals(missing, row.driftTold())) {
            status.driftTold(row.name(), missing);
            if (missing != null) {
                notifications.drifted(run, end, drift, now);
            }
        }
    }

    /** Tells that checks of the table aren't met that only warn, once until they are others. */
    private void lookAtChecks(RunRow run, RunEvent.End.Succeeded end, StatusRow row, Instant now) {
        List<CheckResult> unmet =
                end.result().checks().stream().filter(CheckResult::warns).toList();
        String names =
                unmet.isEmpty() ? null : unmet.stream().map(CheckResult::name).collect(Collectors.joining(", "));
        if (!Objects.equals(names, row.checksTold())) {
            status.checksTold(row.name(), names);
            if (names != null) {
                notifications.checked(run, end, unmet, now);
            }
        }
    }

    /**
     * From now on the endpoint is missed when it doesn't succeed. If it has been for too long, that is told, once until
     * it succeeds again, however many replicas look.
     *
     * @param target the table or the place in a bucket that it fills
     */
    @Transactional
    public void look(String pipeline, String endpoint, String target, Duration staleAfter) {
        Instant now = runs.now();
        StatusRow row = locked(pipeline, endpoint, now);
        if (row.staleTold() == null && row.freshAt().plus(staleAfter).isBefore(now)) {
            status.staleTold(row.name(), now);
            notifications.stale(row, target, staleAfter, now);
        }
    }

    private StatusRow locked(String pipeline, String endpoint, Instant now) {
        String name = StatusRow.name(pipeline, endpoint);
        status.watch(name, pipeline, endpoint, now);
        return status.lock(name).orElseThrow();
    }

    /**
     * How old the data of endpoints and models are, by {@code pipeline/endpoint}; of those that never succeeded, how
     * long they have been waited for.
     */
    @Transactional(readOnly = true)
    public Map<String, Duration> ages() {
        Instant now = runs.now();
        Map<String, Duration> ages = new HashMap<>();
        status.all().forEach(row -> ages.put(row.name(), Duration.between(row.freshAt(), now)));
        return ages;
    }
}
