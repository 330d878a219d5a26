package dev.millrace.gateway.console;

import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.api.RequestValues;
import dev.millrace.gateway.backfill.BackfillPlan;
import dev.millrace.gateway.backfill.BackfillRow;
import dev.millrace.gateway.backfill.BackfillStarter;
import dev.millrace.gateway.backfill.BackfillState;
import dev.millrace.gateway.backfill.Backfills;
import dev.millrace.gateway.backfill.WindowState;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.pipeline.RunWindow;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.authentication.Authentication;
import io.swagger.v3.oas.annotations.Hidden;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Ranges of days: what would be loaded, what is, and what is missing. */
@Controller("/console/backfills")
@Produces(MediaType.TEXT_HTML)
@Needs(value = Role.VIEWER, about = Needs.Subject.EVERYTHING)
@ExecuteOn(TaskExecutors.BLOCKING)
@Hidden
class BackfillPages {
    private static final int LISTED = 50;

    private final BackfillPlan plan;
    private final BackfillStarter starter;
    private final Backfills backfills;
    private final PipelineCatalog catalog;
    private final Templates templates;

    BackfillPages(
            BackfillPlan plan,
            BackfillStarter starter,
            Backfills backfills,
            PipelineCatalog catalog,
            Templates templates) {
        this.plan = plan;
        this.starter = starter;
        this.backfills = backfills;
        this.catalog = catalog;
        this.templates = templates;
    }

    /** @param pipelines of those with endpoints that load windows, how long these are */
    record BackfillsPage(Frame frame, Map<String, Set<RunWindow.Unit>> pipelines, List<BackfillRow> backfills) {
        Set<RunWindow.Unit> windows() {
            return pipelines.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
        }
    }

    @Get
    HttpResponse<?> backfills(HttpRequest<?> request) {
        Map<String, Set<RunWindow.Unit>> pipelines = new TreeMap<>();
        catalog.content().inForce().forEach((name, inForce) -> {
            Set<RunWindow.Unit> windows = OverviewController.windows(inForce.pipeline());
            if (!windows.isEmpty()) {
                pipelines.put(name, windows);
            }
        });
        return templates.page(
                "backfills",
                new BackfillsPage(
                        Frame.of("Backfills", Frame.Section.BACKFILLS, request),
                        pipelines,
                        backfills.newest(null, null, LISTED)));
    }

    /**
     * A day, or another window, of an endpoint.
     *
     * @param run that has loaded it, or is about to; null: none yet
     */
    record Cell(String day, WindowState state, @Nullable String run) {
        /** In a month: its number there. Others: all of it. */
        String shown() {
            LocalDate date = date();
            return date == null ? day : String.valueOf(date.getDayOfMonth());
        }

        /** Null: it is another window than a day. */
        private @Nullable LocalDate date() {
            try {
                return LocalDate.parse(day);
            } catch (DateTimeParseException e) {
                return null;
            }
        }
    }

    /**
     * @param title empty: the windows are no days
     * @param begins on which day of the week the first one is, from 1, Monday, on; 0: the windows are no days
     */
    record CalendarMonth(String title, int begins, List<Cell> cells) {}

    /**
     * @param calendar of each endpoint its windows in their order
     * @param backfill null: it is a plan
     */
    record BackfillPage(
            Frame frame,
            String pipeline,
            String from,
            String to,
            int parallelism,
            boolean force,
            @Nullable BackfillRow backfill,
            Map<String, List<Cell>> calendar) {
        long count(WindowState state) {
            return calendar.values().stream()
                    .flatMap(List::stream)
                    .filter(cell -> cell.state() == state)
                    .count();
        }

        static List<CalendarMonth> months(List<Cell> cells) {
            List<CalendarMonth> months = new ArrayList<>();
            for (Cell cell : cells) {
                LocalDate date = cell.date();
                String title = date == null
                        ? ""
                        : date.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH) + " " + date.getYear();
                if (months.isEmpty() || !months.getLast().title().equals(title)) {
                    months.add(new CalendarMonth(
                            title, date == null ? 0 : date.getDayOfWeek().getValue(), new ArrayList<>()));
                }
                months.getLast().cells().add(cell);
            }
            return months;
        }

