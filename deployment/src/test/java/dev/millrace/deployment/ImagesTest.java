package dev.millrace.deployment;

import static java.util.function.UnaryOperator.identity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.millrace.service.Resources;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the images that the poms describe, and the chart that runs them, to each other. */
class ImagesTest {
    private static final String POM = Rendered.read(Rendered.ROOT.resolve("pom.xml"));

    static Stream<Rendered> installations() {
        return Stream.of(
                Rendered.onGoogleCloud(identity()),
                Rendered.locally(command -> command.setFile("pipelines.isams", Rendered.ISAMS)));
    }

    @ParameterizedTest
    @MethodSource("installations")
    void theChartRunsImagesThatAreBuiltAndNoOthers(Rendered chart) {
        List<String> built = new ArrayList<>();
        for (String module : modulesWithImages()) {
            String pom = Rendered.read(Rendered.ROOT.resolve(module).resolve("pom.xml"));
            built.add("millrace-" + property(pom, "image.name") + ":" + property(POM, "image.tag"));
        }

        assertThat(pods(chart).map(pod -> container(pod).getImage()))
                .isNotEmpty()
                .allSatisfy(image -> assertThat(built).contains(image));
        assertThat(built)
                .containsExactlyInAnyOrder(
                        "millrace-api-gateway:0.1.0",
                        "millrace-extractor-service:0.1.0",
                        "millrace-transformer-service:0.1.0",
                        "millrace-loader-service:0.1.0",
                        "millrace-cli:0.1.0");
    }

    @Test
    void eachImageStartsAClassOfItsModule() {
        for (String module : modulesWithImages()) {
            Path folder = Rendered.ROOT.resolve(module);
            String main = property(Rendered.read(folder.resolve("pom.xml")), "image.main");

            assertThat(folder.resolve("src/main/java/" + main.replace('.', '/') + ".java"))
                    .content()
                    .contains("public static void main(String[] args)");
        }
    }

    @ParameterizedTest
    @MethodSource("installations")
    void podsRunAsTheImagesUserByTheImagesEntryPoint(Rendered chart) {
        long user = Long.parseLong(property(POM, "image.user"));
        assertThat(user).isPositive();

        assertThat(pods(chart)).allSatisfy(pod -> {
            PodSecurityContext context = pod.getSecurityContext();
            assertThat(List.of(context.getRunAsUser(), context.getRunAsGroup(), context.getFsGroup()))
                    .containsOnly(user);
            assertThat(container(pod).getCommand()).isEmpty();
        });
    }

    @Test
    void theBaseIsPinnedByItsDigest() {
        assertThat(property(POM, "image.base")).matches("[a-z0-9./-]+:[a-z0-9.-]+@sha256:[0-9a-f]{64}");
    }

    /** What the services find out when they start: see {@link Resources}. */
    @ParameterizedTest
    @MethodSource("installations")
    void memoryLimitsLeaveTheEnginesEnough(Rendered chart) {
        assertThat(chart.all(Deployment.class)).hasSize(4).allSatisfy(deployment -> {
            Container container = container(deployment.getSpec().getTemplate().getSpec());
            Resources resources = resources(deployment.getSpec().getTemplate().getMetadata(), container);
            switch (container.getName()) {
                case "transformer-service" -> {
                    int capacity = Integer.parseInt(variable(container, "MILLRACE_WORKER_CAPACITY", "4"));
                    assertThatCode(() -> resources.share(capacity)).doesNotThrowAnyException();
                }
                case "loader-service" -> {
                    if (variable(container, "MILLRACE_WAREHOUSE_TYPE", "").equals("duckdb")) {
                        assertThatCode(() -> resources.share(1)).doesNotThrowAnyException();
                    }
                }
                case "api-gateway", "extractor-service" ->
                    assertThat(resources.memory() - resources.heap()).isGreaterThanOrEqualTo(256L << 20);
                default -> throw new AssertionError(container.getName());
            }
        });
    }

    private static Resources resources(ObjectMeta pod, Container container) {
        Matcher percentage =
                Pattern.compile("-XX:MaxRAMPercentage=([0-9]+)").matcher(String.valueOf(pod.getAnnotations()));
        assertThat(percentage.find()).isTrue();
        long memory = Quantity.getAmountInBytes(
                        container.getResources().getLimits().get("memory"))
                .longValueExact();
        return new Resources(2, memory, memory * Integer.parseInt(percentage.group(1)) / 100);
    }

    private static String variable(Container container, String name, String otherwise) {
        return container.getEnv().stream()
                .filter(variable -> variable.getName().equals(name))
                .map(EnvVar::getValue)
                .findFirst()
                .orElse(otherwise);
    }

    private static Stream<PodSpec> pods(Rendered chart) {
        return Stream.concat(
                chart.all(Deployment.class).stream()
                        .map(deployment -> deployment.getSpec().getTemplate().getSpec()),
                chart.all(CronJob.class).stream()
                        .map(job -> job.getSpec()
                                .getJobTemplate()
                                .getSpec()
                                .getTemplate()
                                .getSpec()));
    }

    private static Container container(PodSpec pod) {
        return pod.getContainers().getFirst();
    }

    /** Of the root pom's modules, those that don't leave {@code jib.skip} as it is. */
    private static List<String> modulesWithImages() {
        return Pattern.compile("<module>([^<]+)</module>")
                .matcher(POM)
                .results()
                .map(module -> module.group(1))
                .filter(module -> {
                    Path pom = Rendered.ROOT.resolve(module).resolve("pom.xml");
                    return Files.exists(pom) && Rendered.read(pom).contains("<jib.skip>false</jib.skip>");
                })
                .toList();
    }

    private static String property(String pom, String name) {
        Matcher property =
                Pattern.compile("<" + Pattern.quote(name) + ">([^<]*)</").matcher(pom);
        assertThat(property.find()).as("the property " + name).isTrue();
        return property.group(1);
    }
}
