package dev.millrace.gateway.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.gateway.access.Caller;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.dispatch.Dispatcher;
import dev.millrace.gateway.history.History;
import dev.millrace.gateway.history.RejectFilter;
import dev.millrace.gateway.store.Json;
import dev.millrace.gateway.store.RunRow;
import dev.millrace.gateway.store.RunState;
import dev.millrace.gateway.store.Unreadable;
import dev.millrace.gateway.upload.Uploads;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Fault;
import dev.millrace.staging.Reject;
import dev.millrace.task.CheckResult;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Header;
import io.micronaut.http.annotation.Part;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.multipart.CompletedFileUpload;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.authentication.Authentication;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.media.SchemaProperty;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;

/** CSV files that somebody sends for tables. */
@Controller("/upload")
@Needs(value = Role.OPERATOR, about = Needs.Subject.LIST)
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "upload")
class UploadController {
    /** For the end of the run; a caller that repeats its key goes on to wait. */
    private static final Duration WAIT = Duration.ofMinutes(1);

    private final Uploads uploads;
    private final Dispatcher dispatcher;
    private final BatchEnd ends;
    private final History history;
    private final Json json;

    UploadController(Uploads uploads, Dispatcher dispatcher, BatchEnd ends, History history, Json json) {
        this.uploads = uploads;
        this.dispatcher = dispatcher;
        this.ends = ends;
        this.history = history;
        this.json = json;
    }

    /** What has become of a file's rows. */
    enum Result {
        /** All could be loaded. */
        OK,
        /** Some could. */
        PARTIAL,
        /** None could. */
        FAILED,
        /** They are being loaded. */
        PENDING
    }

    /**
     * A row that can't be loaded.
     *
     * @param line of the file on which it begins, from 1, the header included
     * @param record its number among the rows, from 1
     * @param row as it was sent: a text, or null, for each column that the file names; or its start as one text, when it
     *     can't be read as a row, or is very long
     * @param errors all that is wrong, in the order of the columns
     */
    @Serdeable
    record FailedRow(
            @Nullable Long line,
            long record,
            @Schema(type = "object") JsonNode row,
            List<Fault> errors) {}

    /**
     * What has become of a file.
     *
     * @param type the table's name, by which the file's begins
     * @param table with its dataset
     * @param columns of the table that are read from the file
     * @param rows of the file
     * @param result of the rows; of a dry run, what would become of them
     * @param inserted rows that were added or merged; none by a dry run
     * @param filtered rows that the endpoint's filter has left out
     * @param checks of the table that aren't met, and whose severity is to warn
     * @param seconds from the acceptance of the file to its end, or until now
     * @param run its id
     * @param warning when the pipeline's file has errors, and an earlier version of it was taken
     */
    @Serdeable
    record UploadView(
            String file,
            String type,
            String table,
            List<String> columns,
            long rows,
            Result result,
            @JsonProperty("nrows_inserted") long inserted,
            @JsonProperty("rows_failed") List<FailedRow> failedRows,
            @JsonProperty("nrows_failed") long failed,
            @JsonProperty("nrows_filtered") long filtered,
            List<CheckResult> checks,
            @JsonProperty("duration(s)") double seconds,
            boolean dryRun,
            String run,
            @Nullable String warning) {}