        boolean canCancel() {
            return backfill != null && backfill.state() == BackfillState.RUNNING && frame.operates();
        }

        static String style(WindowState state) {
            return switch (state) {
                case SUCCEEDED -> "good";
                case SKIPPED -> "skipped";
                case FAILED -> "bad";
                case RUNNING -> "busy";
                case WAITING -> "waiting";
                case CANCELLED -> "off";
            };
        }
    }

    /** What a backfill would load, of which nothing is begun. */
    @Get("/plan")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.EVERYTHING)
    HttpResponse<?> plan(
            @QueryValue(defaultValue = "") String pipeline,
            @QueryValue(defaultValue = "") String from,
            @QueryValue(defaultValue = "") String to,
            @QueryValue(defaultValue = "1") String parallelism,
            @Nullable @QueryValue String force,
            HttpRequest<?> request)
            throws InterruptedException {
        BackfillPlan.Wanted wanted = wanted(pipeline, from, to, force != null);
        Map<String, List<Cell>> calendar = new LinkedHashMap<>();
        for (BackfillPlan.Window window : plan.of(wanted)) {
            calendar.computeIfAbsent(window.endpoint(), _ -> new ArrayList<>())
                    .add(new Cell(
                            window.day().toString(),
                            window.loadedBy() == null ? WindowState.WAITING : WindowState.SKIPPED,
                            window.loadedBy()));
        }
        return templates.page(
                "backfill",
                new BackfillPage(
                        Frame.of("Backfill of " + pipeline, Frame.Section.BACKFILLS, request),
                        pipeline,
                        from,
                        to,
                        atOnce(parallelism),
                        force != null,
                        null,
                        calendar));
    }

    @Post
    @Needs(value = Role.OPERATOR, about = Needs.Subject.EVERYTHING)
    @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
    HttpResponse<?> begin(@Body Map<String, String> form, Authentication authentication) throws InterruptedException {
        String id = starter.begin(
                wanted(
                        form.getOrDefault("pipeline", ""),
                        form.getOrDefault("from", ""),
                        form.getOrDefault("to", ""),
                        form.containsKey("force")),
                atOnce(form.getOrDefault("parallelism", "1")),
                authentication.getName());
        return Templates.seeOther("/console/backfills/" + id);
    }

    @Get("/{id}")
    @Needs(value = Role.VIEWER, about = Needs.Subject.BACKFILL)
    HttpResponse<?> backfill(String id, HttpRequest<?> request) {
        Backfills.Entry entry = backfills.entry(id);
        BackfillRow row = entry.backfill();
        Map<String, List<Cell>> calendar = new LinkedHashMap<>();
        for (Backfills.WindowEntry window : entry.windows()) {
            calendar.computeIfAbsent(window.endpoint(), _ -> new ArrayList<>())
                    .add(new Cell(
                            window.day().toString(),
                            window.state(),
                            window.loadedBy() != null || window.runs().isEmpty()
                                    ? window.loadedBy()
                                    : window.runs().getLast().id()));
        }
        return templates.page(
                "backfill",
                new BackfillPage(
                        Frame.of("Backfill of " + row.pipeline(), Frame.Section.BACKFILLS, request),
                        row.pipeline(),
                        row.firstDay(),
                        row.lastDay(),
                        row.parallelism(),
                        false,
                        row,
                        calendar));
    }

    @Post("/{id}/cancel")
    @Needs(value = Role.OPERATOR, about = Needs.Subject.BACKFILL)
    @Consumes(MediaType.ALL)
    HttpResponse<?> cancel(String id, Authentication authentication) {
        starter.cancel(id, authentication.getName());
        return Templates.seeOther("/console/backfills/" + id);
    }

    private static BackfillPlan.Wanted wanted(String pipeline, String from, String to, boolean force) {
        return new BackfillPlan.Wanted(pipeline, List.of(), day("from", from), day("to", to), force);
    }

    private static RunWindow day(String field, String text) {
        return RequestValues.day(field, text.strip());
    }

    private static int atOnce(String text) {
        Integer number;
        try {
            number = Integer.valueOf(text.strip());
        } catch (NumberFormatException e) {
            number = null;
        }
        return RequestValues.parallelism(number, "'" + text + "'");
    }
}
