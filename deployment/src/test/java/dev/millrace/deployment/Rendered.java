package dev.millrace.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The chart, rendered by Helm's own code, as objects of Kubernetes that know no field but their own. */
final class Rendered {
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    static final Path CHART = ROOT.resolve("helm/millrace");
    static final Path LOCAL = CHART.resolve("values-local.yaml");
    static final Path ISAMS = ROOT.resolve("pipelines/isams/pipeline.yaml");

    /**
     * Helm's library leaves hooks out of what it renders, so they are ordinary objects here; and it looks for a cluster, which
     * {@code helm template} doesn't, so it is told that there is nothing in it.
     */
    private static final Path ALONE = alone();

    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .setAnnotationIntrospector(new JacksonAnnotationIntrospector() {
                // the model collects fields that it does not know; here they are mistakes
                @Override
                public Boolean hasAnySetter(Annotated method) {
                    return false;
                }
            });
    private static final KubernetesSerialization KINDS = new KubernetesSerialization();

    private final List<JsonNode> documents;
    private final List<HasMetadata> objects;

    private Rendered(List<JsonNode> documents, List<HasMetadata> objects) {
        this.documents = documents;
        this.objects = objects;
    }

    /** @param values on top of those that an installation on Google Cloud can't do without */
    static Rendered onGoogleCloud(UnaryOperator<TemplateCommand> values) {
        return render(
                "mill",
                command -> values.apply(command.set("gcp.project", "my-project")
                        .set("gcp.stagingBucket", "my-staging")
                        .set("database.host", "10.0.0.3")
                        .set("database.existingSecret", "runs")));
    }

    static Rendered locally(UnaryOperator<TemplateCommand> values) {
        return render("mill", command -> values.apply(command.withValuesFile(LOCAL)));
    }

    static Rendered render(String release, UnaryOperator<TemplateCommand> values) {
        String text = values.apply(new Helm(ALONE)
                        .template()
                        .withName(release)
                        .withNamespace("data")
                        .withKubeVersion("1.36.0"))
                .call();
        List<JsonNode> rendered = new ArrayList<>();
        List<HasMetadata> objects = new ArrayList<>();
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(text)) {
            while (documents.hasNextValue()) {
                JsonNode document = documents.nextValue();
                if (document.isObject()) {
                    rendered.add(document);
                    objects.add(strict(document));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(text, e);
        }
        assertThat(objects).extracting(Rendered::identity).doesNotHaveDuplicates();
        return new Rendered(rendered, objects);
    }

    private static Path alone() {
        Path copy = Path.of("target", "chart").toAbsolutePath();
        try (Stream<Path> files = Files.walk(CHART)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = copy.resolve(CHART.relativize(file).toString());
                Files.createDirectories(Objects.requireNonNull(target.getParent()));
                Files.writeString(
                        target,
                        Files.readString(file)
                                .replaceAll("(?m)^ +helm\\.sh/hook.*\n", "")
                                .replaceAll("lookup \"[^)}]*", "dict "));
            }
            assertThat(copy.resolve("templates/tests/run.yaml"))
                    .content()
                    .contains("kind: Pod")
                    .doesNotContain("helm.sh/hook");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return copy;
    }

    private static HasMetadata strict(JsonNode document) throws IOException {
        HasMetadata lenient = KINDS.unmarshal(document.toString());
        if (lenient instanceof GenericKubernetesResource) {
            return lenient; // of an operator's own kind, of whose fields nothing is known here
        }
        return YAML.treeToValue(document, lenient.getClass());
    }

    static String identity(HasMetadata object) {
        return object.getKind() + "/" + object.getMetadata().getName();
    }

    /** As they are rendered. */
    List<JsonNode> documents() {
        return documents;
    }

    List<HasMetadata> all() {
        return objects;
    }

    <T extends HasMetadata> List<T> all(Class<T> type) {
        return objects.stream().filter(type::isInstance).map(type::cast).toList();
    }

    <T extends HasMetadata> T one(Class<T> type, String name) {
        return all(type).stream()
                .filter(object -> object.getMetadata().getName().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + type.getSimpleName() + "/" + name + " among "
                        + objects.stream().map(Rendered::identity).toList()));
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
