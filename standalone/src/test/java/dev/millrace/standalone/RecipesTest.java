package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.client.Answers;
import dev.millrace.standalone.client.Run;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The recipes of {@code docs/recipes.md}, as they stand there: the pipeline, its files or an API's answers, a query, and
 * what {@code ./millrace query} prints.
 */
@Timeout(60)
class RecipesTest {
    private static final Pattern SECTION = Pattern.compile("(?m)^## (.+)$");
    private static final Pattern BLOCK = Pattern.compile("(?m)^```(\\w+) ?(.*)\n((?s:.*?))^```$");
    private static final Pattern BASE_URL = Pattern.compile("https://[a-z]+\\.example\\.com");

    @TempDir
    private static Path folder;

    private static MillraceUnderTest millrace;
    private static ScriptedApi api;

    @BeforeAll
    static void start() throws IOException {
        api = new ScriptedApi();
        millrace = new MillraceUnderTest(folder);
    }

    @AfterAll
    static void stop() {
        millrace.close();
        api.close();
    }

    /**
     * A part of a recipe in a fence.
     *
     * @param name of a file, perhaps in an archive, or path and query of a request
     */
    record Block(String language, String name, String text) {
        boolean isAnswer() {
            return name.startsWith("/");
        }

        String contentType() {
            return language.equals("json") ? "application/json" : "text/" + language;
        }
    }

    record Recipe(String title, List<Block> blocks) {
        Block only(String language) {
            List<Block> all = all(language);
            assertThat(all).as(language).hasSize(1);
            return all.getFirst();
        }

        List<Block> all(String language) {
            return blocks.stream()
                    .filter(block -> block.language().equals(language))
                    .toList();
        }

        @Override
        public String toString() {
            return title;
        }
    }

    static Stream<Recipe> recipes() throws IOException {
        String page = Files.readString(Terminal.ROOT.resolve("docs/recipes.md"));
        List<Recipe> recipes = new ArrayList<>();
        Matcher section = SECTION.matcher(page);
        while (section.find()) {
            int end = page.indexOf("\n## ", section.end());
            List<Block> blocks = BLOCK.matcher(page.substring(section.end(), end < 0 ? page.length() : end))
                    .results()
                    .map(found -> new Block(found.group(1), found.group(2), found.group(3)))
                    .toList();
            recipes.add(new Recipe(section.group(1), blocks));
        }
        return recipes.stream();
    }

    @ParameterizedTest
    @MethodSource("recipes")
    void doesWhatItSays(Recipe recipe) throws Exception {
        String yaml = recipe.only("yaml").text();
        String name = yaml.replaceAll("(?s).*\nname: (\\w+)\n.*", "$1");
        Path home = Files.createDirectories(folder.resolve("pipelines").resolve(name));
        for (String language : List.of("csv", "tsv", "xml")) {
            for (Block file : recipe.all(language).stream()
                    .filter(block -> !block.isAnswer())
                    .toList()) {
                Charset encoding = yaml.contains("ISO-8859-1") ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8;
                write(home, file.name(), file.text().getBytes(encoding));
            }
        }
        for (Block secret : recipe.all("secret")) {
            millrace.secret(secret.name(), secret.text());
        }
        answer(recipe.blocks().stream().filter(Block::isAnswer).toList());
        Files.writeString(home.resolve("pipeline.yaml"), BASE_URL.matcher(yaml).replaceAll(api.url()));

        Map<String, Answers.Preview> previews = Looking.previews(millrace, name);
        for (Run run : millrace.runs(name)) {
            assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);
            assertThat(run.rowsRejected()).isZero();
            Looking.checkLoaded(millrace, run, previews.get(run.endpoint()));
        }
        MillraceUnderTest.Called query =
                millrace.call("query", recipe.only("sql").text().strip());
        assertThat(query.out().lines().map(String::stripTrailing))
                .as(query.err())
                .containsExactlyElementsOf(recipe.only("text").text().lines().toList());
        Looking.checkProposals(millrace, name);
    }

    /** @param name of a file, or of a zip archive and a file in it, with an exclamation mark between them */
    private static void write(Path home, String name, byte[] bytes) throws IOException {
        String[] names = name.split("!", 2);
        Path path = home.resolve(names[0]);
        Files.createDirectories(path.getParent());
        if (names.length == 1) {
            Files.write(path, bytes);
            return;
        }
        try (FileSystem zip = FileSystems.newFileSystem(path, Map.of("create", "true"))) {
            Path inside = zip.getPath(names[1]);
            if (inside.getParent() != null) {
                Files.createDirectories(inside.getParent());
            }
            Files.write(inside, bytes);
        }
    }

    /** The answer whose parameters a request has; of several the one with the most. */
    private static void answer(List<Block> answers) {
        for (Block first : answers) {
            String path = URI.create(first.name()).getPath();
            List<Block> ofPath = answers.stream()
                    .filter(one -> URI.create(one.name()).getPath().equals(path))
                    .sorted(Comparator.comparingInt(
                                    (Block one) -> parameters(one).size())
                            .reversed())
                    .toList();
            api.on(path, exchange -> {
                Map<String, String> asked = ScriptedApi.query(exchange);
                Block answer = ofPath.stream()
                        .filter(one ->
                                asked.entrySet().containsAll(parameters(one).entrySet()))
                        .findFirst()
                        .orElseThrow();
                ScriptedApi.send(
                        exchange,
                        200,
                        answer.contentType(),
                        BASE_URL.matcher(answer.text()).replaceAll(api.url()));
            });
        }
    }

    private static Map<String, String> parameters(Block answer) {
        return ScriptedApi.query(URI.create(answer.name()));
    }
}
