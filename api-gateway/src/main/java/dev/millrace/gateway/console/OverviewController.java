package dev.millrace.gateway.console;

import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.history.History;
import dev.millrace.gateway.pipeline.Freshness;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.gateway.schedule.Schedules;
import dev.millrace.gateway.store.RecentRun;
import dev.millrace.gateway.store.RunState;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.MillraceException;
import dev.millrace.problem.Problem;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** What there is, and how it stands. */
@Controller("/console")
@Produces(MediaType.TEXT_HTML)
@Needs(value = Role.VIEWER, about = Needs.Subject.EVERYTHING)
@ExecuteOn(TaskExecutors.BLOCKING)
@Hidden
class OverviewController {
    /** Runs of an endpoint, as small bars. */
    private static final int BARS = 24;
    /** The last of them, as squares that lead there. */
    private static final int STRIP = 8;

    private final PipelineCatalog catalog;
    private final Freshness freshness;
    private final History history;
    private final Schedules schedules;
    private final Templates templates;

    OverviewController(
            PipelineCatalog catalog, Freshness freshness, History history, Schedules schedules, Templates templates) {
        this.catalog = catalog;
        this.freshness = freshness;
        this.history = history;
        this.schedules = schedules;
        this.templates = templates;
    }

    /**
     * @param invalid files with errors
     * @param rows of endpoints, those first that want somebody
     * @param note why no schedules are shown; null: they are
     */
    record OverviewPage(
            Frame frame,
            List<Row> rows,
            List<InvalidFile> invalid,
            @Nullable String note) {
        long failing() {
            return rows.stream().filter(row -> row.trouble() == Trouble.FAILED).count();
        }

        long stale() {
            return rows.stream().filter(row -> row.trouble() == Trouble.STALE).count();
        }

        long running() {
            return rows.stream().filter(Row::isRunning).count();
        }

        long pipelines() {
            return rows.stream().map(row -> row.watched().pipeline()).distinct().count();
        }
    }

    /** What wants somebody, the worst first. */
    enum Trouble {
        FAILED,
        STALE,
        NONE,
        NEVER_RUN
    }

    /**
     * @param name under which the file is shown
     * @param inForce name of the pipeline of which the version before these errors is run; null: there is none
     */
    record InvalidFile(
            String file,
            String name,
            List<Problem.FieldError> errors,
            @Nullable String inForce) {}

    /**
     * An endpoint, model or export.
     *
     * @param runs the newest last
     * @param schedule null: it has none
     */
    record Row(Freshness.Watched watched, List<RecentRun> runs, Schedules.@Nullable Entry schedule) {
        @Nullable
        RecentRun last() {
            return runs.isEmpty() ? null : runs.getLast();
        }

        List<RecentRun> strip() {
            return runs.subList(Math.max(0, runs.size() - STRIP), runs.size());
        }

        boolean isRunning() {
            RecentRun last = last();
            return last != null && !last.known().finished();
        }

        boolean isStale() {
            return watched.age() != null
                    && watched.staleAfter() != null
                    && watched.age().compareTo(watched.staleAfter()) > 0;
        }

        Trouble trouble() {
            boolean failed = runs.reversed().stream()
                    .filter(run -> run.known().finished())
                    .findFirst()
                    .filter(run -> run.known() == RunState.FAILED)
                    .isPresent();
            if (failed) {
                return Trouble.FAILED;
            }
            return isStale() ? Trouble.STALE : runs.isEmpty() ? Trouble.NEVER_RUN : Trouble.NONE;
        }
    }

    @Get
    HttpResponse<?> overview(HttpRequest<?> request) {
        Map<String, Schedules.Entry> entries = new HashMap<>();
        String note = null;
        try {
            schedules.all().forEach(entry -> entries.put(entry.pipeline() + "/" + entry.endpoint(), entry));
        } catch (MillraceException e) {
            note = e.detail();
        }
        return templates.page(
                "overview",
                new OverviewPage(
                        Frame.of("Overview", Frame.Section.OVERVIEW, request),
                        rows(freshness.all(), entries).stream()
                                .sorted(Comparator.comparing(Row::trouble))
                                .toList(),
                        invalid(),
                        note));
    }

