package dev.millrace.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.Rule;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every page, light, dark, narrow and without script; pictures of them are left in {@code target/screenshots}. */
class PagesTest {
    private static final Installation DEMO = Demonstration.started();
    private static final Path PICTURES = Path.of("target", "screenshots");
    private static final int WIDE = 1_280;
    private static final int NARROW = 390;
    private static final int HIGH = 900;
    /** Of pages that have more to show than anybody wants to see in a picture. */
    private static final int HIGHEST = 1_400;

    private static final Visitor LIGHT =
            Visitor.as(DEMO, "api-token", new Browser.NewContextOptions().setViewportSize(WIDE, HIGH));
    private static final Visitor DARK = Visitor.as(
            DEMO,
            "api-token",
            new Browser.NewContextOptions().setViewportSize(WIDE, HIGH).setColorScheme(ColorScheme.DARK));
    private static final Visitor SMALL =
            Visitor.as(DEMO, "api-token", new Browser.NewContextOptions().setViewportSize(NARROW, HIGH));
    private static final Visitor NO_SCRIPT =
            Visitor.as(DEMO, "api-token", new Browser.NewContextOptions().setJavaScriptEnabled(false));

    /** Each theme has one tab, which goes from page to page. */
    private static Page light;

    private static Page dark;
    private static Page small;
    private static Page plain;

    @BeforeAll
    static void open() {
        light = LIGHT.open("/console");
        dark = DARK.open("/console");
        small = SMALL.open("/console");
        plain = NO_SCRIPT.open("/console");
    }

    @AfterAll
    static void close() {
        List.of(LIGHT, DARK, SMALL, NO_SCRIPT).forEach(Visitor::close);
    }

    /** @param sign a text that is on it when it is whole */
    record Shown(String name, String path, String sign) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Shown> pages() {
        String backfill = backfill();
        return List.of(
                new Shown("overview", "/console", "hiring.hired_employees"),
                new Shown("pipeline", "/console/pipelines/visits", "How many people came"),
                new Shown("file", "/console/pipelines/visits/file", "in force"),
                new Shown("runs", "/console/runs", "Older"),
                new Shown("run", "/console/runs/" + hires(), "extracted"),
                new Shown("run-failed", "/console/runs/" + run("endpoint=visits&state=FAILED"), "Retry"),
                new Shown(
                        "run-long-log",
                        "/console/runs/" + run("endpoint=students&state=SUCCEEDED"),
                        "line 1 of a long log"),
                new Shown("rejects", "/console/runs/" + hires() + "/rejects", "Correct and replay"),
                new Shown("tables", "/console/tables", "hiring.jobs"),
                new Shown("table", "/console/tables/hiring.hired_employees?sort=id", "Zuta"),
                new Shown("insights", "/console/insights", "Hires by department and job"),
                new Shown("insight", "/console/insights/HIRES_DEPARTMENT_JOB", "q4"),
                new Shown("insight-line", "/console/insights/TEMPERATURES", "12.5"),
                new Shown("insight-pie", "/console/insights/SHARES", "%"),
                new Shown("backfills", "/console/backfills", "2026-03-31"),
                new Shown(
                        "backfill-plan",
                        "/console/backfills/plan?pipeline=visits&from=2026-05-01&to=2026-05-31",
                        "Start"),
                new Shown("backfill", "/console/backfills/" + backfill, "failed"),
                new Shown("upload", "/console/upload", "CSV file"),
                new Shown("schedules", "/console/schedules", "Asia/Singapore"),
                new Shown("system", "/console/system", "extractor"),
                new Shown("users", "/console/users", "operator"),
                new Shown("tokens", "/console/tokens", "Make a token"),
                new Shown("audit", "/console/audit", "POST /api/v1/users"));
    }

    private static String run(String query) {
        return first(DEMO.get("/api/v1/runs?limit=1&" + query), "\"id\":\"([^\"]+)\"");
    }

    /** The run of the demonstration; there may be replays and restores after it. */
    private static String hires() {
        return first(
                DEMO.get("/api/v1/runs?limit=100&endpoint=hired_employees"),
                "\"id\":\"([^\"]+)\"[^{}]*\"rowsExtracted\":1999");
    }

    /** Waits until it has ended, which takes the gateway a few seconds. */
    private static String backfill() {
        if (!DEMO.get("/api/v1/backfills").contains("2026-03-31")) {
            DEMO.post(
                    "/api/v1/pipelines/visits/backfills",
                    "{\"from\": \"2026-03-01\", \"to\": \"2026-03-31\", \"parallelism\": 8}");
        }
        String ended = Awaitility.await()
                .atMost(Duration.ofMinutes(1))
                .until(() -> DEMO.get("/api/v1/backfills"), text -> !text.contains("\"RUNNING\""));
        return first(ended, "\"id\":\"([^\"]+)\"[^{}]*\"2026-03-31\"");
    }

    private static String first(String json, String pattern) {
        Matcher found = Pattern.compile(pattern).matcher(json);
        assertThat(found.find()).as(json).isTrue();
        return found.group(1);
    }

