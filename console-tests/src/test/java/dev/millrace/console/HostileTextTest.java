package dev.millrace.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.FilePayload;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Texts that others have written, wherever they are shown. */
class HostileTextTest {
    private static final Installation FRESH = Fresh.started();
    private static final String ENCODED =
            URLEncoder.encode(Fresh.HOSTILE, StandardCharsets.UTF_8).replace("+", "%20");

    private static final Pattern ENDED = Pattern.compile("succeeded|failed");

    private static List<String> runs() {
        return Pattern.compile("\"id\":\"([^\"]+)\"")
                .matcher(FRESH.get("/api/v1/runs?pipeline=hostile"))
                .results()
                .map(found -> found.group(1))
                .toList();
    }

    @Test
    void nothingThatIsShownIsExecutedOrBreaksThePage() {
        FRESH.run("hostile");
        List<String> paths = new ArrayList<>(List.of(
                "/console",
                "/console/pipelines/hostile",
                "/console/pipelines/hostile/file",
                "/console/pipelines/broken/file",
                "/console/runs?pipeline=" + ENCODED,
                "/console/runs?endpoint=" + ENCODED,
                "/console/tables/hostile.texts",
                "/console/tables/hostile.texts?filter=" + ENCODED,
                "/console/insights",
                "/console/insights/HOSTILE",
                "/console/insights/HOSTILE?text=" + ENCODED,
                "/console/audit?caller=" + ENCODED));
        for (String run : runs()) {
            paths.add("/console/runs/" + run + "?level=DEBUG");
            paths.add("/console/runs/" + run + "/rejects");
        }
        try (Visitor admin = Visitor.as(FRESH, "api-token")) {
            Page page = admin.open("/console");
            int seen = 0;
            for (String path : paths) {
                Visitor.show(page, path);
                seen += shown(page, path);
            }
            for (String path : List.of("/console", "/console/pipelines/broken/file", "/console/insights/HOSTILE")) {
                Visitor.show(page, path);
                assertThat(PagesTest.violations(page, List.of())).as(path).isEmpty();
            }
            assertThat(seen).as("pages that show such a text").isGreaterThan(8);
            assertThat(admin.trouble()).as("the policy had to forbid nothing").isEmpty();
        }
    }

    @Test
    void theNameOfAnUploadedFileAndWhatIsWrongWithItsRowsAreTextsToo() {
        try (Visitor operator = Visitor.as(FRESH, "api-token")) {
            Page page = operator.open("/console/upload");
            String name = "texts" + Fresh.HOSTILE.replace("/", "").replace("\"", "") + ".csv";
            page.locator("input[type=file]")
                    .setInputFiles(new FilePayload(
                            name, "text/csv", ("id,text\n" + Fresh.HOSTILE + ",x\n").getBytes(StandardCharsets.UTF_8)));
            page.locator("form.stack button").click();
            page.waitForURL(url -> url.contains("/console/runs/"));
            PlaywrightAssertions.assertThat(page.locator(".state").first()).hasText(ENDED);
            Visitor.show(page, page.url() + "/rejects");

            assertThat(shown(page, "upload")).isPositive();
            assertThat(operator.trouble()).isEmpty();
        }
    }

    /** Whether the text is there, as a text. */
    private static int shown(Page page, String path) {
        assertThat(page.evaluate("window.hit")).as(path).isNull();
        assertThat(page.locator("img, body script, iframe, [onerror]").count())
                .as(path)
                .isZero();
        assertThat((Boolean) page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
                .as("%s isn't wider than the window", path)
                .isTrue();
        return page.content().contains("&lt;img src=x") ? 1 : 0;
    }
}
