package dev.millrace.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What somebody of each role is shown, and what is refused whatever is shown. */
class RolesInTheBrowserTest {
    private static final Installation DEMO = Demonstration.started();
    private static final Map<String, List<String>> SECTIONS = Map.of(
            "viewer",
            List.of("Overview", "Runs", "Tables", "Insights", "Backfills", "Schedules", "System"),
            "operator",
            List.of("Overview", "Runs", "Tables", "Insights", "Backfills", "Upload", "Schedules", "System"),
            "admin",
            List.of(
                    "Overview",
                    "Runs",
                    "Tables",
                    "Insights",
                    "Backfills",
                    "Upload",
                    "Schedules",
                    "System",
                    "Users",
                    "Tokens",
                    "Audit"));

    @Test
    void eachRoleSeesItsOwnSectionsAndFormsAndNoOthers() {
        SECTIONS.forEach((role, sections) -> {
            try (Visitor visitor = Visitor.as(DEMO, role)) {
                Page page = visitor.open("/console");
                boolean operates = !role.equals("viewer");

                assertThat(page.locator("nav a").allTextContents()).as(role).isEqualTo(sections);
                for (String path : page.locator("nav a").all().stream()
                        .map(link -> link.getAttribute("href"))
                        .toList()) {
                    Visitor.show(page, path);
                }
                for (String path :
                        List.of("/console/pipelines/hiring", "/console/tables/hiring.jobs", "/console/schedules")) {
                    Visitor.show(page, path);
                    assertThat(page.locator("main form[method=post]").count() > 0)
                            .as("%s may act at %s", role, path)
                            .isEqualTo(operates);
                }
                assertThat(visitor.trouble()).isEmpty();
            }
        });
    }

    @Test
    void whatAPageDoesNotOfferIsRefusedWhenItIsAskedForAnyway() {
        try (Visitor viewer = Visitor.as(DEMO, "viewer")) {
            Page page = viewer.open("/console");
            for (String path : List.of("/console/users", "/console/tokens", "/console/audit", "/console/upload")) {
                Response refused = page.navigate(path);
                assertThat(refused.status()).as(path).isEqualTo(403);
            }
            Visitor.show(page, "/console");
            String csrf = page.locator("form[action*=csrf]")
                    .first()
                    .getAttribute("action")
                    .replaceAll(".*csrf=", "");
            for (String path : List.of(
                    "/console/pipelines/hiring/runs",
                    "/console/tables/hiring.jobs/backup",
                    "/console/schedules/isams/students/suspend",
                    "/console/tokens",
                    "/console/users")) {
                assertThat(page.evaluate(
                                "path => fetch(path, {method: 'POST', body: new URLSearchParams({a: 'b'})})"
                                        + ".then(answer => answer.status)",
                                path + "?csrf=" + csrf))
                        .as(path)
                        .isEqualTo(403);
            }
        }
    }
}
