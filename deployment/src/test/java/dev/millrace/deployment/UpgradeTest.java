package dev.millrace.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.UpgradeCommand;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What becomes of data, keys and suspensions when an installation is changed, by Helm's own code on a {@link FakeCluster}.
 * The library has no rollback, of which what Helm documents is done here: the objects of the former revision are applied, and
 * those that only the present one has are deleted, unless a policy keeps them.
 */
class UpgradeTest {
    private static final Path EARLIER =
            Path.of("src/test/resources/charts/before-0.1.0").toAbsolutePath();
    private static final Path DEPLOY = Rendered.ROOT.resolve("docs/deploy.md");
    private static final String CLAIMS = "persistentvolumeclaims";
    private static final List<String> OURS = List.of("millrace-runs", "millrace-staging", "millrace-warehouse");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private final FakeCluster cluster = new FakeCluster();

    /**
     * A row of the table in the documents.
     *
     * @param after as the table says it
     * @param first the chart that is installed at first
     */
    record Change(String after, Path first, Consumer<UpgradeTest> steps) {
        @Override
        public String toString() {
            return after;
        }
    }

    static Stream<Change> changes() {
        UnaryOperator<UpgradeCommand> asBefore = UnaryOperator.identity();
        UnaryOperator<UpgradeCommand> elsewhere = command -> command.set("database.type", "postgresql")
                .set("database.host", "10.0.0.3")
                .set("database.existingSecret", "runs");
        Path now = Rendered.CHART;
        return Stream.of(
                new Change("an upgrade from the version before", EARLIER, helm -> helm.upgrade(asBefore)),
                new Change("an upgrade from the version before, and the rollback", EARLIER, helm -> {
                    helm.upgrade(asBefore);
                    helm.rollback(1);
                }),
                new Change(
                        "an upgrade that needs a volume no more (PostgreSQL after H2)",
                        now,
                        helm -> helm.upgrade(elsewhere)),
                new Change("such an upgrade, and the rollback", now, helm -> {
                    helm.upgrade(elsewhere);
                    helm.rollback(1);
                }),
                new Change("such an upgrade, and one with the values of before", now, helm -> {
                    helm.upgrade(elsewhere);
                    helm.upgrade(asBefore);
                }),
                new Change("a rollback to a revision before keys were changed by hand", now, helm -> {
                    helm.upgrade(asBefore);
                    helm.rollback(1);
                }),
                new Change("`helm uninstall`", now, UpgradeTest::uninstall),
                new Change("`helm uninstall` and `helm install` of the same name", now, helm -> {
                    helm.uninstall();
                    helm.install(now);
                }),
                new Change("an upgrade after the Secret was deleted", now, helm -> {
                    helm.cluster.delete("secrets", "millrace-keys");
                    helm.upgrade(asBefore);
                }));
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    @ParameterizedTest
    @MethodSource("changes")
    void theDocumentsSayWhatIsLeft(Change change) {
        assertThat(DEPLOY).content().contains(row(change));
    }

    @Test
    void theTableHasNoRowThatIsNotTried() {
        String text = Rendered.read(DEPLOY);
        String table = text.substring(text.indexOf("| after | claims"));
        table = table.substring(0, table.indexOf("\n\n"));

        assertThat(table.lines()
                        .skip(2)
                        .map(line -> line.split(" \\| ", 2)[0].substring(2))
                        .toList())
                .containsExactlyElementsOf(changes().map(Change::after).toList());
    }

    @Test
    void aChartThatKeptNothingWouldBeFound() {
        install(EARLIER);
        mark();

        new Helm(EARLIER)
                .upgrade()
                .withName("millrace")
                .withNamespace("data")
                .withKubeConfigContents(cluster.kubeConfig())
                .disableOpenApiValidation()
                .withValuesFile(Rendered.LOCAL)
                .set("database.type", "postgresql")
                .set("database.host", "10.0.0.3")
                .set("database.existingSecret", "runs")
                .call();

        assertThat(claims()).isEqualTo("deleted: `millrace-runs`");
    }

    @Test
    void noRevisionHoldsAKeyThatARollbackCouldBringBack() {
        install(Rendered.CHART);
        upgrade(UnaryOperator.identity());

        for (int revision : List.of(1, 2)) {
            assertThat(manifest(revision))
                    .extracting(document -> document.path("kind").asText())
                    .contains("Deployment")
                    .doesNotContain("Secret");
        }
    }

    @Test
    void theNotesSayWhatWasLeftAndHowToRemoveIt() {
        install(Rendered.CHART);
        assertThat(notes(1)).doesNotContain("isn't used by these values");

        upgrade(command -> command.set("database.type", "postgresql")
                .set("database.host", "10.0.0.3")
                .set("database.existingSecret", "runs"));

        assertThat(notes(2))
                .contains("The claim millrace-runs isn't used by these values")
                .contains("kubectl -n data delete persistentvolumeclaim millrace-runs")
                .doesNotContain("millrace-warehouse isn't used");
    }

    private String row(Change change) {
        install(change.first());
        mark();
        JsonNode keys = keys();
        change.steps().accept(this);
        JsonNode left = keys();
        return "| %s | %s | %s | %s |"
                .formatted(
                        change.after(),
                        claims(),
                        left.isMissingNode() ? "deleted" : left.equals(keys) ? "stay" : "new",
                        suspension());
    }

    private String claims() {
        List<String> lost = OURS.stream()
                .filter(name -> !Objects.requireNonNullElseGet(
                                cluster.object(CLAIMS, name), FakeCluster.JSON::createObjectNode)
                        .has("status"))
                .map(name -> "`" + name + "`")
                .toList();
        return lost.isEmpty() ? "stay" : "deleted: " + String.join(", ", lost);
    }

    private String suspension() {
        ObjectNode job = cluster.object("cronjobs", "millrace-trial-state");
        if (job == null) {
            return "deleted";
        }
        return job.at("/spec/suspend").asBoolean() ? "stay" : "are resumed";
    }

    private JsonNode keys() {
        ObjectNode secret = cluster.object("secrets", "millrace-keys");
        return secret == null ? FakeCluster.JSON.missingNode() : secret.path("data");
    }

    /** Data in each claim, keys of one's own and a suspended schedule. */
    private void mark() {
        assertThat(cluster.names(CLAIMS)).isEqualTo(OURS);
        OURS.forEach(name -> cluster.change(CLAIMS, name, "{\"status\": {\"phase\": \"Bound\"}}"));
        if (!manifest(1).stream()
                .map(document -> document.path("kind").asText())
                .toList()
                .contains("Secret")) { // what an earlier chart has in its first revision, its rollback brings back
            cluster.change("secrets", "millrace-keys", "{\"data\": {\"service-key\": \"bXkgb3du\"}}");
        }
        cluster.change("cronjobs", "millrace-trial-state", "{\"spec\": {\"suspend\": true}}");
    }

    private void install(Path chart) {
        new Helm(chart)
                .install()
                .withName("millrace")
                .withNamespace("data")
                .withKubeConfigContents(cluster.kubeConfig())
                .disableOpenApiValidation()
                .withValuesFile(Rendered.LOCAL)
                .call();
    }

    private void upgrade(UnaryOperator<UpgradeCommand> values) {
        values.apply(new Helm(Rendered.CHART)
                        .upgrade()
                        .withName("millrace")
                        .withNamespace("data")
                        .withKubeConfigContents(cluster.kubeConfig())
                        .disableOpenApiValidation()
                        .withValuesFile(Rendered.LOCAL))
                .call();
    }

    private void uninstall() {
        Helm.uninstall("millrace")
                .withNamespace("data")
                .withKubeConfigContents(cluster.kubeConfig())
                .call();
    }

    private void rollback(int revision) {
        int present = cluster.names("secrets").stream()
                .filter(name -> name.startsWith("sh.helm.release.v1.millrace.v"))
                .mapToInt(name -> Integer.parseInt(name.replaceAll(".*v", "")))
                .max()
                .orElseThrow();
        Set<String> wanted = new TreeSet<>();
        for (JsonNode document : manifest(revision)) {
            String resource = FakeCluster.resource(document);
            String name = document.at("/metadata/name").asText();
            wanted.add(resource + "/" + name);
            cluster.change(resource, name, document.toString());
        }
        for (JsonNode document : manifest(present)) {
            String resource = FakeCluster.resource(document);
            String name = document.at("/metadata/name").asText();
            ObjectNode live = cluster.object(resource, name);
            boolean kept = live != null
                    && live.at("/metadata/annotations")
                            .path("helm.sh/resource-policy")
                            .asText()
                            .equals("keep");
            if (!wanted.contains(resource + "/" + name) && !kept) {
                cluster.delete(resource, name);
            }
        }
    }

    private List<JsonNode> manifest(int revision) {
        List<JsonNode> documents = new ArrayList<>();
        try (MappingIterator<JsonNode> parsed = YAML.readerFor(JsonNode.class)
                .readValues(release(revision).path("manifest").asText())) {
            while (parsed.hasNextValue()) {
                JsonNode document = parsed.nextValue();
                if (document.isObject()) {
                    documents.add(document);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return documents;
    }

    private String notes(int revision) {
        return release(revision).at("/info/notes").asText();
    }

    /** As Helm keeps it: JSON, compressed, of which Base64 is the content of a Secret. */
    private JsonNode release(int revision) {
        ObjectNode secret =
                Objects.requireNonNull(cluster.object("secrets", "sh.helm.release.v1.millrace.v" + revision));
        byte[] encoded = Base64.getDecoder().decode(secret.at("/data/release").asText());
        try (GZIPInputStream json =
                new GZIPInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(encoded)))) {
            return FakeCluster.JSON.readTree(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
