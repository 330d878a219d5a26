package dev.millrace.gateway.console;

import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.api.RequestValues;
import dev.millrace.gateway.audit.Audit;
import dev.millrace.gateway.backup.TableBackups;
import dev.millrace.gateway.dispatch.Dispatcher;
import dev.millrace.gateway.intake.Acceptance;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.replay.Replays;
import dev.millrace.gateway.rollback.Rollbacks;
import dev.millrace.gateway.run.Retries;
import dev.millrace.gateway.run.Runs;
import dev.millrace.gateway.schedule.Schedules;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.upload.Uploads;
import dev.millrace.pipeline.BackupFormat;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Part;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.multipart.CompletedFileUpload;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.authentication.Authentication;
import io.swagger.v3.oas.annotations.Hidden;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What people do by the forms of pages: each answers with the page that shows what has come of it, so that loading that page
 * again does nothing again. That a form is of our own page is checked as for every route, by its CSRF token.
 */
@Controller("/console")
@Produces(MediaType.TEXT_HTML)
@Needs(value = Role.OPERATOR, about = Needs.Subject.RUN)
@ExecuteOn(TaskExecutors.BLOCKING)
@Hidden
class Actions {
    private final PipelineCatalog catalog;
    private final Acceptance acceptance;
    private final Runs runs;
    private final Retries retries;
    private final Rollbacks rollbacks;
    private final Replays replays;
    private final TableBackups backups;
    private final Schedules schedules;
    private final Uploads uploads;
    private final Dispatcher dispatcher;
    private final Templates templates;

    Actions(
            PipelineCatalog catalog,
            Acceptance acceptance,
            Runs runs,
            Retries retries,
            Rollbacks rollbacks,
            Replays replays,
            TableBackups backups,
            Schedules schedules,
            Uploads uploads,
            Dispatcher dispatcher,
            Templates templates) {
        this.catalog = catalog;
        this.acceptance = acceptance;
        this.runs = runs;
        this.retries = retries;
        this.rollbacks = rollbacks;
        this.replays = replays;
        this.backups = backups;
        this.schedules = schedules;
        this.uploads = uploads;
        this.dispatcher = dispatcher;
        this.templates = templates;
    }

