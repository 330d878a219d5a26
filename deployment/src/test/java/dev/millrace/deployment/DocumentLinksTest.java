package dev.millrace.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Links between documents lead somewhere, also those into the middle of a page, and classes that they name exist. */
class DocumentLinksTest {
    /** What is made or fetched, and no part of the repository. */
    private static final Set<String> FOREIGN = Set.of(".git", ".millrace", ".tools", "target", "node_modules");

    private static final Pattern LINK = Pattern.compile("\\]\\((?![a-z]+:)([^)#\\s]*)(?:#([^)\\s]*))?\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ +(.+?) *$");

    /** Of two words at least: one alone may be anything. */
    private static final Pattern CLASS = Pattern.compile("`([A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+)`");

    private static final Pattern TYPE = Pattern.compile("\\b(?:class|record|interface|enum) ([A-Z]\\w*)");

    /** Of the JDK, of libraries, of protocols, and no class at all. */
    private static final Set<String> OF_OTHERS =
            Set.of("AccessSecretVersion", "BigDecimal", "NaN", "SecretManagerClient", "ServiceLoader");

    static Stream<Path> documents() throws IOException {
        return list(Rendered.ROOT, ".md").stream();
    }

    private static List<Path> list(Path folder, String ending) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> !FOREIGN.contains(entry.getFileName().toString()))
                    .sorted()
                    .flatMap(entry -> {
                        try {
                            return Files.isDirectory(entry) ? list(entry, ending).stream() : Stream.of(entry);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    })
                    .filter(file -> file.toString().endsWith(ending))
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyLinkWithinTheRepositoryLeadsSomewhere(Path document) {
        for (MatchResult link :
                LINK.matcher(withoutExamples(document)).results().toList()) {
            Path target = link.group(1).isEmpty() ? document : document.resolveSibling(link.group(1));
            assertThat(target).as(link.group()).exists();
            if (link.group(2) != null) {
                assertThat(anchors(target)).as(link.group()).contains(link.group(2));
            }
        }
    }

    @Test
    void everyPageIsReachedFromTheFirst() throws IOException {
        Set<Path> reached = new TreeSet<>();
        reach(Rendered.ROOT.resolve("README.md"), reached);

        assertThat(reached).containsAll(list(Rendered.ROOT.resolve("docs"), ".md"));
    }

    @Test
    void everyClassThatAPageOnTheCodeNamesExists() throws IOException {
        Set<String> classes = new TreeSet<>(OF_OTHERS);
        for (Path source : list(Rendered.ROOT, ".java")) {
            TYPE.matcher(Rendered.read(source)).results().forEach(type -> classes.add(type.group(1)));
        }
        List<Path> pages = documents()
                .filter(page -> page.endsWith("README.md")
                        || page.endsWith("CONTRIBUTING.md")
                        || page.endsWith("docs/architecture.md")
                        || page.endsWith("docs/glossary.md")
                        || Rendered.ROOT.relativize(page).startsWith("docs/decisions"))
                .toList();

        assertThat(pages).hasSizeGreaterThan(20);
        for (Path page : pages) {
            for (MatchResult name :
                    CLASS.matcher(withoutExamples(page)).results().toList()) {
                assertThat(classes).as("%s names %s", page, name.group()).contains(name.group(1));
            }
        }
    }

    private static void reach(Path document, Set<Path> reached) {
        if (!reached.add(document)) {
            return;
        }
        for (MatchResult link :
                LINK.matcher(withoutExamples(document)).results().toList()) {
            Path target = document.resolveSibling(link.group(1)).normalize();
            if (target.toString().endsWith(".md")) {
                reach(target, reached);
            }
        }
    }

    /** What GitHub makes of a page's headings. */
    private static Set<String> anchors(Path document) {
        Set<String> anchors = new TreeSet<>();
        Map<String, Integer> seen = new HashMap<>();
        for (MatchResult heading :
                HEADING.matcher(withoutExamples(document)).results().toList()) {
            String anchor = heading.group(1)
                    .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N} _-]", "")
                    .replace(' ', '-');
            int before = seen.merge(anchor, 1, Integer::sum) - 1;
            anchors.add(before == 0 ? anchor : anchor + "-" + before);
        }
        return anchors;
    }

    private static String withoutExamples(Path document) {
        return Rendered.read(document).replaceAll("(?ms)^ *```.*?^ *```$", "");
    }
}
