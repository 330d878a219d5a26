package dev.millrace.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What CI does is what anybody can do: its files only call scripts and Maven, in the right order, with few rights. */
class CiTest {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Path WORKFLOWS = Rendered.ROOT.resolve(".github/workflows");
    private static final Path CLOUD_BUILD = Rendered.ROOT.resolve("cloudbuild");

    /** A script with its arguments, or Maven; its output may become that of a step of GitHub's. */
    private static final Pattern CALL = Pattern.compile(
            "(?<what>scripts/(?<script>[a-z-]+)|\\./mvnw)(?<arguments>( [^|&;<>`\n]*)?)( >> \"\\$GITHUB_OUTPUT\")?");

    static List<Path> workflows() {
        return files(WORKFLOWS);
    }

    static List<Path> builds() {
        return files(CLOUD_BUILD);
    }

    static List<Path> all() {
        return Stream.of(workflows(), builds()).flatMap(List::stream).toList();
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyCommandIsAScriptOrMavenAndEveryOptionIsTheScripts(Path file) {
        assertThat(commands(file)).isNotEmpty().allSatisfy(command -> {
            Matcher call = CALL.matcher(command);
            assertThat(call.matches()).as("'%s' is a script or Maven", command).isTrue();
            if (call.group("script") == null) {
                return;
            }
            Path script = Rendered.ROOT.resolve("scripts").resolve(call.group("script"));
            assertThat(script).isExecutable();
            for (String word : call.group("arguments").split("[ \"]+", -1)) {
                if (word.startsWith("--")) {
                    assertThat(Rendered.read(script))
                            .as("%s of %s", word, script)
                            .contains(word);
                } else if (call.group("script").equals("tools") && !word.isEmpty()) {
                    assertThat(Rendered.read(script))
                            .as("%s of scripts/tools", word)
                            .containsPattern("(?m)^" + word + " ");
                }
            }
        });
    }

    @Test
    void bothSystemsTakeTheSameSteps() {
        Set<String> workflows = steps(workflows());
        workflows.remove(
                "environment"); // by which GitHub learns as whom to sign in; triggers of Cloud Build run as somebody

        assertThat(steps(builds())).isEqualTo(workflows).contains("verify", "images", "deploy", "smoke");
    }

    /** Each part names its modules; whatever they are made of is tested by another one. */
    @Test
    void theTestsOfEveryModuleAreAPartOfOneJob() {
        List<String> tested = new ArrayList<>();
        for (String command : commands(WORKFLOWS.resolve("verify.yml"))) {
            Matcher modules =
                    Pattern.compile("\\./mvnw -B -ntp -pl ([a-z,-]+) .*verify").matcher(command);
            if (modules.matches()) {
                tested.addAll(List.of(modules.group(1).split(",", -1)));
            }
        }

        assertThat(tested)
                .containsExactlyInAnyOrderElementsOf(Pattern.compile("<module>([^<]+)</module>")
                        .matcher(Rendered.read(Rendered.ROOT.resolve("pom.xml")))
                        .results()
                        .map(module -> module.group(1))
                        .toList());
    }

    @Test
    void aJobSkipsNoTestsOfTheModulesThatItNames() {
        for (String command : commands(WORKFLOWS.resolve("verify.yml"))) {
            Matcher part = Pattern.compile(".* -pl ([a-z,-]+) -am -Dtests\\.of=(\\S+) .*")
                    .matcher(command);
            if (part.matches()) {
                for (String module : part.group(1).split(",", -1)) {
                    if (Files.exists(Rendered.ROOT.resolve(module).resolve("src/test"))) {
                        assertThat(Rendered.ROOT.resolve(module).resolve(part.group(2)))
                                .exists();
                    }
                }
            }
        }
    }

    @Test
    void everyScriptIsCalledButThoseForPeople() throws IOException {
        Set<String> called = new TreeSet<>();
        for (String step : steps(workflows())) {
            called.add(step.split(" ", 2)[0]);
        }
        called.remove("verify");
        called.add("train-images"); // a part of scripts/images
        called.add("schemas"); // after a version was raised
        called.add("database-password"); // changes a password: a person's decision

        assertThat(called).containsExactlyInAnyOrderElementsOf(ScriptsTest.scripts());
    }

    @ParameterizedTest
    @MethodSource("workflows")
    void jobsOfAWorkflowAreBoundedInTimeAndHaveTheRightsThatTheyName(Path file) {
        JsonNode workflow = read(file);

        assertThat(workflow.get("permissions").isEmpty())
                .as("no rights for all jobs")
                .isTrue();
        assertThat(workflow.path("concurrency").path("group").asText()).isNotEmpty();
        workflow.get("jobs").properties().forEach(job -> {
            assertThat(job.getValue().has("permissions")).as(job.getKey()).isTrue();
            job.getValue()
                    .get("permissions")
                    .properties()
                    .forEach(right -> assertThat(
                                    right.getKey() + ": " + right.getValue().asText())
                            .as(job.getKey())
                            .isIn(
                                    "contents: read",
                                    "id-token: write",
                                    "contents: write",
                                    "packages: write",
                                    "attestations: write"));
            if (job.getValue().has("uses")) {
                assertThat(Rendered.ROOT.resolve(job.getValue().get("uses").asText()))
                        .exists();
            } else {
                assertThat(job.getValue().path("timeout-minutes").asInt())
                        .as(job.getKey())
                        .isBetween(1, 60);
                assertThat(signsIn(job.getValue()))
                        .as("%s may ask for a token of GitHub's only where it signs in or signs", job.getKey())
                        .isEqualTo(job.getValue().get("permissions").has("id-token"));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("workflows")
    void aJobNeedsJobsThatAreThereAndReadsOutputsOfThoseOnly(Path file) {
        JsonNode jobs = read(file).get("jobs");

        jobs.properties().forEach(job -> {
            List<String> needs = texts(job.getValue().path("needs"));
            assertThat(needs)
                    .allSatisfy(
                            needed -> assertThat(jobs.has(needed)).as(needed).isTrue());
            Matcher read = Pattern.compile("needs\\.([a-z]+)\\.outputs\\.([a-z]+)")
                    .matcher(job.getValue().toString());
            while (read.find()) {
                assertThat(needs).contains(read.group(1));
                assertThat(jobs.get(read.group(1)).path("outputs").has(read.group(2)))
                        .as(read.group())
                        .isTrue();
            }
        });
    }

    @Test
    void aReleaseIsVerifiedApprovedAndSignedAsAWhole() {
        JsonNode release = read(WORKFLOWS.resolve("release.yml")).get("jobs").get("release");

        assertThat(texts(release.get("needs"))).containsExactly("verify", "arm64");
        assertThat(release.get("environment").asText()).isEqualTo("release");
        JsonNode last = release.get("steps").get(release.get("steps").size() - 1);
        assertThat(last.get("uses").asText()).startsWith("actions/attest-build-provenance@");
        assertThat(last.at("/with/subject-checksums").asText()).isEqualTo("target/ci/release/SUBJECTS");
        assertThat(release.get("permissions").has("attestations")).isTrue();
    }

    @Test
    void nothingReachesProductionUntriedOrUnapproved() {
        JsonNode jobs = read(WORKFLOWS.resolve("deploy.yml")).get("jobs");

        assertThat(texts(jobs.get("images").get("needs"))).contains("verify");
        assertThat(texts(jobs.get("staging").get("needs"))).contains("images");
        assertThat(texts(jobs.get("production").get("needs"))).contains("staging");
        assertThat(jobs.get("production").get("environment").asText()).isEqualTo("production");
        assertThat(read(WORKFLOWS.resolve("terraform.yml"))
                        .get("jobs")
                        .get("apply")
                        .get("environment")
                        .asText())
                .endsWith("-infrastructure");
    }

    @ParameterizedTest
    @MethodSource("workflows")
    void anActionIsPinnedToACommitAndLeavesNoToken(Path file) {
        Matcher uses = Pattern.compile("uses: (\\S+)( # v[0-9.]+)?").matcher(Rendered.read(file));
        while (uses.find()) {
            if (!uses.group(1).startsWith("./")) {
                assertThat(uses.group()).matches("uses: [a-z-]+/[a-z-]+@[0-9a-f]{40} # v[0-9]+\\.[0-9]+\\.[0-9]+");
            }
        }
        read(file)
                .get("jobs")
                .forEach(job -> job.path("steps").forEach(step -> {
                    if (step.path("uses").asText().startsWith("actions/checkout@")) {
                        assertThat(step.path("with").path("persist-credentials").asText())
                                .isEqualTo("false");
                    }
                }));
    }

    @ParameterizedTest
    @MethodSource("all")
    void noCommandIsMadeOfAnExpression(Path file) {
        // a value that is put into a command before the shell sees it can be a command of its own
        assertThat(commands(file)).noneMatch(command -> command.contains("${{"));
    }

    @ParameterizedTest
    @MethodSource("builds")
    void aBuildIsBoundedInTimeAndItsStepsWaitForStepsThatAreThere(Path file) {
        JsonNode build = read(file);

        assertThat(build.get("timeout").asText()).matches("[1-9][0-9]{2,3}s");
        assertThat(build.get("options").get("logging").asText()).isEqualTo("CLOUD_LOGGING_ONLY");
        List<String> before = new ArrayList<>(List.of("-"));
        build.get("steps").forEach(step -> {
            assertThat(before).containsAll(texts(step.path("waitFor")));
            before.add(step.get("id").asText());
            assertThat(step.get("name").asText())
                    .matches("\\S+@sha256:[0-9a-f]{64}|gcr\\.io/google\\.com/cloudsdktool/google-cloud-cli:stable");
        });
    }

    /** Scripts by their names, with what makes several steps of one, and verify for Maven. */
    private static Set<String> steps(List<Path> files) {
        Set<String> steps = new TreeSet<>();
        for (Path file : files) {
            for (String command : commands(file)) {
                Matcher call = CALL.matcher(command);
                assertThat(call.matches()).as(command).isTrue();
                String script = call.group("script");
                String arguments = call.group("arguments");
                steps.add(
                        script == null
                                ? arguments.substring(arguments.lastIndexOf(' ') + 1)
                                : script.equals("scan") ? script + arguments : script);
            }
        }
        return steps;
    }

    private static List<String> commands(Path file) {
        List<String> commands = new ArrayList<>();
        JsonNode content = read(file);
        content.path("jobs")
                .forEach(job -> job.path("steps").forEach(step -> {
                    if (step.has("run")) {
                        commands.addAll(step.get("run").asText().lines().toList());
                    }
                }));
        content.path("steps").forEach(step -> {
            List<String> arguments = texts(step.get("args"));
            assertThat(step.get("entrypoint").asText()).isEqualTo("bash");
            assertThat(arguments).hasSize(2).startsWith("-euc");
            commands.addAll(arguments.getLast().lines().toList());
        });
        return commands;
    }

    private static boolean signsIn(JsonNode job) {
        for (JsonNode step : job.get("steps")) {
            if (step.path("uses").asText().matches("(google-github-actions/auth|actions/attest-build-provenance)@.*")) {
                return true;
            }
        }
        return false;
    }

    private static List<String> texts(JsonNode node) {
        List<String> texts = new ArrayList<>();
        if (node.isTextual()) {
            texts.add(node.asText());
        }
        node.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    private static JsonNode read(Path file) {
        try {
            return YAML.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
