package dev.millrace.gateway.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.backfill.BackfillPlan;
import dev.millrace.gateway.backfill.BackfillRow;
import dev.millrace.gateway.backfill.BackfillStarter;
import dev.millrace.gateway.backfill.BackfillState;
import dev.millrace.gateway.backfill.Backfills;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;

/** Backfills: ranges of days, loaded by one run for each. */
@Controller("/api/v1")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "backfills")
class BackfillController {
    private final BackfillPlan plan;
    private final BackfillStarter starter;
    private final Backfills backfills;

    BackfillController(BackfillPlan plan, BackfillStarter starter, Backfills backfills) {
        this.plan = plan;
        this.starter = starter;
        this.backfills = backfills;
    }

    /**
     * Which days to load. An unknown key is an error.
     *
     * @param endpoints null or empty: all that load days
     * @param from first day
     * @param to last day, today at the latest
     * @param parallelism days under way at once, 1 to 64; null: 1
     * @param force whether to load days, too, that are loaded; null: to skip them
     * @param dryRun whether to answer with the plan alone; null: to carry it out
     */
    @Serdeable
    @JsonIgnoreProperties(ignoreUnknown = false)
    record Backfill(
            @Nullable List<String> endpoints,
            @Nullable String from,
            @Nullable String to,
            @Nullable @Schema(type = "integer") JsonNode parallelism,
            @Nullable @Schema(type = "boolean") JsonNode force,
            @Nullable @Schema(type = "boolean") JsonNode dryRun) {
        List<String> names() {
            List<String> names = endpoints == null ? List.of() : endpoints;
            if (new HashSet<>(names).size() < names.size()) {
                throw new MillraceException(
                        ErrorCode.REQUEST_INVALID, "endpoints: " + names + " (expected: each name once)");
            }
            return names;
        }

        int atOnce() {
            if (parallelism == null || parallelism.isNull()) {
                return 1;
            }
            return RequestValues.parallelism(
                    parallelism.isNumber() && parallelism.getNumberValue() instanceof Integer whole ? whole : null,
                    RequestValues.shown(parallelism));
        }
    }

    @Serdeable
    record BackfillPage(List<BackfillView> backfills) {}

    /** Begins a backfill, or answers with its plan. */
    @Post("/pipelines/{pipeline}/backfills")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.PIPELINE)
    HttpResponse<BackfillView> begin(String pipeline, @Body Backfill asked, Authentication authentication)
            throws InterruptedException {
        BackfillPlan.Wanted wanted = new BackfillPlan.Wanted(
                pipeline,
                asked.names(),
                day("from", asked.from()),
                day("to", asked.to()),
                RequestValues.truth("force", asked.force()));
        if (RequestValues.truth("dryRun", asked.dryRun())) {
            return HttpResponse.ok(BackfillView.of(wanted, asked.atOnce(), plan.of(wanted)));
        }
        String id = starter.begin(wanted, asked.atOnce(), authentication.getName());
        return HttpResponse.accepted().body(BackfillView.of(backfills.entry(id)));
    }

    private static RunWindow day(String key, @Nullable String text) {
        if (text == null) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, key + ": nothing (expected: a date such as 2026-01-31)");
        }
        return RequestValues.day(key, text);
    }

    /** Backfills without their days, newest first. */
    @Get("/backfills")
    @Needs(value = Role.VIEWER, about = Needs.Subject.LIST)
    BackfillPage list(
            @Nullable @QueryValue String pipeline,
            @Nullable @QueryValue String state,
            @QueryValue(defaultValue = "50") int limit,
            Authentication authentication) {
        if (limit < 1 || limit > 1_000) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "limit: " + limit + " (expected: 1 to 1000)");
        }
        BackfillState wanted = state == null ? null : state(state);
        return new BackfillPage(Caller.required(authentication)
                .merged(
                        pipeline,
                        each -> backfills.newest(each, wanted, limit),
                        Comparator.comparing(BackfillRow::createdAt).thenComparing(BackfillRow::id))
                .stream()
                .limit(limit)
                .map(BackfillView::of)
                .toList());
    }

    private static BackfillState state(String name) {
        return Arrays.stream(BackfillState.values())
                .filter(state -> state.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.REQUEST_INVALID,
                        "state: '" + name + "' (expected: one of " + List.of(BackfillState.values()) + ")"));
    }

    @Get("/backfills/{id}")
    @Needs(value = Role.VIEWER, about = Needs.Subject.BACKFILL)
    BackfillView show(String id) {
        return BackfillView.of(backfills.entry(id));
    }

    /** Starts no further days, and cancels the runs that are under way. */
    @Post("/backfills/{id}/cancel")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.BACKFILL)
    BackfillView cancel(String id, Authentication authentication) {
        starter.cancel(id, authentication.getName());
        return BackfillView.of(backfills.entry(id));
    }
}
