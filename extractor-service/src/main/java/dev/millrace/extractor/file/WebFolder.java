package dev.millrace.extractor.file;

import dev.millrace.extractor.check.Network;
import dev.millrace.extractor.check.Steps;
import dev.millrace.extractor.network.SourceAddresses;
import dev.millrace.extractor.rest.WebCalls;
import dev.millrace.pipeline.file.Glob;
import dev.millrace.pipeline.file.WebFiles;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.select.Selector;

/**
 * Files that pages link to, and files at addresses. Their names are their whole addresses. Pages are read as they are sent: links that
 * a script makes aren't there.
 */
final class WebFolder implements SourceFolder {
    private static final int MOST_OF_PAGE = 4 * 1024 * 1024;
    private static final int MOST_PAGES = 1_000;
    private static final int MOST_SHOWN = 10;
    private static final Pattern CHARSET = Pattern.compile("(?i)charset\\s*=\\s*[\"']?([^\\s;\"']+)");

    private final WebFiles web;
    private final WebServers servers;
    private final SourceAddresses addresses;
    private final TaskContext context;
    private final Path scratch;
    private final List<String> inVain = new ArrayList<>();

    /** @param scratch folder for files while they are read */
    WebFolder(WebFiles web, WebCalls calls, SourceAddresses addresses, TaskContext context, Path scratch) {
        this.web = web;
        this.servers = new WebServers(web, calls);
        this.addresses = addresses;
        this.context = context;
        this.scratch = scratch;
    }

    @Override
    public List<SourceFile> find(Glob pattern) throws InterruptedException {
        inVain.clear();
        Map<String, URI> found = new TreeMap<>();
        for (WebCalls.Address file : servers.calls().urls()) {
            if (pattern.matches(file.url().toString())) {
                found.put(file.shown(), file.url());
            }
        }
        Set<String> seen = new HashSet<>();
        for (WebCalls.Address page : servers.calls().pages()) {
            Search search = new Search(pattern, found, seen);
            search.from(page.url());
            if (search.matches == 0) {
                inVain.add("none of the links of " + page.shown() + (search.pages > 1 ? " and its pages" : "")
                        + " matches '" + pattern + "'; " + search.others());
            }
        }
        return found.entrySet().stream()
                .<SourceFile>map(file -> new WebFile(servers, file.getValue(), file.getKey(), scratch))
                .toList();
    }

    @Override
    public @Nullable String foundNothingIn() {
        return inVain.isEmpty() ? null : String.join("; ", inVain);
    }

    /** The way to each server of the file; those that links lead to are found on the way. */
    @Override
    public void check(Steps steps) {
        Set<String> tried = new HashSet<>();
        Stream.concat(servers.calls().pages().stream(), servers.calls().urls().stream())
                .map(WebCalls.Address::url)
                .filter(url -> tried.add(WebCalls.origin(url)))
                .forEach(url -> Network.reach(steps, addresses, url, null));
    }

    @Override
    public void close() throws InterruptedException {
        servers.calls().end();
    }

    /** A page, and how many links lead to it. */
    private record Step(URI page, int depth) {}

    /** The way through the pages that one leads to, each of which is read once, however they lead to each other. */
    private final class Search {
        private final Glob pattern;
        private final @Nullable Glob follow = web.followGlob();
        private final Map<String, URI> found;
        private final Set<String> seen;
        private final Deque<Step> next = new ArrayDeque<>();
        private final Set<String> others = new HashSet<>();
        private final List<String> shown = new ArrayList<>();
        private final Set<String> tooDeep = new LinkedHashSet<>();
        private int matches;
        private int pages;

        Search(Glob pattern, Map<String, URI> found, Set<String> seen) {
            this.pattern = pattern;
            this.found = found;
            this.seen = seen;
        }

        void from(URI start) throws InterruptedException {
            if (seen.add(start.toString())) {
                next.add(new Step(start, 0));
            } else {
                matches++; // another page has led to it, and what is there counts
            }
            while (!next.isEmpty()) {
                context.checkStopped();
                read(next.remove());
            }
            tooDeep.removeAll(seen); // a shorter way has led there
            if (!tooDeep.isEmpty()) {
                context.info(start + ": depth " + web.depth() + " leaves out " + tooDeep.size()
                        + (tooDeep.size() == 1 ? " page" : " pages") + " that follow matches: "
                        + some(tooDeep.stream().limit(MOST_SHOWN).toList(), tooDeep.size()));
            }
        }

