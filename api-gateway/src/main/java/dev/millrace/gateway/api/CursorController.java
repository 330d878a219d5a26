package dev.millrace.gateway.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.run.Claims;
import dev.millrace.gateway.warehouse.LedgerCursors;
import dev.millrace.pipeline.CursorReference;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.CursorChange;
import dev.millrace.task.Cursors;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Cursors: where the next run of an endpoint begins that reads only what is new. */
@Controller("/api/v1/pipelines/{pipeline}")
@Needs(value = Role.OPERATOR, about = Needs.Subject.PIPELINE)
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "cursors")
class CursorController {
    private final PipelineCatalog catalog;
    private final LedgerCursors cursors;
    private final Claims claims;

    CursorController(PipelineCatalog catalog, LedgerCursors cursors, Claims claims) {
        this.catalog = catalog;
        this.cursors = cursors;
        this.claims = claims;
    }

    @Serdeable
    record CursorPage(List<CursorView> cursors) {}

    /**
     * @param value in the source's own words; null: the next run reads everything
     * @param run that has moved it there; null when somebody has set it, or nobody yet
     * @param since when; null when nobody has yet
     */
    @Serdeable
    record CursorView(
            String endpoint,
            @Nullable String value,
            @Nullable String run,
            @Nullable Instant since) {}

    /** @param value as the source writes it; null where it was forgotten, which is refused */
    @Serdeable
    @JsonIgnoreProperties(ignoreUnknown = false)
    record CursorSetting(@Nullable String value) {}

    /** The cursors of all endpoints of a pipeline that have one. */
    @Get("/cursors")
    @Needs(value = Role.VIEWER, about = Needs.Subject.PIPELINE)
    CursorPage list(String pipeline) throws InterruptedException {
        Pipeline found = catalog.pipeline(pipeline).pipeline();
        Map<String, Cursors.Cursor> known =
                cursors.of(new Cursors.Wanted(found.name(), found.credentials())).cursors().stream()
                        .collect(Collectors.toMap(Cursors.Cursor::endpoint, Function.identity()));
        return new CursorPage(found.allEndpoints().entrySet().stream()
                .filter(endpoint -> endpoint.getValue().isIncremental())
                .map(endpoint -> view(endpoint.getKey(), known.get(endpoint.getKey())))
                .toList());
    }

    private static CursorView view(String endpoint, Cursors.@Nullable Cursor cursor) {
        return cursor == null
                ? new CursorView(endpoint, null, null, null)
                : new CursorView(endpoint, cursor.value(), cursor.run(), cursor.since());
    }

    /** Sets the cursor of an endpoint of which no run is unfinished. */
    @Put("/endpoints/{endpoint}/cursor")
    CursorView set(String pipeline, String endpoint, @Body CursorSetting setting) throws InterruptedException {
        String value = setting.value();
        if (value == null || !CursorReference.isUsable(value)) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "value: " + (value == null ? "nothing" : value.length() + " characters")
                            + " (expected: 1 to 1000 characters, no control character and no reference among them)");
        }
        return change(pipeline, endpoint, value);
    }

    /** Sets the cursor of such an endpoint to none: its next run reads everything. */
    @Delete("/endpoints/{endpoint}/cursor")
    CursorView forget(String pipeline, String endpoint) throws InterruptedException {
        return change(pipeline, endpoint, null);
    }

    private CursorView change(String pipeline, String endpoint, @Nullable String value) throws InterruptedException {
        Pipeline found = catalog.pipeline(pipeline).pipeline();
        Endpoint wanted = found.allEndpoints().get(endpoint);
        if (wanted == null) {
            throw new MillraceException(
                    ErrorCode.ENDPOINT_UNKNOWN, "pipeline " + pipeline + " has no endpoint '" + endpoint + "'");
        }
        if (!wanted.isIncremental()) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "endpoint " + endpoint + " has no cursor (no key 'cursor' in the pipeline file)");
        }
        claims.checkFree(found.name(), endpoint);
        cursors.change(new CursorChange(found.name(), endpoint, value, found.credentials()));
        return list(pipeline).cursors().stream()
                .filter(cursor -> cursor.endpoint().equals(endpoint))
                .findFirst()
                .orElseThrow();
    }
}
