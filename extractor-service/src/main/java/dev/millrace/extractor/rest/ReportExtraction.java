package dev.millrace.extractor.rest;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.record.JsonSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.pipeline.EachReference;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.rest.Report;
import dev.millrace.pipeline.rest.Request;
import dev.millrace.pipeline.rest.RestRead;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Receipt;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The extraction of an endpoint whose records the API prepares first: submits a report, asks for it until it is done, and
 * then reads its records like any others. An attempt that follows one that died waits for the same report. For one thread
 * and one run.
 */
final class ReportExtraction {
    /** Of answers about a report, which are small. */
    private static final int MAX_ANSWER = 1024 * 1024;

    private final Apis apis;
    private final Extraction<RestSource, RestRead> extraction;
    private final Report report;
    private final Path scratch;
    private final int pageBytes;
    private final TaskContext context;
    private final @Nullable RunCursor cursor;
    private final @Nullable String asked;
    private final SubmittedReports kept;

    /**
     * @param scratch folder for pages that are larger than memory
     * @param pageBytes to be held in memory, of all pages that are being read
     */
    ReportExtraction(
            Apis apis,
            Extraction<RestSource, RestRead> extraction,
            Report report,
            ObjectMapper json,
            Path scratch,
            int pageBytes) {
        this.apis = apis;
        this.extraction = extraction;
        this.report = report;
        this.scratch = scratch;
        this.pageBytes = pageBytes;
        this.context = extraction.context();
        this.cursor = RunCursor.of(extraction);
        this.asked = cursor == null ? null : cursor.asked();
        this.kept = new SubmittedReports(extraction.staged().checkpoints(), json, context, asked);
    }

    void run() throws InterruptedException {
        boolean done = false;
        try {
            read();
            done = true;
        } finally {
            if (!done) {
                kept.giveUp();
            }
        }
    }

    private void read() throws InterruptedException {
        Request result = extraction.read().request();
        Each prepared = prepared(result);
        if (prepared == null) {
            if (extraction.read().format().isFlat()) {
                extraction.staged().ofTexts();
            }
            if (cursor != null) {
                cursor.tell(extraction.staged(), context);
            }
            Long without = cursor == null ? null : cursor.records().without();
            extraction.staged().receipt(new Receipt(0, 0, 0, null, null, null, without));
            return;
        }
        Requests requests = apis.requests(result, asked).of(prepared);
        new RestExtraction(apis, requests, cursor, extraction, scratch, pageBytes).run();
    }

    /** What the request for the records may refer to; null: there are none. */
    private @Nullable Each prepared(Request result) throws InterruptedException {
        Requests submit = requests(report.submit().request());
        Api api = apis.of(submit, new Format.Json(false), 1);
        try {
            ReportCheckpoint earlier = kept.earlier();
            byte[] last = earlier == null ? null : awaitedAgain(api, earlier);
            String id = earlier == null ? "" : earlier.id();
            if (last == null) {
                ReportCheckpoint submitted = submitted(api, submit);
                id = submitted.id();
                last = awaited(api, submitted);
            }
            Report.Call document = report.document();
            if (last != null && document != null) {
                Requests where = requests(document.request()).of(each(document.request(), id, last, "report.poll"));
                last = answer(api, where.target(Map.of()).by(method(document, Report.Call.Method.GET)));
            }
            return last == null ? null : each(result, id, last, document == null ? "report.poll" : "report.document");
        } finally {
            api.end();
        }
    }

    private ReportCheckpoint submitted(Api api, Requests submit) throws InterruptedException {
        byte[] answer = answer(api, submit.target(Map.of()).by(method(report.submit(), Report.Call.Method.POST)));
        String id = value(answer, JsonPath.of(report.id()), "the answer to report.submit");
        context.info("report " + shown(api, id) + " is submitted");
        Map<String, String> texts = new HashMap<>();
        Stream.concat(
                        Stream.of(report.poll().request()),
                        Stream.ofNullable(report.cancel()).map(Report.Call::request))
                .flatMap(request -> request.references().stream())
                .forEach(reference -> {
                    String text = "id".equals(reference.path()) ? id : found(answer, reference.pathOf());
                    if (text != null) {
                        texts.put(reference.text(), text);
                    }
                });
        ReportCheckpoint submitted = new ReportCheckpoint(asked, id, texts, false);
        kept.keep(submitted);
        return submitted;
    }