    private List<Row> rows(List<Freshness.Watched> watched, Map<String, Schedules.Entry> entries) {
        return watched.stream()
                .map(each -> new Row(
                        each,
                        history.recent(each.pipeline(), each.endpoint(), BARS).reversed(),
                        entries.get(each.pipeline() + "/" + each.endpoint())))
                .toList();
    }

    private List<InvalidFile> invalid() {
        List<InvalidFile> files = new ArrayList<>();
        catalog.content()
                .invalid()
                .forEach((file, invalid) -> files.add(new InvalidFile(
                        file.toString(),
                        Objects.requireNonNullElse(invalid.inForce(), PipelineCatalog.nameOf(file)),
                        invalid.errors(),
                        invalid.inForce())));
        return files;
    }

    /**
     * @param after what each of them runs after, by name
     * @param found by the last runs of each
     * @param graph null: nothing comes after anything
     * @param warning that an earlier version of the file is in force; null: it is as in the file
     */
    record PipelinePage(
            Frame frame,
            Pipeline pipeline,
            List<Row> rows,
            Map<String, List<String>> after,
            List<History.Entry> found,
            @Nullable Graph graph,
            @Nullable String warning) {
        boolean loadsDays() {
            return !windows().isEmpty();
        }

        /** How long the windows are that its endpoints load. */
        Set<RunWindow.Unit> windows() {
            return OverviewController.windows(pipeline);
        }

        String kind(String name) {
            return pipeline.models().containsKey(name)
                    ? "model"
                    : pipeline.exports().containsKey(name) ? "export" : "endpoint";
        }

        List<String> after(String name) {
            return after.getOrDefault(name, List.of());
        }
    }

    @Get("/pipelines/{pipeline}")
    @Needs(value = Role.VIEWER, about = Needs.Subject.PIPELINE)
    HttpResponse<?> pipeline(String pipeline, HttpRequest<?> request) {
        PipelineCatalog.InForce inForce = catalog.pipeline(pipeline);
        Map<String, Schedules.Entry> entries;
        try {
            entries = schedules.all().stream()
                    .filter(entry -> entry.pipeline().equals(pipeline))
                    .collect(Collectors.toMap(Schedules.Entry::endpoint, entry -> entry));
        } catch (MillraceException e) {
            entries = Map.of();
        }
        Map<String, Schedules.Entry> byName = new HashMap<>();
        entries.forEach((endpoint, entry) -> byName.put(pipeline + "/" + endpoint, entry));
        Map<String, List<String>> after = new HashMap<>(inForce.pipeline().derived());
        inForce.pipeline()
                .allEndpoints()
                .keySet()
                .forEach(name ->
                        inForce.pipeline().readerFor(name).ifPresent(reader -> after.put(name, List.of(reader))));
        List<Row> rows = rows(
                freshness.all().stream()
                        .filter(watched -> watched.pipeline().equals(pipeline))
                        .toList(),
                byName);
        return templates.page(
                "pipeline",
                new PipelinePage(
                        Frame.of(pipeline, Frame.Section.OVERVIEW, request),
                        inForce.pipeline(),
                        rows,
                        after,
                        found(rows),
                        graph(inForce.pipeline(), rows, after),
                        inForce.warning()));
    }

    /** The last runs that have ended and of which checks or drift are known. */
    private List<History.Entry> found(List<Row> rows) {
        return rows.stream()
                .flatMap(row -> row.runs().reversed().stream()
                        .filter(run -> run.known().finished())
                        .limit(1))
                .map(run -> history.run(run.id()))
                .filter(entry -> !entry.checks().isEmpty()
                        || (entry.drift() != null && entry.drift().hasAny()))
                .toList();
    }

