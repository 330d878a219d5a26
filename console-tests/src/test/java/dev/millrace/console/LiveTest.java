package dev.millrace.console;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What pages show by themselves, on an installation that is new, and is killed. */
class LiveTest {
    private static final int TABS = 20;

    private static Installation fresh;

    @BeforeAll
    static void start() throws IOException {
        Path folder = Installation.folder("fresh");
        Path pipelines = Files.createDirectories(folder.resolve("pipelines"));
        Files.writeString(pipelines.resolve("words.csv"), "word\none\ntwo\n");
        Files.writeString(pipelines.resolve("words.yaml"), """
                version: 1
                name: words
                source: {type: files, folder: .}
                endpoints:
                  words:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: words.words, write: replace}
                    schema: [{name: word, type: STRING}]
                """);
        fresh = new Installation(folder, "home");
    }

    @AfterAll
    static void stop() {
        fresh.close();
    }

    @Test
    void aFreshHomeHasPagesThatSayThatThereIsNothingYet() {
        try (Visitor visitor = Visitor.as(fresh, "api-token")) {
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
        try (Visitor visitor = Visitor.as(fresh, "api-token")) {
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
            fresh.run("words");

            tabs.forEach(tab -> assertThat(tab.locator("tbody tr")).hasCount(before + 1));
            tabs.forEach(tab -> assertThat(tab.locator("tbody tr").first()).containsText("succeeded"));
            Assertions.assertThat(streams).hasValue(1);
            Page first = tabs.getFirst();
            first.close();
            fresh.run("words");
            assertThat(tabs.getLast().locator("tbody tr")).hasCount(before + 2);
            Assertions.assertThat(visitor.trouble()).isEmpty();
        }
    }

    @Test
    void aGatewayThatIsKilledIsNoticedAndWhenItIsBackThePagesGoOn() throws InterruptedException {
        LocatorAssertions.HasTextOptions patient = new LocatorAssertions.HasTextOptions().setTimeout(60_000);
        try (Visitor visitor = Visitor.as(fresh, "api-token", new Browser.NewContextOptions())) {
            Page page = visitor.open("/console/runs");
            Page other = visitor.open("/console");
            int before = page.locator("tbody tr").count();
            fresh.run("words");
            assertThat(page.locator("tbody tr")).hasCount(before + 1);

            fresh.kill();
            assertThat(page.locator("#connection"))
                    .hasText("The gateway doesn’t answer. What is shown may be old; it is tried again.", patient);
            assertThat(other.locator("#connection")).containsText("doesn’t answer");
            fresh.startAgain();

            assertThat(page.locator("#connection"))
                    .hasText("The gateway was started anew, or another one answers.", patient);
            fresh.run("words");
            assertThat(page.locator("tbody tr")).hasCount(before + 2);
        }
    }
}