    /**
     * The answer in which a report is done that an attempt before this one has submitted; null: another one is to be
     * submitted, since whoever was taken for dead may have cancelled it.
     */
    private byte @Nullable [] awaitedAgain(Api api, ReportCheckpoint earlier) throws InterruptedException {
        String name = "report " + shown(api, earlier.id());
        context.info(name + " was submitted by an earlier attempt, and is waited for");
        kept.keep(earlier);
        String why = "it has no records";
        try {
            byte[] last = awaited(api, earlier);
            if (last != null) {
                return last;
            }
        } catch (MillraceException e) {
            if (e.code() != ErrorCode.SOURCE_REFUSED && e.code() != ErrorCode.SOURCE_MALFORMED) {
                throw e;
            }
            why = e.detail();
        }
        context.warn(name + " of an earlier attempt is of no use, so another one is submitted: " + why);
        return null;
    }

    private static @Nullable String found(byte[] answer, JsonPath path) {
        try {
            return JsonSlicer.valueAt(answer, path);
        } catch (IOException | MalformedSource e) {
            return null; // which is said where it is needed
        }
    }

    private Requests requests(Request request) {
        return apis.requests(request, asked).beside();
    }

    private static String method(Report.Call call, Report.Call.Method usual) {
        return (call.method() == null ? usual : call.method()).name();
    }

    /** The answer in which the report is done, and cancels it when nobody waits any more; null: it has no records. */
    private byte @Nullable [] awaited(Api api, ReportCheckpoint submitted) throws InterruptedException {
        boolean[] ended = {false};
        try {
            return polled(api, submitted, ended);
        } finally {
            if (!ended[0]) {
                cancel(api, submitted);
            }
        }
    }

    /** @param ended set as soon as there is nothing to be cancelled */
    private byte @Nullable [] polled(Api api, ReportCheckpoint submitted, boolean[] ended) throws InterruptedException {
        Report.Poll poll = report.poll();
        Requests.Target target =
                requests(poll.request()).of(each(poll.request(), submitted)).target(Map.of());
        JsonPath path = JsonPath.of(poll.state());
        String name = "report " + shown(api, submitted.id());
        long began = System.nanoTime();
        Duration pause = poll.every();
        String before = "";
        while (true) {
            context.checkStopped();
            byte[] answer = answer(api, target);
            String state = value(answer, path, "the answer to report.poll");
            if (poll.done().contains(state) || poll.empty().contains(state)) {
                ended[0] = true;
                context.info(
                        name + " is " + api.quote(state) + (poll.empty().contains(state) ? ": it has no records" : ""));
                return poll.empty().contains(state) ? null : answer;
            }
            if (poll.failed().contains(state)) {
                ended[0] = true;
                throw new MillraceException(
                        ErrorCode.SOURCE_REFUSED,
                        name + " is " + api.quote(state) + ", so it has no records: "
                                + api.quote(new String(answer, StandardCharsets.UTF_8)));
            }
            if (!poll.pending().isEmpty() && !poll.pending().contains(state)) {
                throw new MillraceException(
                        ErrorCode.SOURCE_MALFORMED,
                        name + " is '" + api.quote(state) + "' (expected: a state of done, empty, failed or pending of"
                                + " report.poll)");
            }
            if (!state.equals(before)) {
                context.info(name + " is " + api.quote(state));
                before = state;
            }
            Duration left = poll.atMost().minusNanos(System.nanoTime() - began);
            if (!left.isPositive()) {
                throw new MillraceException(
                        ErrorCode.SOURCE_UNAVAILABLE,
                        name + " is still " + api.quote(state) + " after " + told(poll.atMost())
                                + ", which is atMost of report.poll");
            }
            Thread.sleep(pause.compareTo(left) < 0 ? pause : left);
            pause = pause.multipliedBy(2).compareTo(poll.maxEvery()) < 0 ? pause.multipliedBy(2) : poll.maxEvery();
        }
    }