        private void read(Step step) throws InterruptedException {
            if (seen.size() > MOST_PAGES) {
                throw new MillraceException(
                        ErrorCode.SOURCE_REFUSED,
                        "more than " + MOST_PAGES + " pages are to be followed, the last ones to " + step.page()
                                + " (expected: a narrower glob in follow, or less depth)");
            }
            pages++;
            List<URI> links = servers.get(
                    step.page(),
                    Map.of(),
                    status -> status == 200,
                    (url, _, headers, body) -> links(
                            url,
                            headers.firstValue("Content-Type").orElse(""),
                            servers.calls().decoded(url, headers, body)));
            int files = 0;
            int further = 0;
            for (URI link : links) {
                String address = link.toString();
                if (pattern.matches(address)) {
                    allow(step.page(), link);
                    found.put(address, link);
                    files++;
                } else if (follow != null && follow.matches(address)) {
                    further++;
                    if (step.depth() < web.depth() && !seen.contains(address)) {
                        allow(step.page(), link);
                        seen.add(address);
                        next.add(new Step(link, step.depth() + 1));
                    } else {
                        tooDeep.add(address);
                    }
                } else if (others.add(address) && shown.size() < MOST_SHOWN) {
                    shown.add(address);
                }
            }
            matches += files;
            context.info(step.page() + ": " + files + " of " + links.size() + " links lead to files"
                    + (further == 0 ? "" : ", " + further + " to pages"));
            if (step.depth() > 0 && files == 0 && further == 0) {
                context.warn(step.page() + ", which is followed, leads to no file that matches '" + pattern
                        + "', and to no further page");
            }
        }

        String others() {
            return others.isEmpty()
                    ? "there are none that '" + web.links() + "' finds; what a script makes of a page isn't seen"
                    : "they lead to " + some(shown, others.size());
        }

        private static String some(List<String> shown, int all) {
            return "'" + String.join("', '", shown) + "'"
                    + (all > shown.size() ? " and " + (all - shown.size()) + " more" : "");
        }
    }

    private void allow(URI page, URI link) {
        if (!WebCalls.follows(page, link)) {
            throw new MillraceException(
                    ErrorCode.SOURCE_REFUSED,
                    page + " links to " + link + " (expected: an http or https address without a user; from https only"
                            + " https is followed)");
        }
    }

    /** The addresses of a page's links, each once, in their order. */
    private List<URI> links(URI url, String type, InputStream body) throws IOException {
        String kind = type.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
        if (!kind.isEmpty() && !kind.equals("text/html") && !kind.equals("application/xhtml+xml")) {
            throw new MillraceException(
                    ErrorCode.SOURCE_MALFORMED, url + ": is '" + kind + "' (expected: a page of HTML with links)");
        }
        byte[] bytes = body.readNBytes(MOST_OF_PAGE + 1);
        if (bytes.length > MOST_OF_PAGE) {
            throw new MillraceException(
                    ErrorCode.SOURCE_UNREADABLE,
                    url + ": the page has more than " + MOST_OF_PAGE / 1024 / 1024
                            + " MiB (expected: a page with links)");
        }
        Document page = Jsoup.parse(new ByteArrayInputStream(bytes), charset(type), url.toString());
        return selected(page)
                .flatMap(link -> leadsTo(url, link).stream())
                .distinct()
                .toList();
    }

    private Stream<Element> selected(Document page) {
        try {
            return page.select(web.links()).stream()
                    .flatMap(found -> found.hasAttr("href") ? Stream.of(found) : found.select("[href]").stream());
        } catch (Selector.SelectorParseException e) {
            throw new MillraceException(
                    ErrorCode.PIPELINE_INVALID,
                    "source.web.links '" + web.links() + "': " + e.getMessage() + " (expected: a CSS selector, such as"
                            + " a[href$=.xlsx])",
                    e);
        }
    }

    /** @return nothing where it leads to no page or file, such as to an address of mail */
    private List<URI> leadsTo(URI url, Element link) {
        String reference = link.attr("href").strip();
        try {
            URI base = WebCalls.resolved(url, link.baseUri());
            URI leads = WebCalls.resolved(base, reference);
            boolean web = "http".equalsIgnoreCase(leads.getScheme()) || "https".equalsIgnoreCase(leads.getScheme());
            return reference.isEmpty() || reference.startsWith("#") || !web ? List.of() : List.of(leads);
        } catch (IllegalArgumentException e) {
            context.warn(url + ": the link '" + reference + "' leads nowhere, and is left out");
            return List.of();
        }
    }

    /** Null: the page says it itself. */
    private static @Nullable String charset(String type) {
        Matcher named = CHARSET.matcher(type);
        try {
            return named.find() && Charset.isSupported(named.group(1)) ? named.group(1) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return Stream.concat(web.pages().stream(), web.urls().stream())
                .limit(MOST_SHOWN)
                .reduce((one, other) -> one + ", " + other)
                .orElse("");
    }
}
