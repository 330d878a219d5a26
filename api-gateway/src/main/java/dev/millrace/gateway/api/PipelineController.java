package dev.millrace.gateway.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.access.Scope;
import dev.millrace.gateway.dispatch.Dispatcher;
import dev.millrace.gateway.intake.Acceptance;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.pipeline.PipelineInvalid;
import dev.millrace.pipeline.BackupFormat;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.pipeline.ScheduledBackup;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Pipelines: what there is, and starting them. */
@Controller("/api/v1/pipelines")
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "pipelines")
class PipelineController {
    private final PipelineCatalog catalog;
    private final Acceptance acceptance;
    private final Dispatcher dispatcher;
    private final BatchEnd ends;

    PipelineController(PipelineCatalog catalog, Acceptance acceptance, Dispatcher dispatcher, BatchEnd ends) {
        this.catalog = catalog;
        this.acceptance = acceptance;
        this.dispatcher = dispatcher;
        this.ends = ends;
    }

    /** @param invalid files that have errors */
    @Serdeable
    record Pipelines(List<PipelineView> pipelines, List<InvalidFile> invalid) {}

    /**
     * @param errors all of them
     * @param inForce name of the pipeline of which the version before these errors is run; null: there is none
     */
    @Serdeable
    record InvalidFile(
            String file,
            List<Problem.FieldError> errors,
            @Nullable String inForce) {}

    /**
     * @param after other pipelines; when all of them have succeeded anew, this one is started
     * @param afterUnknown those of them that aren't there: the pipeline waits for them without end
     */
    @Serdeable
    record PipelineView(
            String name,
            @Nullable String description,
            List<String> after,
            List<String> afterUnknown,
            List<EndpointView> endpoints,
            List<ModelView> models,
            List<ExportView> exports,
            List<ScheduledBackupView> backups) {
        static PipelineView of(Pipeline pipeline, PipelineCatalog.Content content) {
            List<EndpointView> endpoints = new ArrayList<>();
            pipeline.allEndpoints()
                    .forEach((name, endpoint) -> endpoints.add(EndpointView.of(
                            name, endpoint, pipeline.readerFor(name).orElse(null))));
            List<ModelView> models = new ArrayList<>();
            pipeline.models()
                    .forEach((name, model) -> models.add(new ModelView(
                            name,
                            model.destination().table(),
                            model.destination().write(),
                            model.after())));
            List<ExportView> exports = new ArrayList<>();
            pipeline.exports()
                    .forEach((name, export) -> exports.add(new ExportView(
                            name,
                            export.destination().file(),
                            Objects.requireNonNull(pipeline.derived().get(name)))));
            return new PipelineView(
                    pipeline.name(),
                    pipeline.description(),
                    pipeline.after(),
                    content.unknownBefore(pipeline),
                    endpoints,
                    models,
                    exports,
                    pipeline.backups().stream().map(ScheduledBackupView::of).toList());
        }
    }

    /**
     * @param schedule five cron fields, read in {@code timezone}
     * @param keep how many backups of the table are kept; null: as the loader's configuration says
     * @param keepDays for how many days; null: likewise
     */
    @Serdeable
    record ScheduledBackupView(
            String table,
            String schedule,
            String timezone,
            BackupFormat format,
            @Nullable Integer keep,
            @Nullable Integer keepDays) {
        static ScheduledBackupView of(ScheduledBackup backup) {
            return new ScheduledBackupView(
                    backup.table(),
                    backup.schedule(),
                    backup.timezone().getId(),
                    backup.format(),
                    backup.keep(),
                    backup.keepDays());
        }
    }

    /**
     * @param file with the bucket that it is in
     * @param after names of the endpoints, models and exports that it runs after
     */
    @Serdeable
    record ExportView(String name, String file, List<String> after) {}

    /** @param after names of the endpoints and models that it runs after */
    @Serdeable
    record ModelView(String name, String table, Write write, List<String> after) {}

