package dev.millrace.gateway.api;

import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.audit.Audit;
import dev.millrace.gateway.audit.AuditRow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** Who did what. */
@Controller("/api/v1/audit")
@Needs(Role.ADMIN)
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "access")
class AuditController {
    private final Audit audit;

    AuditController(Audit audit) {
        this.audit = audit;
    }

    /** @param next to be passed as {@code after} for older entries; null when there are none */
    @Serdeable
    record AuditPage(List<AuditView> entries, @Nullable Long next) {}

    /**
     * @param caller user or token; {@code nobody} when the call had none that is known
     * @param role null likewise
     * @param status of the answer
     * @param detail what the path doesn't say; null: nothing
     */
    @Serdeable
    record AuditView(
            Instant time,
            String caller,
            @Nullable String role,
            String method,
            String path,
            int status,
            String address,
            @Nullable String detail) {
        static AuditView of(AuditRow row) {
            return new AuditView(
                    row.entryTime(),
                    row.caller(),
                    row.role(),
                    row.method(),
                    row.path(),
                    row.status(),
                    row.address(),
                    row.detail());
        }
    }

    /** What callers have changed, and what they were refused, newest first. */
    @Get
    AuditPage list(
            @Nullable @QueryValue String caller,
            @QueryValue(defaultValue = "50") int limit,
            @Nullable @QueryValue Long after) {
        if (limit < 1 || limit > 1_000) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "limit: " + limit + " (expected: 1 to 1000)");
        }
        List<AuditRow> found = audit.newest(caller, after == null ? Long.MAX_VALUE : after, limit + 1);
        List<AuditRow> page = found.subList(0, Math.min(limit, found.size()));
        return new AuditPage(
                page.stream().map(AuditView::of).toList(),
                found.size() <= limit
                        ? null
                        : Objects.requireNonNull(page.getLast().id()));
    }
}
