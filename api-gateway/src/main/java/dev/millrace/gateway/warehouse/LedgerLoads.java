package dev.millrace.gateway.warehouse;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.service.ServiceProblems;
import dev.millrace.service.WorkerCalls;
import dev.millrace.task.CommittedLoads;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import jakarta.inject.Singleton;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The loads in the warehouse's ledger, asked for through the loader. Safe for use by several threads. */
@Singleton
public class LedgerLoads {
    private final WorkerCalls services;
    private final GatewayConfig config;

    LedgerLoads(WorkerCalls services, GatewayConfig config) {
        this.services = services;
        this.config = config;
    }

    /**
     * Those of some loads that are committed, as it is now.
     *
     * @param credentials name of the Google credentials that the loads have; null: those of the services
     * @throws MillraceException with what the loader says, or {@code SERVICE_UNAVAILABLE} when it can't be reached
     */
    public Set<String> committed(List<String> loads, @Nullable String credentials) throws InterruptedException {
        Set<String> committed = new HashSet<>();
        for (int from = 0; from < loads.size(); from += CommittedLoads.MOST) {
            List<String> some = loads.subList(from, Math.min(from + CommittedLoads.MOST, loads.size()));
            HttpResponse<CommittedLoads> answer =
                    services.committed(config.services().loader(), new CommittedLoads.Wanted(some, credentials));
            if (answer.code() != 200) {
                throw refused(answer);
            }
            committed.addAll(answer.body().loads());
        }
        return committed;
    }

    private static MillraceException refused(HttpResponse<?> answer) {
        String what = "which loads are committed can't be asked: ";
        if (answer.code() == 404) {
            return new MillraceException(ErrorCode.SERVICE_UNAVAILABLE, what + "the loader is of an earlier version");
        }
        Problem problem = ServiceProblems.of(answer);
        return new MillraceException(
                ErrorCode.named(problem.code()).orElse(ErrorCode.SERVICE_UNAVAILABLE), what + problem.detail());
    }
}
