package dev.millrace.gateway.warehouse;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import dev.millrace.service.ServiceProblems;
import dev.millrace.service.WorkerCalls;
import dev.millrace.task.TableSchema;
import io.micronaut.http.HttpResponse;
import jakarta.inject.Singleton;

/** The columns of the warehouse's tables, asked for through the loader. Safe for use by several threads. */
@Singleton
public class WarehouseSchemas {
    private final WorkerCalls services;
    private final GatewayConfig config;

    WarehouseSchemas(WorkerCalls services, GatewayConfig config) {
        this.services = services;
        this.config = config;
    }

    /**
     * The columns of a table, as they are now.
     *
     * @throws MillraceException with what the loader says, or {@code SERVICE_UNAVAILABLE} when it can't be reached
     */
    public TableSchema of(TableSchema.Wanted wanted) throws InterruptedException {
        HttpResponse<TableSchema> answer = services.schema(config.services().loader(), wanted);
        if (answer.code() == 200) {
            return answer.body();
        }
        String what = "the columns of " + wanted.table() + " can't be read: ";
        if (answer.code() == 404) {
            throw new MillraceException(
                    ErrorCode.SERVICE_UNAVAILABLE, what + "the loader is of a version without contract: infer");
        }
        Problem problem = ServiceProblems.of(answer);
        throw new MillraceException(
                ErrorCode.named(problem.code()).orElse(ErrorCode.SERVICE_UNAVAILABLE), what + problem.detail());
    }
}