    /** Also when the run is stopped. What can't be cancelled ends by itself. */
    private void cancel(Api api, ReportCheckpoint submitted) throws InterruptedException {
        Report.Call call = report.cancel();
        if (call == null) {
            return;
        }
        String name = "report " + shown(api, submitted.id());
        try {
            Requests.Target target = requests(call.request())
                    .of(each(call.request(), submitted))
                    .target(Map.of())
                    .by(method(call, Report.Call.Method.DELETE));
            int status = Uninterrupted.call(() -> api.sendLast(target));
            if (status / 100 == 2) {
                context.info(name + " is cancelled");
            } else {
                context.warn(name + " is not cancelled: " + target.method() + " " + target.shownUrl() + ": " + status);
            }
        } catch (MillraceException | TemporaryFailure e) {
            context.warn(name + " is not cancelled: " + e.getMessage());
        }
    }

    private static String told(Duration time) {
        return time.toSeconds() > 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
    }

    private static String shown(Api api, String id) {
        return api.quote(id);
    }

    private byte[] answer(Api api, Requests.Target target) throws InterruptedException {
        AnswerRules rules = new AnswerRules(extraction.source(), report.poll().request(), false);
        String shown = target.method() + " " + target.shownUrl();
        return api.send(target, new Api.AnswerReader<byte[]>() {
            @Override
            public byte[] read(Page.Head head, @Nullable InputStream body) throws IOException, MalformedSource {
                byte[] bytes = body == null ? new byte[0] : body.readNBytes(MAX_ANSWER);
                if (bytes.length == MAX_ANSWER) {
                    throw new MalformedSource("more than 1 MB where something about a report should be");
                }
                judge(rules, head, bytes, api, shown);
                return bytes;
            }

            @Override
            public byte @Nullable [] refused(Page.Head head, byte[] start) {
                judge(rules, head, start, api, shown);
                return null;
            }
        });
    }

    /** By the conditions of the source. */
    private static void judge(AnswerRules rules, Page.Head head, byte[] body, Api api, String shown) {
        Map<JsonPath, String> found = Map.of();
        try {
            found = rules.paths().isEmpty() ? found : JsonSlicer.wholeAt(body, rules.paths());
        } catch (IOException | MalformedSource e) {
            // no JSON: what is looked for isn't there
        }
        AnswerRules.Verdict verdict = rules.of(head.status(), head.headers(), found);
        String reason = head.status() + ", " + api.quote(verdict.reason());
        switch (verdict.meaning()) {
            case RETRY -> throw api.temporary(head, shown, reason);
            case FAIL ->
                throw new MillraceException(
                        ErrorCode.SOURCE_REFUSED,
                        shown + ": " + head.status() + ", but an error by the conditions of the file: "
                                + api.quote(verdict.reason()));
            case NOTHING_ELSE, END, SKIP -> {}
        }
    }

    /** What a request refers to of a report that is submitted. */
    private static Each each(Request request, ReportCheckpoint submitted) {
        for (EachReference reference : request.references()) {
            if (!submitted.texts().containsKey(reference.text())) {
                throw lacking("the answer to report.submit, which " + reference.text() + " is of,", reference.pathOf());
            }
        }
        return new Each(Report.NAME, "\"" + Report.NAME + "\":null", submitted.texts());
    }

    /** What the request refers to, of the id and the last answer. */
    private static Each each(Request request, String id, byte[] answer, String of) {
        Map<String, String> texts = new HashMap<>();
        for (EachReference reference : request.references()) {
            texts.put(
                    reference.text(),
                    "id".equals(reference.path())
                            ? id
                            : value(
                                    answer,
                                    reference.pathOf(),
                                    "the answer to " + of + ", which " + reference.text() + " is of,"));
        }
        return new Each(Report.NAME, "\"" + Report.NAME + "\":null", texts);
    }

    private static String value(byte[] answer, JsonPath path, String of) {
        String value = null;
        try {
            value = JsonSlicer.valueAt(answer, path);
        } catch (MalformedSource e) {
            throw new MillraceException(ErrorCode.SOURCE_MALFORMED, of + ": " + e.detail(), e);
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.SOURCE_MALFORMED, of + " is no JSON", e);
        }
        if (value == null || value.isBlank()) {
            throw lacking(of, path);
        }
        return value;
    }

    private static MillraceException lacking(String of, JsonPath path) {
        return new MillraceException(ErrorCode.SOURCE_MALFORMED, of + " has no text and no number at '" + path + "'");
    }
}
