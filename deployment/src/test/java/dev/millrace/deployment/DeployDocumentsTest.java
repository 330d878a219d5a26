package dev.millrace.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.bertramlabs.plugins.hcl4j.HCLParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the documents on deploying name exists, and what they calculate is calculated from what the chart installs. */
class DeployDocumentsTest {
    private static final Path DEPLOY = Rendered.ROOT.resolve("docs/deploy.md");
    private static final Path LOCAL_CLUSTER = Rendered.ROOT.resolve("docs/local-cluster.md");
    private static final Path OUTPUTS = Rendered.ROOT.resolve("terraform/outputs.tf");
    private static final Pattern FOREIGN = Pattern.compile(
            "(?m)^\\s*(gcloud|kubectl|helm|kind|k3d|minikube|bq|scripts/(tools|deploy|smoke|images .*--registry|terraform-plan|terraform-apply|cluster-access|database-password)) ");

    static Stream<Path> documents() {
        return Stream.of(DEPLOY, LOCAL_CLUSTER);
    }

    @ParameterizedTest
    @MethodSource("documents")
    void whatNeedsACloudOrAClusterIsMarkedAsNotRun(Path document) {
        assertThat(blocks(document, ""))
                .filteredOn(block -> FOREIGN.matcher(block).find())
                .isNotEmpty()
                .allSatisfy(block -> assertThat(block.strip()).startsWith("# not run"));
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyScriptAndEachOfItsOptionsExists(Path document) {
        for (MatchResult call : matches(
                "scripts/([a-z-]+)((?: [^\n`|&)]*)?)", Rendered.read(document).replace("\\\n", " "))) {
            Path script = Rendered.ROOT.resolve("scripts").resolve(call.group(1));
            assertThat(script).isExecutable();
            for (MatchResult option : matches("(?<= )--[a-z-]+", call.group(2))) {
                assertThat(Rendered.read(script)).as(call.group()).contains(option.group());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyCommandOfMillraceAndEachOfItsOptionsExists(Path document) {
        String commands = Rendered.read(Rendered.ROOT.resolve("docs/cli.md"));

        for (MatchResult call : matches(
                "\\./millrace ([a-z-]+)([^\n`]*)", Rendered.read(document).replace("\\\n", " "))) {
            assertThat(commands).containsPattern("(?m)^### .*`" + call.group(1) + "`"); // some share a heading
            for (MatchResult option : matches("(?<= )--[a-z-]+", call.group(2))) {
                assertThat(commands).as(call.group()).contains(option.group());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyValueOfTheChartExists(Path document) throws Exception {
        JsonNode values = yaml(Rendered.read(Rendered.CHART.resolve("values.yaml")));
        String text = Rendered.read(document);

        for (String pattern : List.of(
                "--set ([A-Za-z0-9.-]+)=",
                "`((?:services|database|warehouse|staging|auth|cronJobs|networkPolicy|secrets)\\.[A-Za-z.-]+)`")) {
            for (MatchResult key : matches(pattern, text)) {
                if (!key.group(1).matches("(database|cluster)\\.(deletion_protection|availability)")) {
                    assertThat(value(values, key.group(1)).isMissingNode())
                            .as(key.group(1))
                            .isFalse();
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("documents")
    void everyPropertyAndEveryCodeIsOneOfMillraces(Path document) {
        String configuration = Rendered.read(Rendered.ROOT.resolve("docs/configuration.md"));
        String errors = Rendered.read(Rendered.ROOT.resolve("docs/errors.md"));

        for (MatchResult property : matches("`(millrace\\.[a-z.-]+-[a-z.-]+)`", Rendered.read(document))) {
            assertThat(configuration).contains("`" + property.group(1) + "`");
        }
        for (MatchResult code : matches("`((?:SOURCE|STAGING|SECRET|WAREHOUSE)_[A-Z_]+)`", Rendered.read(document))) {
            assertThat(errors).contains("`" + code.group(1) + "`");
        }
    }

    @Test
    void variablesOfTheExampleAreTerraforms() throws Exception {
        String variables = Rendered.read(Rendered.ROOT.resolve("terraform/variables.tf"));
        List<String> examples = blocks(DEPLOY, "hcl");

        assertThat(examples).hasSize(1);
        for (Object name : new HCLParser().parse(examples.getFirst()).keySet()) {
            assertThat(variables).contains("variable \"" + name + "\"");
        }
        for (MatchResult inner : matches("([a-z_]+) +=", examples.getFirst())) {
            if (!Set.of("school", "smoke").contains(inner.group(1))) {
                assertThat(variables).containsPattern("(variable \"| )" + inner.group(1) + "(\"| +=)");
            }
        }
    }

    @Test
    void thePipelineOfTheDocumentIsScheduledUnderTheNameThatItSays(@TempDir Path folder) throws Exception {
        Matcher pipeline = Pattern.compile("smoke\\.yaml <<'END'\n(.*?)END\n", Pattern.DOTALL)
                .matcher(Rendered.read(DEPLOY));
        assertThat(pipeline.find()).isTrue();
        Path file = Files.writeString(folder.resolve("smoke.yaml"), pipeline.group(1));

        Rendered chart = Rendered.render(
                "millrace", command -> command.withValuesFile(Rendered.LOCAL).setFile("pipelines.smoke", file));

        assertThat(chart.one(CronJob.class, "millrace-smoke-smoke").getSpec().getSchedule())
                .isEqualTo("*/30 * * * *");
    }

    @Test
    void theCostIsThatOfWhatTheChartRequests() {
        String text = Rendered.read(DEPLOY);
        Rendered chart = Rendered.onGoogleCloud(UnaryOperator.identity());

        assertThat(text)
                .contains("| GKE Autopilot: processors that pods request | " + requested(chart, "cpu", BigDecimal.ONE)
                        + " vCPU |")
                .contains("| GKE Autopilot: memory that they request | " + requested(chart, "memory", gibibyte())
                        + " GiB |");
        int database = 0;
        int sum = 0;
        for (MatchResult row : matches("(?m)^\\| ([^|*]+) \\| [^|]+ \\| [^|]+ \\| ([0-9]+) \\|", text)) {
            sum += Integer.parseInt(row.group(2));
            database += row.group(1).startsWith("Cloud SQL") ? Integer.parseInt(row.group(2)) : 0;
        }
        assertThat(text).contains("**" + sum + " with Cloud SQL, " + (sum - database) + " without**");
        assertThat(3.25 * 0.0445 * 730).isCloseTo(106, within(0.5));
        assertThat(7.75 * 0.0049225 * 730).isCloseTo(28, within(0.5));
        assertThat((0.0413 + 3.75 * 0.007) * 730).isCloseTo(49, within(0.5));
    }

    @Test
    void theLocalClusterNeedsWhatTheChartRequests() {
        Rendered chart = Rendered.locally(UnaryOperator.identity());

        assertThat(Rendered.read(LOCAL_CLUSTER).replace('\n', ' '))
                .contains("about " + requested(chart, "cpu", BigDecimal.ONE) + " processors and "
                        + requested(chart, "memory", gibibyte()) + " GiB of memory");
    }

    @Test
    void whatTerraformTellsTheChartAreValuesOfIt() throws Exception {
        String outputs = Rendered.read(OUTPUTS);
        String helmValues = outputs.substring(
                outputs.indexOf("output \"helm_values\""), outputs.indexOf("output \"backup_bucket\""));
        JsonNode values = yaml(Rendered.read(Rendered.CHART.resolve("values.yaml")));
        Set<String> paths = new TreeSet<>();
        String group = "";
        for (String line : helmValues.lines().toList()) {
            Matcher key = Pattern.compile("^( {4,6})([A-Za-z]+) += (.*)$").matcher(line);
            if (key.matches()) {
                group = key.group(1).length() == 4 ? key.group(2) : group;
                paths.add(key.group(1).length() == 4 ? key.group(2) : group + "." + key.group(2));
            }
        }

        assertThat(paths).contains("gcp.stagingBucket", "image.registry", "database.host", "services");
        assertThat(paths)
                .allSatisfy(path ->
                        assertThat(value(values, path).isMissingNode()).as(path).isFalse());
    }

    @Test
    void whatScriptsAndCiReadOfAnEnvironmentIsWhatTerraformSays() throws Exception {
        String outputs = Rendered.read(OUTPUTS);
        String told = outputs.substring(outputs.indexOf("output \"environment\""));
        Set<String> read = new TreeSet<>();
        for (String folder : List.of("scripts", ".github/workflows", "cloudbuild")) {
            try (Stream<Path> files = Files.list(Rendered.ROOT.resolve(folder))) {
                for (Path file : files.toList()) {
                    for (String pattern : List.of(
                            "setting \"\\$[a-z1]+\" ([a-z_]+)",
                            "steps\\.google\\.outputs\\.([a-z_]+)",
                            "scripts/environment [^ ]+ ([a-z_]+)\\)")) {
                        matches(pattern, Rendered.read(file)).forEach(match -> read.add(match.group(1)));
                    }
                }
            }
        }

        assertThat(read).contains("project", "registry", "deployer", "state_bucket");
        assertThat(read).allSatisfy(key -> assertThat(told).containsPattern("(?m)^    " + key + " +="));
    }

    private static String requested(Rendered chart, String resource, BigDecimal unit) {
        BigDecimal sum = BigDecimal.ZERO;
        for (Deployment deployment : chart.all(Deployment.class)) {
            for (Container container :
                    deployment.getSpec().getTemplate().getSpec().getContainers()) {
                BigDecimal one = Quantity.getAmountInBytes(
                        container.getResources().getRequests().get(resource));
                sum = sum.add(
                        one.multiply(BigDecimal.valueOf(deployment.getSpec().getReplicas())));
            }
        }
        return sum.divide(unit).stripTrailingZeros().toPlainString();
    }

    private static BigDecimal gibibyte() {
        return BigDecimal.valueOf(1L << 30);
    }

    private static JsonNode value(JsonNode values, String path) {
        JsonNode node = values;
        for (String key : path.split("\\.", -1)) {
            // what a service doesn't say itself it takes from the defaults
            node = node.has(key)
                    ? node.get(key)
                    : path.startsWith("services.") ? values.path("defaults").path(key) : node.path(key);
        }
        return node;
    }

    /** Fenced blocks of a language; none for commands. */
    private static List<String> blocks(Path document, String language) {
        List<String> blocks = new ArrayList<>();
        for (MatchResult block : matches("(?ms)^ *```([a-z]*)\n(.*?)^ *```$", Rendered.read(document))) {
            if (block.group(1).equals(language)) {
                blocks.add(block.group(2));
            }
        }
        return blocks;
    }

    private static List<MatchResult> matches(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results().toList();
    }

    private static JsonNode yaml(String text) throws Exception {
        return new ObjectMapper(new YAMLFactory()).readTree(text);
    }
}
