package dev.millrace.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static dev.millrace.console.Visitor.named;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.AriaRole;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** What somebody can do who has run {@code demo}, in the browser alone. */
class NewcomerTest {
    @Test
    void aNewcomerFindsWhyHiresWereRejectedCorrectsOneAndReplaysItSeesTheChartBacksTheTableUpAndRestoresIt() {
        Installation demo = Demonstration.started();
        try (Visitor visitor = new Visitor(demo, new Browser.NewContextOptions())) {
            Page page = visitor.logIn("api-token", demo.token());

            Locator hires = page.getByRole(AriaRole.ROW)
                    .filter(new Locator.FilterOptions().setHasText("hiring.hired_employees"));
            hires.getByRole(
                            AriaRole.LINK,
                            new Locator.GetByRoleOptions().setName("succeeded").setExact(true))
                    .click();
            assertThat(page.locator(".equation")).hasText("1,999 extracted = 1,929 loaded + 70 rejected + 0 filtered");
            page.getByRole(AriaRole.LINK, named("70 rejects")).click();
            assertThat(page.getByRole(AriaRole.ROW).nth(1)).containsText("datetime is REQUIRED, and null");

            Locator records = page.getByLabel("Records");
            String first = records.inputValue().lines().findFirst().orElseThrow();
            records.fill(first.replace("\"datetime\":null", "\"datetime\":\"2021-05-04T08:00:00Z\"")
                    .replace("\"datetime\":\"\"", "\"datetime\":\"2021-05-04T08:00:00Z\""));
            Assertions.assertThat(records.inputValue()).as(first).isNotEqualTo(first);
            page.getByRole(AriaRole.BUTTON, named("Replay")).click();
            assertThat(page.locator(".equation")).hasText("1 extracted = 1 loaded + 0 rejected + 0 filtered");
            assertThat(page.locator(".state").first()).hasText("succeeded");

            page.getByRole(AriaRole.LINK, named("Insights")).click();
            page.getByRole(AriaRole.LINK, named("Hires by department and job")).click();
            assertThat(page.locator("figure.chart .key")).hasText(new String[] {"q1", "q2", "q3", "q4"});
            Assertions.assertThat(page.locator("figure.chart rect").count()).isGreaterThan(20);

            page.getByRole(AriaRole.LINK, named("Tables")).click();
            page.getByRole(AriaRole.LINK, named("hiring.hired_employees")).click();
            page.getByRole(AriaRole.BUTTON, named("Back up 1,930 rows")).click();
            assertThat(page.locator(".state").first()).hasText("succeeded");

            page.getByRole(AriaRole.LINK, named("hiring.hired_employees"))
                    .first()
                    .click();
            page.locator("summary", new Page.LocatorOptions().setHasText("Restore"))
                    .first()
                    .click();
            page.getByRole(AriaRole.BUTTON, named("Restore")).click();
            assertThat(page.locator(".state").first()).hasText("succeeded");
            Assertions.assertThat(visitor.trouble()).isEmpty();
        }
    }
}
