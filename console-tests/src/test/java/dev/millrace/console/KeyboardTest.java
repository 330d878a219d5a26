package dev.millrace.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Page;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** What is done with the keyboard alone. */
class KeyboardTest {
    private static final int MOST_STOPS = 200;

    /** Goes on with the tabulator key until an element of this kind with this text or value has the focus, and shows it. */
    private static void walkTo(Page page, String kind, String text) {
        for (int stop = 0; stop < MOST_STOPS; stop++) {
            page.keyboard().press("Tab");
            Object focused = page.evaluate("() => { const e = document.activeElement;"
                    + " return e.localName + ' ' + (e.value || e.textContent.trim() || e.name) }");
            if (focused.equals(kind + " " + text)) {
                Assertions.assertThat(page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
                        .as("the focus of '%s' is seen", text)
                        .isEqualTo("solid");
                return;
            }
        }
        throw new AssertionError(kind + " '" + text + "' isn't reached with the tabulator key");
    }

    @Test
    void aPipelineIsFoundStartedAndWatchedByTheKeyboardAlone() {
        try (Visitor operator = Visitor.as(Demonstration.started(), "operator")) {
            Page page = operator.open("/console");
            page.keyboard().press("Tab");
            page.keyboard().press("Enter");
            assertThat(page).hasURL(java.util.regex.Pattern.compile("#content$"));
            walkTo(page, "a", "hiring");
            page.keyboard().press("Enter");
            page.waitForURL(url -> url.contains("/console/pipelines/hiring"));
            walkTo(page, "input", "jobs");
            page.keyboard().press("Space");
            walkTo(page, "button", "Start");
            page.keyboard().press("Enter");
            page.waitForURL(url -> url.contains("/console/runs/"));

            assertThat(page.locator(".state").first()).hasText("succeeded");
            assertThat(page.locator(".equation")).containsText("183 loaded");
            Assertions.assertThat(operator.trouble()).isEmpty();
        }
    }
}