    /**
     * Loads the good rows of a CSV file, whose name begins with that of its table, and says of each other row all that is
     * wrong with it.
     *
     * @param files the file, and no other one
     * @param dryRun whether the rows are only looked at: true or false
     * @param table that it is for, with its dataset; null: the file's name says it
     */
    @Post
    @RequestBody(
            required = true,
            content =
                    @Content(
                            mediaType = MediaType.MULTIPART_FORM_DATA,
                            schemaProperties =
                                    @SchemaProperty(
                                            name = "file",
                                            schema = @Schema(type = "string", format = "binary"))))
    @Consumes(MediaType.ALL) // or a caller without a token would be told of the type
    HttpResponse<?> upload(
            @Nullable @Part("file") Publisher<CompletedFileUpload> files,
            @QueryValue(defaultValue = "false") String dryRun,
            @Nullable @QueryValue String table,
            @Nullable @Header("Idempotency-Key") String idempotencyKey,
            HttpRequest<?> request,
            Authentication authentication) {
        if (request.getContentType()
                .filter(type -> type.getName().equals(MediaType.MULTIPART_FORM_DATA))
                .isEmpty()) {
            throw new MillraceException(
                    ErrorCode.MEDIA_TYPE_UNSUPPORTED, "Content-Type (expected: " + MediaType.MULTIPART_FORM_DATA + ")");
        }
        request.getParameters().names().stream()
                .filter(name -> !List.of("dryRun", "table").contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new MillraceException(
                            ErrorCode.REQUEST_INVALID, "parameter '" + name + "' (expected: dryRun or table)");
                });
        CompletedFileUpload file = only(files);
        if (!List.of("true", "false").contains(dryRun)) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "dryRun: '" + dryRun + "' (expected: true or false)");
        }
        if (idempotencyKey != null) {
            BatchEnd.checkKey(idempotencyKey);
        }
        long begun = System.nanoTime();
        Uploads.Accepted accepted;
        try {
            accepted = uploads.accept(
                    new Uploads.Sent(file.getFilename(), file.getInputStream()),
                    table,
                    Boolean.parseBoolean(dryRun),
                    idempotencyKey,
                    Caller.required(authentication));
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.REQUEST_INVALID, "file: can't be read: " + e.getMessage(), e);
        }
        dispatcher.wake();
        History.Entry entry =
                ends
                        .await(
                                accepted.batch().batch(),
                                WAIT,
                                candidate -> candidate.run().isUpload())
                        .stream()
                        .filter(candidate -> candidate.run().isUpload())
                        .findFirst()
                        .orElseThrow();
        RunRow run = entry.run();
        if (run.state() == RunState.FAILED || run.state() == RunState.CANCELLED) {
            return Problems.ofUpload(run);
        }
        UploadView view = view(file.getFilename(), accepted, entry, Duration.ofNanos(System.nanoTime() - begun));
        return run.state().finished()
                ? HttpResponse.ok(view)
                : HttpResponse.accepted().body(view);
    }

    /** Several would be several runs, each with rows of its own that failed. */
    private static CompletedFileUpload only(@Nullable Publisher<CompletedFileUpload> files) {
        List<CompletedFileUpload> sent = files == null
                ? List.of()
                : Objects.requireNonNull(Flux.from(files).collectList().block());
        if (sent.size() == 1) {
            return sent.getFirst();
        }
        sent.forEach(CompletedFileUpload::discard);
        throw new MillraceException(
                ErrorCode.REQUEST_INVALID,
                sent.isEmpty()
                        ? "file: missing (expected: a part with a file)"
                        : "file: " + sent.size() + " parts (expected: one; send each file by a request of its own)");
    }

    private UploadView view(String file, Uploads.Accepted accepted, History.Entry entry, Duration taken) {
        RunRow run = entry.run();
        long rows = or0(run.rowsExtracted());
        long failed = or0(run.rowsRejected());
        String table = accepted.table();
        return new UploadView(
                file,
                table.substring(table.lastIndexOf('.') + 1),
                table,
                accepted.columns(),
                rows,
                !run.state().finished()
                        ? Result.PENDING
                        : failed == 0 ? Result.OK : failed < rows ? Result.PARTIAL : Result.FAILED,
                or0(run.rowsLoaded()),
                history.rejects(run.id(), RejectFilter.ALL, 0, uploads.maxRows()).stream()
                        .map(this::failedRow)
                        .sorted(Comparator.comparingLong(FailedRow::record))
                        .toList(),
                failed,
                or0(run.rowsFiltered()),
                entry.checks().stream().filter(CheckResult::warns).toList(),
                taken.toMillis() / 1000.0,
                run.dryRun(),
                run.id(),
                accepted.warning());
    }

    private FailedRow failedRow(Reject reject) {
        JsonNode row;
        try {
            row = json.read(reject.record(), JsonNode.class);
        } catch (Unreadable e) { // it is the row's text, or the start of it
            row = JsonNode.createStringNode(reject.record());
        }
        return new FailedRow(
                reject.line(),
                reject.row(),
                row.isObject() ? row : JsonNode.createStringNode(reject.record()),
                reject.faults());
    }

    private static long or0(@Nullable Long count) {
        return Objects.requireNonNullElse(count, 0L);
    }
}