    @ParameterizedTest
    @MethodSource("pages")
    void aPageIsAccessibleAndWholeInEveryThemeAndReadableWithoutScript(Shown shown) {
        visit(light, shown, "light");
        Object paint = light.evaluate("() => new Promise(done => new PerformanceObserver(list => "
                + "done(Math.round(list.getEntries()[0].startTime))).observe({type: 'paint', buffered: true}))");
        System.out.println("first paint of " + shown + ": " + paint + " ms");
        visit(dark, shown, "dark");
        visit(small, shown, "narrow");

        assertThat(violations(light, List.of())).isEmpty();
        assertThat(violations(dark, List.of("color-contrast"))).isEmpty();
        assertThat((Boolean) small.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                .as("a narrow page isn't wider than the window")
                .isTrue();
        Visitor.show(plain, shown.path());
        assertThat(plain.content()).contains(shown.sign());
        assertThat(LIGHT.trouble()).isEmpty();
        assertThat(DARK.trouble()).isEmpty();
        assertThat(SMALL.trouble()).isEmpty();
    }

    private static void visit(Page page, Shown shown, String theme) {
        Visitor.show(page, shown.path());
        assertThat(page.content()).contains(shown.sign());
        int height = Math.min(HIGHEST, ((Number) page.evaluate("document.documentElement.scrollHeight")).intValue());
        page.screenshot(new Page.ScreenshotOptions()
                .setFullPage(true)
                .setClip(0, 0, page.viewportSize().width, height)
                .setPath(PICTURES.resolve(shown.name() + "-" + theme + ".png")));
    }

    /** @param rules empty: all of WCAG 2.2 AA, and what is good practice */
    static List<String> violations(Page page, List<String> rules) {
        AxeBuilder axe = new AxeBuilder(page);
        return (rules.isEmpty() ? axe : axe.withRules(rules))
                .analyze().getViolations().stream().map(PagesTest::text).toList();
    }

    private static String text(Rule rule) {
        return rule.getId() + ": "
                + rule.getNodes().stream().map(node -> node.getHtml()).limit(3).toList();
    }

    /** Those of the documents are copies of these. */
    @Test
    void picturesOfTheDocumentsAreMade() {
        try (Visitor visitor =
                Visitor.as(DEMO, "api-token", new Browser.NewContextOptions().setViewportSize(WIDE, 720))) {
            Page page = visitor.open("/console");
            pages().forEach(shown -> {
                if (List.of("overview", "run", "insight").contains(shown.name())) {
                    Visitor.show(page, shown.path());
                    page.screenshot(new Page.ScreenshotOptions()
                            .setPath(PICTURES.resolve("documents").resolve(shown.name() + ".png")));
                }
            });
            assertThat(visitor.trouble()).isEmpty();
        }
    }

    @Test
    void aFormAsksForWhatThePipelineOrTheInsightDeclares() {
        Page page = LIGHT.open("/console/insights/TEMPERATURES?since=2026-03-02");

        assertThat(kinds(page, ".filter"))
                .containsExactly(
                        "since date", "until datetime-local", "least number", "stations number", "all select-one");
        assertThat(page.getByLabel("since").inputValue()).isEqualTo("2026-03-02");
        assertThat(page.locator("tbody tr").count()).isEqualTo(3);
        page.getByLabel("since").fill("2026-03-10");
        page.getByRole(AriaRole.BUTTON, Visitor.named("Ask")).click();
        PlaywrightAssertions.assertThat(page.locator("tbody tr")).hasCount(1);
        Visitor.show(page, "/console/pipelines/visits");
        assertThat(kinds(page, ".stack")).contains("day date");
        Visitor.show(page, "/console/backfills");
        assertThat(kinds(page, ".stack")).contains("from date", "to date");
        page.close();
    }

    /** Names and types of a form's fields. */
    private static List<String> kinds(Page page, String form) {
        return page.locator("form" + form + " :is(input, select)").all().stream()
                .map(field -> field.evaluate("e => e.name + ' ' + e.type").toString())
                .toList();
    }

    @Test
    void theLoginAndErrorsArePagesLikeAllOthers() {
        try (Visitor nobody = new Visitor(DEMO, new Browser.NewContextOptions())) {
            Page login = nobody.open("/console/login");
            login.screenshot(new Page.ScreenshotOptions().setPath(PICTURES.resolve("login-light.png")));

            assertThat(violations(login, List.of())).isEmpty();
            login.navigate("/console/runs");
            assertThat(login.url()).contains("/console/login?to=");
            assertThat(nobody.trouble()).isEmpty();
        }
        try (Visitor viewer = Visitor.as(DEMO, "viewer")) {
            Page refused = viewer.open("/console");
            refused.navigate("/console/runs/none");

            assertThat(refused.content()).contains("RUN_UNKNOWN");
            assertThat(violations(refused, List.of())).isEmpty();
        }
    }
}
