package dev.millrace.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;

/** What pages show by themselves, on an installation that is new, and is killed. */
class LiveTest {
    private static final int TABS = 20;

    private static final Installation FRESH = Fresh.started();

    @Test
    void aFreshHomeHasPagesThatSayThatThereIsNothingYet() {
        try (Visitor visitor = Visitor.as(FRESH, "api-token")) {
            Page page = visitor.open("/console");
            for (String path : page.locator("nav a").all().stream()
                    .map(link -> link.getAttribute("href"))
                    .toList()) {
                Visitor.show(page, path);
                Assertions.assertThat(page.locator("h1").count()).as(path).isEqualTo(1);
            }
            Assertions.assertThat(visitor.trouble()).isEmpty();
        }
    }

    @Test
    void twentyTabsShareOneStreamAndAllShowARunThatIsStarted() {
        try (Visitor visitor = Visitor.as(FRESH, "api-token")) {
            AtomicInteger streams = new AtomicInteger();
            visitor.context().onRequest(request -> {
                if (request.url().endsWith("/console/events")) {
                    streams.incrementAndGet();
                }
            });
            List<Page> tabs = new ArrayList<>();
            for (int tab = 0; tab < TABS; tab++) {
                tabs.add(visitor.open("/console/runs"));
            }
            int before = tabs.getFirst().locator("tbody tr").count();
            FRESH.run("words");

            tabs.forEach(tab -> assertThat(tab.locator("tbody tr")).hasCount(before + 1));
            tabs.forEach(tab -> assertThat(tab.locator("tbody tr").first()).containsText("succeeded"));
            Assertions.assertThat(streams).hasValue(1);
            Page first = tabs.getFirst();
            first.close();
            FRESH.run("words");
            assertThat(tabs.getLast().locator("tbody tr")).hasCount(before + 2);
            Assertions.assertThat(visitor.trouble()).isEmpty();
        }
    }

    @Test
    void aGatewayThatIsKilledIsNoticedAndWhenItIsBackThePagesGoOn() throws InterruptedException {
        LocatorAssertions.HasTextOptions patient = new LocatorAssertions.HasTextOptions().setTimeout(60_000);
        try (Visitor visitor = Visitor.as(FRESH, "api-token", new Browser.NewContextOptions())) {
            Page page = visitor.open("/console/runs");
            Page other = visitor.open("/console");
            int before = page.locator("tbody tr").count();
            FRESH.run("words");
            assertThat(page.locator("tbody tr")).hasCount(before + 1);

            FRESH.kill();
            assertThat(page.locator("#connection"))
                    .hasText("The gateway doesn’t answer. What is shown may be old; it is tried again.", patient);
            assertThat(other.locator("#connection")).containsText("doesn’t answer");
            FRESH.startAgain();
            FRESH.run("words"); // most likely before the stream is back

            assertThat(page.locator("#connection"))
                    .hasText("The gateway was started anew, or another one answers.", patient);
            assertThat(page.locator("tbody tr")).hasCount(before + 2);
            FRESH.run("words");
            assertThat(page.locator("tbody tr")).hasCount(before + 3);
        }
    }
}
