package dev.millrace.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.Cookie;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A browser of one person, which keeps what goes wrong in it: errors of scripts, and what the policy of the page forbids. */
final class Visitor implements AutoCloseable {
    static final String PASSWORD = "correct horse battery";

    private static final List<String> BROWSERS =
            List.of("/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser");
    /** Milliseconds, on a machine that has other things to do as well. */
    private static final int PATIENCE = 20_000;

    private static final Browser CHROMIUM = launch();
    /** Of whoever has logged in before, by installation and name: a login takes as long as a password's hash. */
    private static final Map<String, List<Cookie>> LOGINS = new HashMap<>();

    private final Installation installation;
    private final BrowserContext context;
    private final List<String> trouble = new ArrayList<>();

    private static Browser launch() {
        Path program = BROWSERS.stream()
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no browser (expected: one of " + BROWSERS + ")"));
        PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE);
        return Playwright.create(new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")))
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(program)
                        .setArgs(List.of(
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-quic",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync")));
    }

    /** Somebody who has not logged in. */
    Visitor(Installation installation, Browser.NewContextOptions options) {
        this.installation = installation;
        context = CHROMIUM.newContext(options.setBaseURL(installation.url().toString()));
        context.setDefaultTimeout(PATIENCE);
        context.addInitScript("addEventListener('securitypolicyviolation', e => console.error('forbidden: '"
                + " + e.violatedDirective + ' ' + e.blockedURI + ' ' + e.sample))");
        context.onConsoleMessage(message -> {
            if (message.type().equals("error")) {
                trouble.add(message.text());
            }
        });
        context.onWebError(error -> trouble.add(error.error()));
    }

    /** @param name of a user, or {@code api-token} */
    static Visitor as(Installation installation, String name, Browser.NewContextOptions options) {
        Visitor visitor = new Visitor(installation, options);
        List<Cookie> known = LOGINS.get(installation.url() + name);
        if (known == null) {
            try (Visitor somebody = new Visitor(installation, new Browser.NewContextOptions())) {
                somebody.logIn(name, name.equals("api-token") ? installation.token() : PASSWORD);
                known = somebody.context.cookies();
                LOGINS.put(installation.url() + name, known);
            }
        }
        visitor.context.addCookies(known);
        return visitor;
    }

    static Visitor as(Installation installation, String name) {
        return as(installation, name, new Browser.NewContextOptions());
    }

    Page logIn(String name, String password) {
        Page page = open("/console/login");
        page.getByLabel("User").fill(name);
        page.getByLabel("Password").fill(password);
        page.getByRole(AriaRole.BUTTON, named("Log in")).click();
        page.waitForURL(url -> !url.contains("/login"));
        return page;
    }

    static Page.GetByRoleOptions named(String name) {
        return new Page.GetByRoleOptions().setName(name).setExact(true);
    }

    /** A new tab with a page that is there. */
    Page open(String path) {
        Page page = context.newPage();
        show(page, path);
        return page;
    }

    static void show(Page page, String path) {
        Response answer = page.navigate(path);
        assertThat(answer.status()).as(path).isEqualTo(200);
    }

    BrowserContext context() {
        return context;
    }

    Installation installation() {
        return installation;
    }

    /** What went wrong until now. */
    List<String> trouble() {
        return List.copyOf(trouble);
    }

    @Override
    public void close() {
        context.close();
    }
}