    /** With the pipelines before this one and those behind it. */
    private @Nullable Graph graph(Pipeline pipeline, List<Row> rows, Map<String, List<String>> after) {
        List<String> before =
                pipeline.after().stream().map(name -> "pipeline " + name).toList();
        Map<String, List<String>> all = new LinkedHashMap<>();
        before.forEach(name -> all.put(name, List.of()));
        Map<String, String> styles = new HashMap<>();
        for (Row row : rows) {
            String name = row.watched().endpoint();
            List<String> own = after.getOrDefault(name, List.of());
            all.put(name, own.isEmpty() ? before : own);
            RecentRun last = row.last();
            styles.put(name, last == null ? "off" : Shown.style(last.known()));
        }
        List<String> leaves = rows.stream()
                .map(row -> row.watched().endpoint())
                .filter(name -> all.values().stream().noneMatch(each -> each.contains(name)))
                .toList();
        catalog.content().inForce().forEach((name, other) -> {
            if (other.pipeline().after().contains(pipeline.name())) {
                all.put("then " + name, leaves);
            }
        });
        return Graph.of(all, styles);
    }

    /** @param file as it was looked at */
    record FilePage(Frame frame, String name, PipelineCatalog.PipelineFile file) {
        /** A pipeline that is valid holds no secret; what is wrong with another one may be that it does. */
        boolean showsText() {
            return file.text() != null && (file.errors().isEmpty() || frame.operates());
        }

        List<Line> lines() {
            List<Line> lines = new ArrayList<>();
            String text = Objects.requireNonNullElse(file.text(), "");
            for (String line : text.lines().toList()) {
                int number = lines.size() + 1;
                lines.add(new Line(
                        number,
                        line,
                        file.remarks().stream()
                                .filter(remark -> remark.line() == number)
                                .toList()));
            }
            return lines;
        }
    }

    /** @param number from 1 */
    record Line(int number, String text, List<Problem.FieldError> remarks) {}

    @Get("/pipelines/{pipeline}/file")
    @Needs(value = Role.VIEWER, about = Needs.Subject.PIPELINE)
    HttpResponse<?> file(String pipeline, HttpRequest<?> request) {
        PipelineCatalog.PipelineFile file = catalog.file(pipeline);
        return templates.page(
                "file", new FilePage(Frame.of("File of " + pipeline, Frame.Section.OVERVIEW, request), pipeline, file));
    }

    /** How long the windows are that a pipeline's endpoints load; empty: none loads windows. */
    static Set<RunWindow.Unit> windows(Pipeline pipeline) {
        return pipeline.allEndpoints().values().stream()
                .map(Endpoint::day)
                .filter(Objects::nonNull)
                .map(day -> Objects.requireNonNull(day).window())
                .collect(Collectors.toSet());
    }

    /** The kind of a form's field for windows of these lengths, whose values are what {@link RunWindow} reads. */
    static String kind(Set<RunWindow.Unit> units) {
        if (units.size() != 1) {
            return "text";
        }
        return switch (units.iterator().next()) {
            case HOUR -> "text";
            case DAY -> "date";
            case WEEK -> "week";
            case MONTH -> "month";
        };
    }

    /** The last time that something has succeeded, for a table's cell. */
    static String age(Freshness.Watched watched) {
        return watched.age() == null ? Shown.NONE : Shown.duration(watched.age());
    }

    static String next(Schedules.@Nullable Entry schedule) {
        if (schedule == null) {
            return Shown.NONE;
        }
        return schedule.suspended() ? "suspended" : Shown.in(schedule.next());
    }

    static String nextTime(Schedules.@Nullable Entry schedule) {
        Instant next = schedule == null ? null : schedule.next();
        return schedule == null
                ? ""
                : Objects.requireNonNullElse(schedule.note(), schedule.cron() + " " + schedule.timezone())
                        + (next == null ? "" : ", next " + Shown.time(next));
    }
}