    /** Starts endpoints, all or those that are ticked. */
    @Post("/pipelines/{pipeline}/runs")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.PIPELINE)
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    HttpResponse<?> start(String pipeline, @Body Map<String, Object> form, Authentication authentication) {
        PipelineCatalog.InForce inForce = catalog.pipeline(pipeline);
        String day = text(form, "day");
        Acceptance.Accepted accepted = acceptance.accept(new Acceptance.Request(
                inForce.pipeline(),
                texts(form, "endpoint"),
                day.isEmpty() ? null : RequestValues.day("day", day),
                form.containsKey("dryRun"),
                form.containsKey("full"),
                true,
                "api",
                null, // a form that is sent twice finds the endpoint's unfinished run
                inForce.remarks(),
                authentication.getName()));
        return toBatch(accepted, "/console/runs?pipeline=" + Frame.part(pipeline));
    }

    /** The page of the only run, or of several. */
    private HttpResponse<?> toBatch(Acceptance.Accepted accepted, String several) {
        dispatcher.wake();
        return accepted.runs().size() == 1 ? toRun(accepted.runs().getFirst().id()) : Templates.seeOther(several);
    }

    private static HttpResponse<?> toRun(String id) {
        return Templates.seeOther("/console/runs/" + id);
    }

    @Post("/runs/{id}/cancel")
    @Consumes(MediaType.ALL)
    HttpResponse<?> cancel(String id, Authentication authentication) {
        runs.cancel(id, authentication.getName());
        dispatcher.cancelled();
        return toRun(id);
    }

    @Post("/runs/{id}/retry")
    @Consumes(MediaType.ALL)
    HttpResponse<?> retry(String id, Authentication authentication) {
        retries.retry(id, authentication.getName());
        dispatcher.wake();
        return toRun(id);
    }

    @Post("/runs/{id}/rollback")
    @Consumes(MediaType.ALL)
    HttpResponse<?> rollBack(String id, Authentication authentication) throws InterruptedException {
        rollbacks.rollBack(id, authentication.getName());
        return toRun(id);
    }

    /** Loads corrected records, a JSON object in each line. */
    @Post("/runs/{id}/replay")
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    HttpResponse<?> replay(String id, @Body Map<String, Object> form, Authentication authentication) {
        byte[] records = (text(form, "records").replace("\r\n", "\n").strip() + "\n").getBytes(StandardCharsets.UTF_8);
        return toBatch(replays.replay(id, records, true, authentication.getName()), "/console/runs/" + id);
    }

    @Post("/tables/{table}/backup")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.TABLE)
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    HttpResponse<?> backUp(String table, @Body Map<String, Object> form, Authentication authentication) {
        BackupFormat format = RequestValues.backupFormat(text(form, "format"));
        Audit.note("backup of " + table);
        TableBackups.Accepted accepted = backups.backUp(table, format, null, Caller.required(authentication));
        dispatcher.wake();
        return toRun(accepted.run().id());
    }

    @Post("/tables/{table}/restore")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.TABLE)
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    HttpResponse<?> restore(String table, @Body Map<String, Object> form, Authentication authentication)
            throws InterruptedException {
        Audit.note("restore of " + table + " from " + text(form, "backup"));
        TableBackups.Accepted accepted =
                backups.restore(table, text(form, "backup"), null, null, Caller.required(authentication));
        dispatcher.wake();
        return toRun(accepted.run().id());
    }

    record SchedulesPage(
            Frame frame,
            List<Schedules.Entry> schedules,
            @Nullable String note) {}

    @Get("/schedules")
    @Needs(value = Role.VIEWER, about = Needs.Subject.EVERYTHING)
    HttpResponse<?> schedules(HttpRequest<?> request) {
        Frame frame = Frame.of("Schedules", Frame.Section.SCHEDULES, request);
        SchedulesPage page;
        try {
            page = new SchedulesPage(frame, schedules.all(), null);
        } catch (MillraceException e) {
            page = new SchedulesPage(frame, List.of(), e.detail());
        }
        return templates.page("schedules", page);
    }

    @Post("/schedules/{pipeline}/{endpoint}/suspend")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.PIPELINE)
    @Consumes(MediaType.ALL)
    HttpResponse<?> suspend(String pipeline, String endpoint) {
        Schedules.Entry _ = schedules.set(pipeline, endpoint, Schedules.State.SUSPENDED);
        return Templates.seeOther("/console/schedules");
    }

    @Post("/schedules/{pipeline}/{endpoint}/resume")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.PIPELINE)
    @Consumes(MediaType.ALL)
    HttpResponse<?> resume(String pipeline, String endpoint) {
        Schedules.Entry _ = schedules.set(pipeline, endpoint, Schedules.State.FOLLOWED);
        return Templates.seeOther("/console/schedules");
    }

    /** @param key for the form, so that what is sent twice is loaded once */
    record UploadPage(Frame frame, int maxRows, String key) {}

    @Get("/upload")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.EVERYTHING)
    HttpResponse<?> upload(HttpRequest<?> request) {
        return templates.page(
                "upload",
                new UploadPage(
                        Frame.of("Upload", Frame.Section.UPLOAD, request),
                        uploads.maxRows(),
                        UUID.randomUUID().toString()));
    }

    @Post("/upload")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.EVERYTHING)
    @Consumes(MediaType.ALL) // or a caller without a login would be told of the type
    HttpResponse<?> upload(
            @Nullable @Part CompletedFileUpload file,
            @Nullable @Part String key,
            @Nullable @Part String dryRun,
            Authentication authentication) {
        if (file == null || file.getFilename().isEmpty()) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "file: missing (expected: a CSV file)");
        }
        try {
            Uploads.Accepted accepted = uploads.accept(
                    new Uploads.Sent(file.getFilename(), file.getInputStream()),
                    null,
                    dryRun != null,
                    key == null || key.isBlank() ? null : key,
                    Caller.required(authentication));
            dispatcher.wake();
            return toRun(accepted.batch().runs().stream()
                    .filter(RunRow::isUpload)
                    .findFirst()
                    .orElseThrow()
                    .id());
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "file: can't be read: " + e.getMessage(), e);
        }
    }

    private static String text(Map<String, Object> form, String name) {
        List<String> texts = texts(form, name);
        return texts.isEmpty() ? "" : texts.getFirst().strip();
    }

    /** A field that is there several times is a list. */
    private static List<String> texts(Map<String, Object> form, String name) {
        Object value = form.get(name);
        return switch (value) {
            case null -> List.of();
            case Iterable<?> several -> {
                List<String> texts = new ArrayList<>();
                several.forEach(each -> texts.add(String.valueOf(each)));
                yield List.copyOf(texts);
            }
            default -> List.of(String.valueOf(value));
        };
    }
}