    /**
     * @param table that is filled; null when the records go to a bucket
     * @param write what happens to its rows; null likewise
     * @param bucket that gets the records, with the key in it; null when they go to a table
     * @param schedule five cron fields, read in {@code timezone}; null when it has none
     * @param trigger the objects that start it when they arrive, such as {@code gs://uploads/reports/*.xlsx}; null when
     *     none do
     * @param recordsOf the endpoint that reads the records of this further table; null: it reads them itself
     */
    @Serdeable
    record EndpointView(
            String name,
            @Nullable String table,
            @Nullable Write write,
            @Nullable String bucket,
            List<String> columns,
            @Nullable String schedule,
            String timezone,
            @Nullable String trigger,
            boolean byDay,
            @Nullable String recordsOf) {
        static EndpointView of(String name, Endpoint endpoint, @Nullable String recordsOf) {
            Destination.Table table = endpoint.destination() instanceof Destination.Table found ? found : null;
            Destination.Bucket bucket = endpoint.destination() instanceof Destination.Bucket found ? found : null;
            return new EndpointView(
                    name,
                    table == null ? null : table.table(),
                    table == null ? null : table.write(),
                    bucket == null ? null : bucket.bucket() + "/" + bucket.key(),
                    endpoint.tableColumns().stream()
                            .map(column -> column.name() + " " + column.type())
                            .toList(),
                    endpoint.schedule(),
                    endpoint.timezone().getId(),
                    endpoint.trigger() == null ? null : endpoint.trigger().toString(),
                    endpoint.day() != null,
                    recordsOf);
        }
    }

    /**
     * The answer to a valid file.
     *
     * @param warnings of what may not be meant
     */
    @Serdeable
    record Validated(boolean valid, PipelineView pipeline, List<Problem.FieldError> warnings) {}

    /**
     * Which endpoints to run. An unknown key is an error: a misspelt {@code endpoints} would start all of them.
     *
     * @param endpoints null or empty: all
     * @param day for endpoints that load days; null: today
     * @param dryRun whether to extract and transform, and then to say what the load would do in place of loading; null:
     *     to load
     * @param full whether endpoints with a cursor read everything; null: only what is new
     */
    @Serdeable
    @JsonIgnoreProperties(ignoreUnknown = false)
    record Start(
            @Nullable List<String> endpoints,
            @Nullable String day,
            @Nullable @Schema(type = "boolean") JsonNode dryRun,
            @Nullable @Schema(type = "boolean") JsonNode full) {
        private static final Start ALL = new Start(null, null, null, null);

        /** @param body null when the request has none */
        static Start of(@Nullable Start body) {
            return body == null ? ALL : body;
        }

        boolean isDry() {
            return RequestValues.truth("dryRun", dryRun);
        }

        boolean isFull() {
            return RequestValues.truth("full", full);
        }

        @Nullable
        RunWindow parsedDay() {
            return day == null ? null : RequestValues.day("day", day);
        }
    }

    @Get
    @Needs(value = Role.VIEWER, about = Needs.Subject.LIST)
    Pipelines list(Authentication authentication) {
        Scope scope = Caller.required(authentication).scope();
        PipelineCatalog.Content content = catalog.content();
        return new Pipelines(
                content.inForce().values().stream()
                        .filter(inForce -> scope.hasPipeline(inForce.pipeline().name()))
                        .map(inForce -> PipelineView.of(inForce.pipeline(), content))
                        .toList(),
                content.invalid().entrySet().stream()
                        .filter(entry -> scope.isEverything()
                                || (entry.getValue().inForce() != null
                                        && scope.hasPipeline(entry.getValue().inForce())))
                        .map(entry -> new InvalidFile(
                                entry.getKey().toString(),
                                entry.getValue().errors(),
                                entry.getValue().inForce()))
                        .toList());
    }

