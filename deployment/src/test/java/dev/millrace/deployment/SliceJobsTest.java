package dev.millrace.deployment;

import static java.util.function.UnaryOperator.identity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The Jobs that the gateway starts, as far as the chart says what is in them. */
class SliceJobsTest {
    private static final Map<String, String> SERVICES =
            Map.of("extract", "extractor-service", "transform", "transformer-service");

    static Stream<Rendered> installations() {
        return Stream.of(
                Rendered.onGoogleCloud(SliceJobsTest::enabled),
                Rendered.locally(command -> enabled(command).withValuesFile(ChartTest.EVERYTHING)));
    }

    private static TemplateCommand enabled(TemplateCommand command) {
        return command.set("jobs.enabled", true);
    }

    private static String text(Rendered chart, String step) {
        return String.valueOf(chart.one(ConfigMap.class, "mill-jobs").getData().get(step + ".json"));
    }

    private static Job job(Rendered chart, String step) {
        return new KubernetesSerialization().unmarshal(text(chart, step), Job.class);
    }

    @ParameterizedTest
    @MethodSource("installations")
    void eachIsWhatKubernetesTakes(Rendered chart) throws IOException {
        KubernetesSchema schema = KubernetesSchema.read();
        JsonMapper json = new JsonMapper();
        for (String step : SERVICES.keySet()) {
            JsonNode job = json.readTree(text(chart, step));
            ObjectNode cronJob =
                    json.createObjectNode().put("apiVersion", "batch/v1").put("kind", "CronJob");
            cronJob.putObject("metadata").put("name", "whose-template-is-a-job");
            cronJob.putObject("spec")
                    .put("schedule", "* * * * *")
                    .putObject("jobTemplate")
                    .set("spec", job.path("spec"));
            assertThat(schema.mistakes(cronJob)).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("installations")
    void itsPodIsOneOfTheServiceAndAsSafe(Rendered chart) {
        SERVICES.forEach((step, service) -> {
            PodSpec pod = job(chart, step).getSpec().getTemplate().getSpec();
            PodSpec like = chart.one(Deployment.class, "mill-" + service)
                    .getSpec()
                    .getTemplate()
                    .getSpec();
            assertThat(pod.getRestartPolicy()).isEqualTo("Never");
            assertThat(pod.getAutomountServiceAccountToken())
                    .as("a key to Kubernetes")
                    .isFalse();
            assertThat(pod.getServiceAccountName()).isEqualTo(like.getServiceAccountName());
            assertThat(pod.getSecurityContext()).isEqualTo(like.getSecurityContext());
            assertThat(pod.getVolumes()).isEqualTo(like.getVolumes());
            assertThat(pod.getContainers())
                    .as("no sidecar, which would never end")
                    .hasSize(1);
            assertThat(pod.getContainers().getFirst().getImage())
                    .isEqualTo(like.getContainers().getFirst().getImage());
            assertThat(pod.getContainers().getFirst().getSecurityContext())
                    .isEqualTo(like.getContainers().getFirst().getSecurityContext());
            assertThat(pod.getContainers().getFirst().getResources())
                    .isEqualTo(like.getContainers().getFirst().getResources());
            assertThat(pod.getContainers().getFirst().getVolumeMounts())
                    .isEqualTo(like.getContainers().getFirst().getVolumeMounts());
            assertThat(pod.getContainers().getFirst().getEnv())
                    .containsAll(like.getContainers().getFirst().getEnv())
                    .extracting(EnvVar::getName, EnvVar::getValue)
                    .contains(tuple("MILLRACE_WORKER_GATEWAY", "http://mill-api-gateway:8080"));
        });
    }

    @Test
    void disruptionsDoNotCountAndBadInputIsNotTriedAgain() {
        var spec = job(Rendered.locally(SliceJobsTest::enabled), "extract").getSpec();
        assertThat(spec.getCompletionMode()).isEqualTo("Indexed");
        assertThat(spec.getPodReplacementPolicy()).isEqualTo("Failed");
        assertThat(spec.getBackoffLimitPerIndex()).isEqualTo(3);
        assertThat(spec.getActiveDeadlineSeconds()).isEqualTo(86400);
        assertThat(spec.getTtlSecondsAfterFinished()).isEqualTo(86400);
        assertThat(spec.getSuspend()).isNull();
        assertThat(spec.getSuccessPolicy().getRules().getFirst().getSucceededCount())
                .isEqualTo(1);
        assertThat(spec.getPodFailurePolicy().getRules())
                .extracting(rule -> rule.getAction())
                .containsExactly("Ignore", "FailIndex");
        assertThat(spec.getPodFailurePolicy().getRules().get(1).getOnExitCodes().getValues())
                .containsExactly(65);
        assertThat(spec.getPodFailurePolicy().getRules().get(1).getOnExitCodes().getContainerName())
                .isEqualTo(
                        spec.getTemplate().getSpec().getContainers().getFirst().getName());
    }

    @Test
    void aQueueOfKueueHoldsItBackAndSpotNodesMayBeChosen() {
        Job job = job(
                Rendered.locally(command -> enabled(command)
                        .set("jobs.queue", "etl")
                        .set("jobs.nodeSelector.spot", "yes")
                        .set("jobs.tolerations[0].key", "spot")
                        .set("jobs.env.MILLRACE_WORKER_DRAIN", "10s")
                        .set("jobs.resources.transformer-service.requests.memory", "4Gi")
                        .set("jobs.resources.transformer-service.limits.memory", "4Gi")
                        .set("jobs.resources.transformer-service.limits.ephemeral-storage", "9Gi")),
                "transform");
        assertThat(job.getMetadata().getLabels())
                .containsEntry("kueue.x-k8s.io/queue-name", "etl")
                .containsEntry("app.kubernetes.io/instance", "mill");
        assertThat(job.getSpec().getSuspend()).isTrue();
        PodSpec pod = job.getSpec().getTemplate().getSpec();
        assertThat(pod.getNodeSelector()).containsEntry("spot", "yes");
        assertThat(pod.getTolerations())
                .extracting(toleration -> toleration.getKey())
                .containsExactly("spot");
        assertThat(pod.getContainers().getFirst().getResources().getLimits())
                .containsEntry("memory", new Quantity("4Gi"));
        assertThat(pod.getContainers().getFirst().getEnv())
                .extracting(EnvVar::getName, EnvVar::getValue)
                .contains(tuple("MILLRACE_WORKER_DRAIN", "10s"));
    }

    @Test
    void theGatewayMayStartListAndRemoveJobsAndSeePods() {
        assertThat(Rendered.locally(SliceJobsTest::enabled).one(Role.class, "mill-api-gateway").getRules().stream()
                        .filter(rule -> !rule.getResources().equals(List.of("cronjobs"))))
                .extracting(rule -> rule.getApiGroups(), rule -> rule.getResources(), rule -> rule.getVerbs())
                .containsExactly(
                        tuple(List.of("batch"), List.of("jobs"), List.of("create", "list", "delete")),
                        tuple(List.of(""), List.of("pods"), List.of("list")));
    }

    @Test
    void itsPodsReachTheGatewayAndNobodyReachesThem() {
        Rendered chart = Rendered.onGoogleCloud(SliceJobsTest::enabled);
        for (String step : SERVICES.keySet()) {
            Map<String, String> labels =
                    job(chart, step).getSpec().getTemplate().getMetadata().getLabels();
            NetworkPolicy policy = chart.one(NetworkPolicy.class, "mill-" + step + "-slices");
            assertThat(labels)
                    .containsAllEntriesOf(policy.getSpec().getPodSelector().getMatchLabels());
            assertThat(policy.getSpec().getIngress()).isEmpty();
            assertThat(chart.one(NetworkPolicy.class, "mill-api-gateway")
                            .getSpec()
                            .getIngress())
                    .flatExtracting(rule -> rule.getFrom())
                    .anySatisfy(peer -> assertThat(peer.getPodSelector().getMatchLabels())
                            .isEqualTo(policy.getSpec().getPodSelector().getMatchLabels()));
            assertThat(chart.all(Deployment.class))
                    .noneSatisfy(deployment -> assertThat(labels)
                            .containsAllEntriesOf(
                                    deployment.getSpec().getSelector().getMatchLabels()));
        }
    }

    @Test
    void withoutThemThereIsNothingOfIt() {
        Rendered chart = Rendered.locally(identity());
        assertThat(chart.all(ConfigMap.class))
                .extracting(map -> map.getMetadata().getName())
                .doesNotContain("mill-jobs");
        assertThat(chart.all(NetworkPolicy.class))
                .extracting(policy -> policy.getMetadata().getName())
                .doesNotContain("mill-extract-slices");
        assertThat(chart.one(Deployment.class, "mill-api-gateway")
                        .getSpec()
                        .getTemplate()
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getEnv())
                .extracting(EnvVar::getName)
                .doesNotContain("MILLRACE_GATEWAY_PODS_TYPE");
    }

    @Test
    void withoutAKeyToKubernetesTheyAreRefused() {
        assertThatThrownBy(() -> Rendered.locally(command -> enabled(command).set("kubernetesApi.enabled", false)))
                .hasMessageContaining("jobs.enabled is true, and kubernetesApi.enabled is false");
    }
}
