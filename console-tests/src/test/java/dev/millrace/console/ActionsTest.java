package dev.millrace.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.millrace.console.Visitor.named;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.FilePayload;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What people do by forms, as far as no other class tries it. */
class ActionsTest {
    private static final Installation DEMO = Demonstration.started();

    private Visitor admin;
    private Page page;

    @BeforeEach
    void open() {
        admin = Visitor.as(DEMO, "admin");
        page = admin.open("/console");
    }

    @AfterEach
    void close() {
        admin.close();
        Assertions.assertThat(admin.trouble()).isEmpty();
    }

    private void press(String button) {
        page.getByRole(AriaRole.BUTTON, named(button)).click();
    }

    private Locator state() {
        return page.locator("#live .state").first();
    }

    private void start(String day) {
        Visitor.show(page, "/console/pipelines/visits");
        page.getByLabel("visits", new Page.GetByLabelOptions().setExact(true)).check();
        page.locator("input[name=day]").fill(day);
        press("Start");
        page.getByRole(AriaRole.ROW)
                .filter(new Locator.FilterOptions().setHasText("visits/visits " + day))
                .getByRole(AriaRole.LINK)
                .first()
                .click();
        page.waitForURL(Pattern.compile(".*/console/runs/.+"));
    }

    @Test
    void aRunThatHangsIsCancelledAndOneThatFailsIsRetried() {
        start(Demonstration.HANGS);
        assertThat(state()).hasText("extracting");
        page.getByRole(AriaRole.LINK, named("Cancel")).click();
        press("Cancel the run");
        assertThat(state()).hasText("cancelled");

        start("2026-05-07");
        assertThat(state()).hasText("failed");
        assertThat(page.getByRole(AriaRole.ALERT)).containsText("403");
        page.getByRole(AriaRole.LINK, named("Retry")).click();
        press("Retry the run");
        assertThat(page.locator(".log")).containsText("RETRY by admin");
        assertThat(state()).hasText("failed");
    }

    @Test
    void aFileIsUploadedAndItsRunRolledBack() {
        Visitor.show(page, "/console/upload");
        page.locator("input[type=file]")
                .setInputFiles(new FilePayload(
                        "departments-more.csv",
                        "text/csv",
                        "90,Observatory\nninety-one,Orangery\n".getBytes(StandardCharsets.UTF_8)));
        page.locator("form.stack button").click();
        page.waitForURL(Pattern.compile(".*/console/runs/.+"));
        assertThat(state()).hasText("succeeded");
        assertThat(page.locator(".equation")).hasText("2 extracted = 1 loaded + 1 rejected + 0 filtered");

        page.getByRole(AriaRole.LINK, named("Roll back")).click();
        press("Roll back");
        assertThat(page.locator(".lead")).containsText("rolled back");
    }

    @Test
    void aRangeOfDaysIsPlannedLoadedAndShownAsACalendar() {
        Visitor.show(page, "/console/backfills");
        page.getByLabel("Pipeline").selectOption("visits");
        page.getByLabel("From").fill("2026-05-01");
        page.getByLabel("To", new Page.GetByLabelOptions().setExact(true)).fill("2026-05-03");
        press("Show the plan");
        assertThat(page.locator("main")).containsText("Starts 3 runs");
        press("Start");

        assertThat(page.locator(".figures")).containsText("3 succeeded");
        assertThat(page.locator(".week .day.good")).hasCount(3);
    }

    @Test
    void aScheduleIsSuspendedAndResumed() {
        Visitor.show(page, "/console/schedules");
        press("Suspend isams/year_groups");
        assertThat(page.locator("main")).containsText("suspended");
        press("Resume isams/year_groups");
        assertThat(page.getByRole(AriaRole.BUTTON, named("Suspend isams/year_groups")))
                .isVisible();
    }

    @Test
    void aUserIsAddedAndShutOutAndATokenMadeAndRevoked() {
        Visitor.show(page, "/console/users");
        page.getByLabel("Name").fill("anna");
        page.getByLabel("Password").fill(Visitor.PASSWORD);
        press("Add");
        press("Shut out anna");
        assertThat(page.getByRole(AriaRole.BUTTON, named("Let in anna"))).isVisible();

        Visitor.show(page, "/console/tokens");
        page.getByLabel("Name").fill("nightly");
        page.getByLabel("Tables, by spaces").fill("hiring.*");
        press("Make it");
        assertThat(page.locator("pre")).hasText(Pattern.compile("millrace_\\S{20,}"));
        page.getByLabel("Revoke nightly").click();
        page.locator("details[open] button").click();
        assertThat(page.locator("main")).containsText("There are none yet.");
    }
}