    @Get("/{pipeline}")
    @Needs(value = Role.VIEWER, about = Needs.Subject.PIPELINE)
    PipelineView show(String pipeline) {
        return PipelineView.of(catalog.pipeline(pipeline).pipeline(), catalog.content());
    }

    /** Checks a pipeline file, the body, as a whole. */
    @Post("/validate")
    @Needs(value = Role.VIEWER, about = Needs.Subject.NOTHING)
    @Consumes(MediaType.ALL)
    Validated validate(@Body String file) {
        return switch (PipelineReader.read("body", file)) {
            case PipelineReader.Result.Valid(Pipeline pipeline, List<Problem.FieldError> warnings) -> {
                List<Problem.FieldError> taken = catalog.taken("body", file, pipeline);
                if (!taken.isEmpty()) {
                    throw new PipelineInvalid("body", taken);
                }
                yield new Validated(true, PipelineView.of(pipeline, catalog.content()), warnings);
            }
            case PipelineReader.Result.Invalid(List<Problem.FieldError> errors) ->
                throw new PipelineInvalid("body", errors);
        };
    }

    /** Starts endpoints, all or none. With {@code wait}, answers when they have ended or the time is over. */
    @Post("/{pipeline}/runs")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.PIPELINE)
    HttpResponse<BatchView> start(
            String pipeline,
            @Nullable @Body Start start,
            @Nullable @Header("Idempotency-Key") String idempotencyKey,
            @Nullable @QueryValue Duration wait,
            Authentication authentication) {
        Start wanted = Start.of(start);
        List<String> endpoints = wanted.endpoints() == null ? List.of() : wanted.endpoints();
        return accept(pipeline, endpoints, wanted, idempotencyKey, wait, authentication);
    }

    /** Starts one endpoint. With {@code wait}, answers when it has ended or the time is over. */
    @Post("/{pipeline}/endpoints/{endpoint}/runs")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.PIPELINE)
    HttpResponse<BatchView> startEndpoint(
            String pipeline,
            String endpoint,
            @Nullable @Body Start start,
            @Nullable @Header("Idempotency-Key") String idempotencyKey,
            @Nullable @QueryValue Duration wait,
            Authentication authentication) {
        return accept(pipeline, List.of(endpoint), Start.of(start), idempotencyKey, wait, authentication);
    }

    private HttpResponse<BatchView> accept(
            String pipeline,
            List<String> endpoints,
            Start start,
            @Nullable String key,
            @Nullable Duration wait,
            Authentication authentication) {
        if (endpoints.stream().anyMatch(Objects::isNull)) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "endpoints: null (expected: names of endpoints)");
        }
        if (wait != null && (wait.isNegative() || wait.compareTo(BatchEnd.LONGEST_WAIT) > 0)) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "wait: " + wait + " (expected: PT0S to " + BatchEnd.LONGEST_WAIT + ")");
        }
        if (key != null) {
            BatchEnd.checkKey(key);
        }
        PipelineCatalog.InForce inForce = catalog.pipeline(pipeline);
        Acceptance.Accepted accepted = acceptance.accept(new Acceptance.Request(
                inForce.pipeline(),
                endpoints,
                start.parsedDay(),
                start.isDry(),
                start.isFull(),
                true,
                "api",
                key,
                inForce.remarks(),
                authentication.getName()));
        dispatcher.wake();
        String warning = accepted.repeated() ? null : inForce.warning();
        BatchView batch = new BatchView(
                accepted.batch(),
                ends.await(accepted.batch(), wait == null ? Duration.ZERO : wait, _ -> true).stream()
                        .map(RunView::of)
                        .toList(),
                warning);
        boolean done = batch.runs().stream().allMatch(run -> run.state().finished());
        return accepted.repeated() || (wait != null && done)
                ? HttpResponse.ok(batch)
                : HttpResponse.accepted().body(batch);
    }
}
