package dev.millrace.extractor.rest;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.extractor.secret.TokenSeal;
import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.rest.Request;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.service.GatewayCalls;
import dev.millrace.service.RowsCalls;
import dev.millrace.task.Task;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.nio.file.Path;
import java.time.Clock;

/** The source's API for one run: once for each kind of request that it sends. */
final class Apis {
    private final SourceConnections http;
    private final SourceConnections elsewhere;
    private final Clock clock;
    private final ObjectMapper json;
    private final GatewayCalls gateway;
    private final RowsCalls rows;
    private final RunSecrets secrets;
    private final RestSource source;
    private final Task task;
    private final TaskContext context;
    private final Path scratch;
    private final int unpackRatio;
    private final SourceCalls calls;
    private final RefreshTokens tokens;

    /**
     * @param elsewhere connections to other origins, which show no certificate of the source
     * @param scratch folder for answers that can't be read as they come
     * @param unpackRatio how many times its size an archive may unpack to
     */
    Apis(
            SourceConnections http,
            SourceConnections elsewhere,
            Clock clock,
            ObjectMapper json,
            GatewayCalls gateway,
            RowsCalls rows,
            RunSecrets secrets,
            TokenSeal seal,
            Extraction<RestSource, RestRead> extraction,
            Path scratch,
            int unpackRatio,
            SourceCalls calls) {
        this.http = http;
        this.elsewhere = elsewhere;
        this.clock = clock;
        this.json = json;
        this.gateway = gateway;
        this.rows = rows;
        this.secrets = secrets;
        this.source = extraction.source();
        this.task = extraction.task();
        this.context = extraction.context();
        this.scratch = scratch;
        this.unpackRatio = unpackRatio;
        this.calls = calls;
        this.tokens = new RefreshTokens(task, gateway, seal, secrets, context);
    }

    /** @param cursor what the requests ask with; null: for everything */
    Requests requests(Request request, @Nullable String cursor) {
        return new Requests(source, request, task.day(), cursor, secrets);
    }

    /** The rows of the warehouse that the task asks for. */
    EachRows rows() {
        return new EachRows(task, rows);
    }

    /**
     * To be ended when nothing is sent any more, before another one is made.
     *
     * @param format of the answers
     * @param parallel requests that may be under way at once
     */
    Api of(Requests requests, Format format, int parallel) {
        SourceLimiter limiter = SourceLimiter.of(task, source.limits(), parallel, gateway, context);
        RunContext run = new RunContext(context, clock, json, limiter, tokens, calls);
        AnswerForm form = new AnswerForm(format, scratch, unpackRatio);
        return new Api(http, elsewhere, source, requests, secrets, run, form);
    }
}
