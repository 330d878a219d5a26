package dev.millrace.pipeline.file;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.HttpUrl;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.pipeline.Limits;
import dev.millrace.pipeline.Ordered;
import dev.millrace.pipeline.References;
import dev.millrace.pipeline.SecretReference;
import dev.millrace.pipeline.rest.Headers;
import dev.millrace.pipeline.rest.Retry;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Files on the web: those that pages link to, and those that are at addresses that are known. Which of them an endpoint reads, its
 * pattern says, which is compared with whole addresses.
 *
 * @param pages addresses of pages in whose links files are looked for; may hold secret references
 * @param urls addresses of files; may hold secret references
 * @param links selector of CSS that finds the links of a page; of an element that is none, those within it
 * @param follow glob of the links that lead to further pages; null: none does
 * @param depth how many such links one after the other are followed
 * @param headers of requests to the origins of {@code pages} and {@code urls}, and to no other; may hold secret references
 * @param limits of all runs together
 * @param timeout for an answer to begin, and for each pause within it
 */
@Serdeable
@Doc("Files on the web: those that pages link to, or at addresses.")
public record WebFiles(
        @References(References.Allowed.SECRETS) @Default("[]") @Doc("Addresses of pages that link to the files.")
        List<String> pages,

        @References(References.Allowed.SECRETS) @Default("[]") @Doc("Addresses of files.")
        List<String> urls,

        @Default("\"a[href]\"") @Doc("CSS selector of the links on a page, or of what they are in.")
        String links,

        @Doc("Glob of the links that lead to further pages, for example https://data.example.com/years/*.") @Nullable
        String follow,

        @Default("1") @Doc("How many such links one after the other are followed, 1 to 10.")
        int depth,

        @Default("millrace") @Doc("Who asks, as servers and their robots.txt are told.")
        String userAgent,

        @Default("obey") @Doc("Whether robots.txt counts, which says what programs are not to read.")
        Robots robots,

        @References(References.Allowed.SECRETS)
        @Default("{}")
        @Doc("Headers sent with requests to the hosts of pages and urls.")
        Map<String, String> headers,

        @Default("{}") @Doc("Which failures are tried again.")
        Retry retry,

        @Default("{requestsPerSecond: 1}") @Doc("What the server bears, of all runs of the pipeline together.")
        Limits limits,

        @Default("60s") @Doc("How long to wait for an answer, or for its next bytes.")
        Duration timeout)
        implements FileRules {
    private static final int DEEPEST = 10;

    /** What robots.txt means. */
    public enum Robots {
        /** What it forbids isn't asked for. */
        OBEY,
        /** It isn't asked for. */
        IGNORE
    }

    public WebFiles {
        pages = List.copyOf(pages);
        urls = List.copyOf(urls);
        headers = Ordered.copy(headers);
        Checks checks = new Checks();
        pages.forEach(url -> checkUrl(checks, "pages", url));
        urls.forEach(url -> checkUrl(checks, "urls", url));
        checks.that(!links.isBlank(), "links", links, "a CSS selector, such as a[href]");
        checks.that(depth >= 1 && depth <= DEEPEST, "depth", depth, "1 to " + DEEPEST);
        checks.that(
                userAgent.matches("[A-Za-z_-]+[ -~]*"),
                "userAgent",
                userAgent,
                "a name of letters, - and _, which robots.txt knows it by, and after it whatever is to be said in ASCII");
        Headers.check(checks, "headers", headers);
        checks.that(timeout.isPositive(), "timeout", timeout, "more than zero");
        if (follow != null) {
            try {
                Glob _ = Glob.of(follow);
            } catch (InvalidValue e) {
                e.violations().forEach(wrong -> checks.that(false, "follow", wrong.found(), wrong.expected()));
            }
        }
        checks.done();
    }

    private static void checkUrl(Checks checks, String key, String url) {
        checks.that(
                SecretReference.isIn(url) || HttpUrl.is(url),
                key,
                url,
                "an http or https address without a user and a fragment");
    }

    @Override
    public void check(Checks checks) {
        checks.that(!pages.isEmpty() || !urls.isEmpty(), "", "neither pages nor urls", "at least one of them");
        checks.that(follow == null || !pages.isEmpty(), "follow", follow, "nothing without pages");
        checks.that(
                depth == 1 || follow != null, "depth", depth, "nothing without follow, which says what is followed");
    }

    /** Of further pages; null: there are none. */
    public @Nullable Glob followGlob() {
        return follow == null ? null : Glob.of(follow);
    }
}
