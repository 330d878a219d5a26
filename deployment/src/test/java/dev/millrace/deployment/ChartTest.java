package dev.millrace.deployment;

import static java.util.function.UnaryOperator.identity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import dev.millrace.pipeline.PipelineReader;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretKeySelector;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import io.fabric8.openshift.api.model.monitoring.v1.PodMonitor;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.fabric8.openshift.api.model.monitoring.v1.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ChartTest {
    /** Each value that says something else about pods, and about objects beside them. */
    static final Path EVERYTHING =
            Path.of("src/test/resources/values-everything.yaml").toAbsolutePath();

    private static final String SCHEDULED = """
            version: 1
            name: NAME
            source: {type: files, folder: data}
            endpoints:
              ENDPOINT:
                schedule: 0 6 * * *
                timezone: Asia/Singapore
              never: {}
            """;

    static Stream<Rendered> installations() {
        UnaryOperator<TemplateCommand> isams = command -> command.setFile("pipelines.isams", Rendered.ISAMS);
        return Stream.of(
                Rendered.onGoogleCloud(identity()),
                Rendered.onGoogleCloud(isams),
                Rendered.onGoogleCloud(command -> isams.apply(command)
                        .set("ingress.enabled", true)
                        .set("ingress.hosts[0].name", "millrace.example.com")),
                Rendered.onGoogleCloud(command -> isams.apply(command)
                        .set("monitoring.enabled", true)
                        .set("kubernetesApi.enabled", true)
                        .set("tracing.endpoint", "http://collector:4318")
                        .set("tracing.to[0].podSelector.matchLabels.app", "collector")),
                Rendered.locally(identity()),
                Rendered.locally(isams),
                Rendered.onGoogleCloud(command -> isams.apply(command).withValuesFile(EVERYTHING)),
                Rendered.locally(command -> isams.apply(command).withValuesFile(EVERYTHING)));
    }

    @ParameterizedTest
    @MethodSource("installations")
    void everyObjectIsWhatKubernetesTakes(Rendered chart) throws IOException {
        KubernetesSchema schema = KubernetesSchema.read();

        assertThat(chart.documents())
                .filteredOn(object -> !schema.knows(object))
                .extracting(object -> object.path("apiVersion").asText())
                .allMatch(version -> Set.of(
                                "monitoring.coreos.com/v1", "keda.sh/v1alpha1", "gateway.networking.k8s.io/v1")
                        .contains(version));
        assertThat(chart.documents())
                .filteredOn(schema::knows)
                .hasSizeGreaterThan(10)
                .flatExtracting(schema::mistakes)
                .isEmpty();
    }

    @Test
    void whatKubernetesDoesNotTakeIsFound() throws IOException {
        KubernetesSchema schema = KubernetesSchema.read();
        JsonNode deployment = Rendered.locally(identity()).documents().stream()
                .filter(object -> object.path("kind").asText().equals("Deployment"))
                .findFirst()
                .orElseThrow();
        assertThat(schema.mistakes(deployment)).isEmpty();

        ((ObjectNode) deployment.at("/spec")).put("replicas", "one").put("replica", 1);

        assertThat(schema.mistakes(deployment))
                .hasSize(2)
                .anyMatch(mistake -> mistake.contains("replicas"))
                .anyMatch(mistake -> mistake.contains("'replica'"));
    }

    @Test
    void isFreeOfWhatHelmComplainsAbout() {
        LintResult result = new Helm(Rendered.CHART).lint().strict().call();

        assertThat(result.isFailed()).as(result.getMessages().toString()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("installations")
    void noContainerIsRootOrWritesToItsImage(Rendered chart) {
        for (PodSpec pod : pods(chart)) {
            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
            for (Container container : pod.getContainers()) {
                assertThat(container.getSecurityContext().getAllowPrivilegeEscalation())
                        .isFalse();
                assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                        .isTrue();
                assertThat(container.getSecurityContext().getCapabilities().getDrop())
                        .containsExactly("ALL");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("installations")
    void everyContainerHasLimits(Rendered chart) {
        for (PodSpec pod : pods(chart)) {
            for (Container container : pod.getContainers()) {
                assertThat(container.getResources().getLimits()).containsKeys("memory", "ephemeral-storage");
                assertThat(container.getResources().getRequests()).containsKeys("cpu", "memory", "ephemeral-storage");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("installations")
    void everyPodIsCoveredByANetworkPolicyThatNamesItsCallers(Rendered chart) {
        List<Map<String, String>> covered = new ArrayList<>();
        for (NetworkPolicy policy : chart.all(NetworkPolicy.class)) {
            assertThat(policy.getSpec().getPolicyTypes()).containsExactly("Ingress", "Egress");
            policy.getSpec()
                    .getIngress()
                    .forEach(rule -> assertThat(rule.getFrom()).isNotEmpty());
            policy.getSpec()
                    .getEgress()
                    .forEach(rule -> assertThat(rule.getTo()).isNotEmpty());
            covered.add(policy.getSpec().getPodSelector().getMatchLabels());
        }
        for (Map<String, String> labels : podLabels(chart)) {
            assertThat(covered).anySatisfy(selector -> assertThat(labels).containsAllEntriesOf(selector));
        }
    }

    @ParameterizedTest
    @MethodSource("installations")
    void onlyTheGatewayHasAKeyToKubernetes(Rendered chart) {
        assertThat(pods(chart))
                .filteredOn(PodSpec::getAutomountServiceAccountToken)
                .extracting(PodSpec::getServiceAccountName)
                .containsExactly("mill-api-gateway");
        assertThat(chart.all(ServiceAccount.class))
                .allSatisfy(account ->
                        assertThat(account.getAutomountServiceAccountToken()).isFalse());
        assertThat(chart.one(RoleBinding.class, "mill-api-gateway").getSubjects())
                .extracting(Subject::getKind, Subject::getName, Subject::getNamespace)
                .containsExactly(tuple("ServiceAccount", "mill-api-gateway", "data"));
    }

    @ParameterizedTest
    @MethodSource("installations")
    void theGatewayMaySeeCronJobsAndChangeThoseOfItsRelease(Rendered chart) {
        List<PolicyRule> rules = chart.one(Role.class, "mill-api-gateway").getRules();
        List<String> cronJobs = names(chart.all(CronJob.class));

        assertThat(rules).allSatisfy(rule -> {
            assertThat(rule.getApiGroups()).containsExactly("batch");
            assertThat(rule.getResources()).containsExactly("cronjobs");
        });
        assertThat(rules.getFirst().getVerbs()).containsExactly("list");
        if (cronJobs.isEmpty()) {
            assertThat(rules).hasSize(1); // a rule to patch without names would be for all CronJobs
        } else {
            assertThat(rules.get(1).getVerbs()).containsExactly("patch");
            assertThat(rules.get(1).getResourceNames()).containsExactlyInAnyOrderElementsOf(cronJobs);
        }
    }

    @Test
    void withoutKubernetesApiTheGatewayHasNoKeyNorRoleNorWayToIt() {
        Rendered chart = Rendered.locally(command -> command.set("kubernetesApi.enabled", false));

        assertThat(pods(chart))
                .allSatisfy(
                        pod -> assertThat(pod.getAutomountServiceAccountToken()).isFalse());
        assertThat(chart.all(Role.class)).isEmpty();
        assertThat(chart.all(RoleBinding.class)).isEmpty();
        assertThat(apiServerRules(chart, "mill-api-gateway")).isEmpty();
        assertThat(environment(chart.one(Deployment.class, "mill-api-gateway")))
                .containsEntry("MILLRACE_GATEWAY_SCHEDULES_TYPE", "none");
    }

    @Test
    void onlyTheGatewayReachesTheApiServer() {
        Rendered chart = Rendered.locally(identity());

        assertThat(apiServerRules(chart, "mill-api-gateway")).hasSize(1);
        assertThat(apiServerRules(chart, "mill-loader-service")).isEmpty();
        assertThat(apiServerRules(chart, "mill-cli")).isEmpty();
        assertThat(environment(chart.one(Deployment.class, "mill-api-gateway")))
                .containsEntry("MILLRACE_GATEWAY_SCHEDULES_TYPE", "kubernetes")
                .containsEntry("MILLRACE_GATEWAY_SCHEDULES_RELEASE", "mill")
                .containsEntry("MILLRACE_GATEWAY_SCHEDULES_NAMESPACE", "data");
    }

    private static List<NetworkPolicyEgressRule> apiServerRules(Rendered chart, String policy) {
        return chart.one(NetworkPolicy.class, policy).getSpec().getEgress().stream()
                .filter(rule -> rule.getPorts().stream()
                        .anyMatch(port -> port.getPort() != null
                                && Integer.valueOf(6443).equals(port.getPort().getIntVal())))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("installations")
    void noUpgradeMentionsWhatTheGatewayChanges(Rendered chart) {
        assertThat(chart.all(CronJob.class))
                .allSatisfy(job -> assertThat(job.getSpec().getSuspend()).isNull());
    }

    @Test
    void withoutCronJobsThereAreNoneAndTheGatewayMayChangeNone() {
        Rendered chart = Rendered.locally(command -> local(command).set("cronJobs.enabled", false));

        assertThat(Rendered.locally(ChartTest::local).all(CronJob.class)).isNotEmpty();
        assertThat(chart.all(CronJob.class)).isEmpty();
        assertThat(chart.one(Role.class, "mill-api-gateway").getRules()).hasSize(1);
    }

    @Test
    void aJobThatWasStartedByHandIsNotKeptForEver() {
        assertThat(Rendered.locally(identity()).all(CronJob.class))
                .isNotEmpty()
                .allSatisfy(job -> assertThat(
                                job.getSpec().getJobTemplate().getSpec().getTtlSecondsAfterFinished())
                        .isEqualTo(604800));
    }

    @ParameterizedTest
    @MethodSource("installations")
    void pipelineFilesAreMountedSoThatChangesReachTheGateway(Rendered chart) {
        assertThat(pods(chart).stream()
                        .flatMap(pod -> pod.getContainers().stream())
                        .flatMap(container -> container.getVolumeMounts().stream()))
                .allSatisfy(mount -> {
                    assertThat(mount.getSubPath()).isNull();
                    assertThat(mount.getSubPathExpr()).isNull();
                });
    }

    @Test
    void aCronJobForEachEndpointWithASchedule(@TempDir Path folder) throws IOException {
        Path file = pipeline(folder, "school", "students");

        Rendered chart = Rendered.onGoogleCloud(command -> command.setFile("pipelines.school", file));

        CronJob job = chart.one(CronJob.class, "mill-school-students");
        assertThat(chart.all(CronJob.class)).containsExactly(job);
        assertThat(job.getSpec().getSchedule()).isEqualTo("0 6 * * *");
        assertThat(job.getSpec().getTimeZone()).isEqualTo("Asia/Singapore");
        assertThat(job.getSpec().getConcurrencyPolicy()).isEqualTo("Forbid");
        assertThat(job.getSpec().getStartingDeadlineSeconds()).isEqualTo(3600);
        assertThat(jobPod(job).getRestartPolicy()).isEqualTo("Never");
        assertThat(jobPod(job).getContainers().getFirst().getArgs()).containsExactly("run", "school", "students");
        assertThat(jobPod(job).getContainers().getFirst().getEnv())
                .filteredOn(variable -> variable.getName().equals("MILLRACE_IDEMPOTENCY_KEY"))
                .extracting(variable -> variable.getValueFrom().getFieldRef().getFieldPath())
                .containsExactly("metadata.labels['batch.kubernetes.io/controller-uid']");
        assertThat(jobPod(job).getContainers().getFirst().getEnv())
                .filteredOn(variable -> variable.getName().equals("MILLRACE_CRON_JOB"))
                .extracting(variable -> variable.getValueFrom().getFieldRef().getFieldPath())
                .containsExactly("metadata.labels['batch.kubernetes.io/job-name']");
        assertThat(jobPod(job).getContainers().getFirst().getEnv())
                .filteredOn(variable -> variable.getName().equals("MILLRACE_CRON_TIMEZONE"))
                .extracting(EnvVar::getValue)
                .containsExactly("Asia/Singapore");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '>',
            value = {
                "0 6 * * 7>0 6 * * 0",
                "0 6 * * 1,5-7>0 6 * * 1,5-6,0",
                "0 6 * * 0-7>0 6 * * 0-6",
                "7 7 7 7 *>7 7 7 7 *"
            })
    void sundayIsZeroInACronJob(String schedule, String expected, @TempDir Path folder) throws IOException {
        Path file = pipeline(folder, "school", "students");
        Files.writeString(file, Files.readString(file).replace("0 6 * * *", schedule));

        Rendered chart = Rendered.onGoogleCloud(command -> command.setFile("pipelines.school", file));

        assertThat(chart.one(CronJob.class, "mill-school-students").getSpec().getSchedule())
                .isEqualTo(expected);
    }

    @Test
    void aCronJobOfAnEndpointThatCatchesUpMayStartAsLateAsItLikes(@TempDir Path folder) throws IOException {
        Path file = pipeline(folder, "school", "students");
        Files.writeString(file, Files.readString(file).replace("    schedule:", "    catchUp: last\n    schedule:"));

        Rendered chart = Rendered.onGoogleCloud(command -> command.setFile("pipelines.school", file));

        assertThat(chart.one(CronJob.class, "mill-school-students").getSpec().getStartingDeadlineSeconds())
                .isEqualTo(31_536_000);
    }

    @Test
    void aCronJobForEachTableThatIsBackedUpOnSchedule(@TempDir Path folder) throws IOException {
        Path file = pipeline(folder, "school", "students");
        Files.writeString(file, Files.readString(file) + """
                backups:
                  - {table: school.Students_1, schedule: "30 3 * * *", format: parquet}
                """);

        Rendered chart = Rendered.onGoogleCloud(command -> command.setFile("pipelines.school", file));

        CronJob job = chart.all(CronJob.class).stream()
                .filter(each -> each.getSpec().getSchedule().equals("30 3 * * *"))
                .findFirst()
                .orElseThrow();
        assertThat(chart.all(CronJob.class)).hasSize(2);
        assertThat(job.getMetadata().getName()).matches("mill-school-school-students-1-[0-9a-f]{8}");
        assertThat(job.getMetadata().getAnnotations())
                .containsEntry("millrace.dev/pipeline", "school")
                .containsEntry("millrace.dev/endpoint", "school.Students_1");
        assertThat(job.getSpec().getTimeZone()).isEqualTo("Etc/UTC");
        assertThat(jobPod(job).getContainers().getFirst().getArgs())
                .containsExactly("backup", "school.Students_1", "--format=parquet");
    }

    @Test
    void aFailedRunFailsItsJobAndAnUnreachableGatewayIsTriedAgain() {
        Rendered chart = Rendered.locally(command -> command.setFile("pipelines.isams", Rendered.ISAMS));

        assertThat(chart.all(CronJob.class)).isNotEmpty().allSatisfy(job -> {
            var rules = job.getSpec()
                    .getJobTemplate()
                    .getSpec()
                    .getPodFailurePolicy()
                    .getRules();
            assertThat(rules).extracting(rule -> rule.getAction()).containsExactly("Ignore", "FailJob", "Count");
            assertThat(rules.get(1).getOnExitCodes().getValues()).containsExactly(1, 2);
        });
    }

    @Test
    void insightsAreInOneConfigMapThatTheGatewayReads() throws IOException {
        Path insights = Rendered.ROOT.resolve("pipelines/insights");
        Rendered chart = Rendered.locally(command -> command.setFile(
                        "insights.HIRES_DEPARTMENT_JOB", insights.resolve("HIRES_DEPARTMENT_JOB.sql"))
                .setFile(
                        "insights.HIRES_DEPARTMENT_JOB\\.bigquery",
                        insights.resolve("DEPARTMENTS_HIRED_ABOVE_MEAN.sql")));

        ConfigMap map = chart.all(ConfigMap.class).stream()
                .filter(each -> each.getMetadata().getName().endsWith("-insights"))
                .findFirst()
                .orElseThrow();
        assertThat(map.getData())
                .containsEntry(
                        "HIRES_DEPARTMENT_JOB.sql", Files.readString(insights.resolve("HIRES_DEPARTMENT_JOB.sql")))
                .containsKey("HIRES_DEPARTMENT_JOB.bigquery.sql");
        assertThat(
                        chart.all(Deployment.class).stream()
                                .filter(each -> each.getMetadata().getName().endsWith("-api-gateway"))
                                .flatMap(each -> each
                                        .getSpec()
                                        .getTemplate()
                                        .getSpec()
                                        .getContainers()
                                        .getFirst()
                                        .getVolumeMounts()
                                        .stream())
                                .map(mount -> mount.getName() + " " + mount.getMountPath()))
                .contains("insights /named/insights");
    }

    @ParameterizedTest
    @CsvSource({"a_b,a-b", "a-b_c,a-b-c", "x,x"})
    void namesThatKubernetesWouldNotTellApartStayApart(String one, String other, @TempDir Path folder)
            throws IOException {
        Path first = pipeline(folder, "p", one);
        Path second = pipeline(folder, "p_", other);

        Rendered chart = Rendered.onGoogleCloud(
                command -> command.setFile("pipelines.p", first).setFile("pipelines.p_", second));

        assertThat(names(chart.all(CronJob.class))).hasSize(2).doesNotHaveDuplicates();
        assertThat(chart.all(ConfigMap.class).stream().flatMap(map -> map.getData().keySet().stream()))
                .containsExactlyInAnyOrder("p.yaml", "p_.yaml");
    }

    @Test
    void longNamesStayWithinKubernetesLimits(@TempDir Path folder) throws IOException {
        String pipeline = "a-pipeline-with-" + "a".repeat(46);
        Path file = pipeline(folder, pipeline, "an_endpoint_with_" + "b".repeat(45));

        Rendered chart = Rendered.render(
                "r".repeat(40),
                command -> command.withValuesFile(Rendered.LOCAL).setFile("pipelines." + pipeline, file));

        assertThat(chart.all())
                .allSatisfy(object -> assertThat(object.getMetadata().getName())
                        .hasSizeLessThanOrEqualTo(object instanceof CronJob ? 52 : 63)
                        .matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?"));
    }

    @Test
    void twoReleasesInOneNamespaceShareNothing() {
        Rendered one = Rendered.render("one", command -> local(command));
        Rendered two = Rendered.render("two", command -> local(command));

        Set<String> shared = new HashSet<>(identities(one.all()));
        shared.retainAll(identities(two.all()));
        assertThat(shared).isEmpty();
        for (Deployment deployment : one.all(Deployment.class)) {
            assertThat(two.all(Deployment.class))
                    .noneSatisfy(other -> assertThat(
                                    other.getSpec().getTemplate().getMetadata().getLabels())
                            .containsAllEntriesOf(
                                    deployment.getSpec().getSelector().getMatchLabels()));
        }
    }

    @Test
    void onOneNodeEverythingIsKeptOnVolumesAndNothingKnowsGoogle() {
        Rendered chart = Rendered.locally(identity());

        assertThat(names(chart.all(PersistentVolumeClaim.class)))
                .containsExactlyInAnyOrder("mill-staging", "mill-warehouse", "mill-runs");
        for (Deployment deployment : chart.all(Deployment.class)) {
            assertThat(environment(deployment)).doesNotContainKey("MICRONAUT_ENVIRONMENTS");
            assertThat(environment(deployment)).containsEntry("MILLRACE_STAGING_FOLDER", "/staging");
        }
        assertThat(chart.one(Deployment.class, "mill-loader-service")
                        .getSpec()
                        .getStrategy()
                        .getType())
                .isEqualTo("Recreate");
        assertThat(chart.all(PodDisruptionBudget.class)).isEmpty();
    }

    @Test
    void onGoogleCloudServicesWithSeveralPodsMayLoseOneAtATime() {
        Rendered chart = Rendered.onGoogleCloud(identity());

        assertThat(names(chart.all(PodDisruptionBudget.class)))
                .containsExactlyInAnyOrder("mill-extractor-service", "mill-transformer-service", "mill-loader-service");
        assertThat(chart.all(PersistentVolumeClaim.class)).isEmpty();
        assertThat(environment(chart.one(Deployment.class, "mill-loader-service")))
                .containsEntry("MICRONAUT_ENVIRONMENTS", "gcp")
                .containsEntry("MILLRACE_WAREHOUSE_TYPE", "bigquery")
                .containsEntry("MILLRACE_STAGING_BUCKET", "my-staging");
    }

    @Test
    void identitiesAreThoseThatTerraformBinds() {
        Rendered chart = Rendered.render(
                "millrace",
                command -> local(command)
                        .set(
                                "services.loader-service.serviceAccount.annotations.iam\\.gke\\.io/gcp-service-account",
                                "a@b"));

        assertThat(chart.one(ServiceAccount.class, "millrace-loader-service")
                        .getMetadata()
                        .getAnnotations())
                .containsEntry("iam.gke.io/gcp-service-account", "a@b");
        assertThat(Rendered.read(Rendered.ROOT.resolve("terraform/main.tf")))
                .contains("[\"api-gateway\", \"extractor-service\", \"transformer-service\", \"loader-service\"]");
    }

    @Test
    void keysAreMadeAtTheInstallationUnlessThereIsASecretWithThem() {
        assertThat(names(Rendered.locally(identity()).all(Secret.class))).containsExactly("mill-keys");

        Rendered chart = Rendered.locally(command -> command.set("auth.existingSecret", "mine"));

        assertThat(chart.all(Secret.class)).isEmpty();
        assertThat(chart.all(Deployment.class))
                .allSatisfy(deployment -> assertThat(
                                secretsOf(deployment.getSpec().getTemplate().getSpec()))
                        .containsOnly("mine"));
    }

    @Test
    void anIngressOpensTheGatewayAlone() {
        Rendered chart = Rendered.locally(
                command -> command.set("ingress.enabled", true).set("ingress.hosts[0].name", "millrace.example.com"));

        assertThat(chart.all(Ingress.class))
                .singleElement()
                .satisfies(ingress -> assertThat(ingress.getSpec()
                                .getRules()
                                .getFirst()
                                .getHttp()
                                .getPaths()
                                .getFirst()
                                .getBackend()
                                .getService()
                                .getName())
                        .isEqualTo("mill-api-gateway"));
        assertThat(callers(chart, "mill-api-gateway"))
                .hasSize(callers(Rendered.locally(identity()), "mill-api-gateway")
                                .size()
                        + 1);
        assertThat(callers(chart, "mill-loader-service"))
                .hasSize(callers(Rendered.locally(identity()), "mill-loader-service")
                        .size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "services.loader-service.replicas|2|a second process can't open the file",
                "services.api-gateway.replicas|2|database.type postgresql",
                "warehouse.type|bigquery|from where BigQuery loads",
                "database.type|postgresql|database.host is missing",
                "staging.type|gcs|gcp.stagingBucket is missing",
                "ingress.enabled|true|ingress.hosts is empty",
                "httpRoute.enabled|true|httpRoute.parentRefs is empty",
                "services.loader-service.strategy|RollingUpdate|warehouse.type is duckdb (expected: none, or Recreate",
                "services.api-gateway.strategy|RollingUpdate|database.type is h2 (expected: none, or Recreate",
                "services.loader-service.autoscaling.type|external|autoscaling.type is external",
                "services.extractor-service.autoscaling.type|hpa|has nothing to go by",
                "services.extractor-service.preStopSeconds|40|expected: at least 65",
                "cronJobs.suspend|true|'suspend' not allowed",
                "services.loader-service.podLabels.helm\\.sh/chart|x|invalid propertyName 'helm.sh/chart'",
                "replicas|2|additional properties 'replicas' not allowed",
                "services.loader-service.replica|2|'replica' not allowed",
                "pipelines.school|: |pipelines.school",
                "pipelines.school|name: other|has the name 'other'"
            })
    void refusesWhatCannotWorkAndSaysWhy(String key, String value, String reason) {
        assertThatThrownBy(() -> Rendered.locally(command -> command.set(
                        key,
                        value.matches("[0-9]+")
                                ? (Object) Integer.valueOf(value)
                                : value.equals("true") ? true : value)))
                .hasMessageContaining(reason);
    }

    @Test
    void refusesAReleaseWhoseNameLeavesNoRoom() {
        assertThatThrownBy(() -> Rendered.render("r".repeat(41), ChartTest::local))
                .hasMessageContaining("40 at most");
    }

    @Test
    void helmTestRunsTheEndpointThatIsNamed() {
        UnaryOperator<TemplateCommand> isams = command -> command.setFile("pipelines.isams", Rendered.ISAMS);
        Rendered chart = Rendered.onGoogleCloud(command -> isams.apply(command).set("test.run", "isams/students"));

        assertThat(arguments(chart)).containsExactly("run", "isams", "students");
        assertThat(arguments(Rendered.onGoogleCloud(isams))).containsExactly("runs", "--limit=1");
        assertThatThrownBy(() ->
                        Rendered.onGoogleCloud(command -> isams.apply(command).set("test.run", "isams/nobody")))
                .hasMessageContaining(
                        "test.run is 'isams/nobody' (expected: PIPELINE/ENDPOINT of one of the pipelines)");
    }

    @Test
    void aTrialBringsAPipelineOfItsOwnWhichHelmTestRuns() {
        Rendered chart = Rendered.locally(identity());

        assertThat(arguments(chart)).containsExactly("run", "trial", "state");
        assertThat(chart.one(CronJob.class, "mill-trial-state").getSpec().getSchedule())
                .isEqualTo("0 * * * *");
        String file = chart.all(ConfigMap.class).stream()
                .map(map -> map.getData().get("trial.yaml"))
                .filter(Objects::nonNull)
                .findFirst()
                .orElseThrow();
        assertThat(PipelineReader.read("trial.yaml", file)).isInstanceOf(PipelineReader.Result.Valid.class);
    }

    private static List<String> arguments(Rendered chart) {
        return chart.one(Pod.class, "mill-test")
                .getSpec()
                .getContainers()
                .getFirst()
                .getArgs();
    }

    @Test
    void monitoringIsOffUnlessItIsAskedFor() {
        Rendered chart = Rendered.onGoogleCloud(identity());

        assertThat(chart.all(PodMonitor.class)).isEmpty();
        assertThat(chart.all(PrometheusRule.class)).isEmpty();
    }

    @Test
    void aPrometheusIsToldOfTheFourServicesAndLetIn() {
        Rendered chart = Rendered.onGoogleCloud(command -> command.set("monitoring.enabled", true)
                .set("monitoring.labels.release", "stack")
                .set("monitoring.interval", "1m"));

        PodMonitor monitor = chart.one(PodMonitor.class, "mill");
        assertThat(monitor.getMetadata().getLabels()).containsEntry("release", "stack");
        assertThat(monitor.getSpec().getPodMetricsEndpoints()).singleElement().satisfies(endpoint -> {
            assertThat(endpoint.getPort()).isEqualTo("http");
            assertThat(endpoint.getPath()).isEqualTo("/prometheus");
            assertThat(endpoint.getInterval()).isEqualTo("1m");
            assertThat(endpoint.getAuthorization().getCredentials())
                    .isEqualTo(new SecretKeySelector("metrics-token", "mill-keys", null));
        });
        assertThat(monitor.getSpec().getSelector().getMatchExpressions())
                .singleElement()
                .satisfies(services -> assertThat(services.getValues())
                        .containsExactly("api-gateway", "extractor-service", "loader-service", "transformer-service"));
        Map<String, String> selected = monitor.getSpec().getSelector().getMatchLabels();
        for (Deployment deployment : chart.all(Deployment.class)) {
            assertThat(deployment.getSpec().getTemplate().getMetadata().getLabels())
                    .containsAllEntriesOf(selected);
        }
        for (String policy : List.of("mill-api-gateway", "mill-loader-service")) {
            assertThat(callers(chart, policy))
                    .filteredOn(peer -> peer.getNamespaceSelector() != null)
                    .extracting(peer -> peer.getNamespaceSelector().getMatchLabels())
                    .contains(Map.of("kubernetes.io/metadata.name", "monitoring"));
        }
    }

    @Test
    void everyAlertSaysHowBadItIsAndIsAboutThisReleaseAlone() {
        Rendered chart = Rendered.onGoogleCloud(command -> command.set("monitoring.enabled", true));

        List<Rule> rules = chart.one(PrometheusRule.class, "mill")
                .getSpec()
                .getGroups()
                .getFirst()
                .getRules();
        assertThat(rules).hasSizeGreaterThan(5).allSatisfy(rule -> {
            assertThat(rule.getAlert()).startsWith("Millrace");
            assertThat(rule.getLabels().get("severity")).isIn("info", "warning", "critical");
            assertThat(rule.getAnnotations()).containsOnlyKeys("summary", "description");
            String expression = String.valueOf(rule.getExpr().getValue());
            String selectors = expression.replaceAll("job=\"data/mill\"", "");
            assertThat(occurrences(expression, "job=\"data/mill\""))
                    .as("one job for each selector of %s", expression)
                    .isEqualTo(occurrences(selectors, "{"));
        });
        Rendered silent = Rendered.onGoogleCloud(
                command -> command.set("monitoring.enabled", true).set("monitoring.alerts", false));
        assertThat(silent.all(PrometheusRule.class)).isEmpty();
        assertThat(silent.all(PodMonitor.class)).hasSize(1);
    }

    @Test
    void servicesLogJsonAndSendTracesWhereTheyAreTold() {
        Rendered chart = Rendered.onGoogleCloud(command -> command.set("tracing.endpoint", "http://collector:4318")
                .set("tracing.to[0].podSelector.matchLabels.app", "collector"));

        for (Deployment deployment : chart.all(Deployment.class)) {
            assertThat(environment(deployment))
                    .containsEntry("MILLRACE_LOG_FORMAT", "json")
                    .containsEntry("OTEL_TRACES_EXPORTER", "otlp")
                    .containsEntry("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
            assertThat(chart.one(NetworkPolicy.class, deployment.getMetadata().getName())
                            .getSpec()
                            .getEgress())
                    .flatExtracting(rule -> rule.getTo())
                    .anyMatch(peer -> peer.getPodSelector() != null
                            && Map.of("app", "collector")
                                    .equals(peer.getPodSelector().getMatchLabels()));
        }
        Rendered.onGoogleCloud(identity())
                .all(Deployment.class)
                .forEach(deployment -> assertThat(environment(deployment)).doesNotContainKey("OTEL_TRACES_EXPORTER"));
    }

    private static int occurrences(String text, String part) {
        return (text.length() - text.replace(part, "").length()) / part.length();
    }

    private static TemplateCommand local(TemplateCommand command) {
        return command.withValuesFile(Rendered.LOCAL).setFile("pipelines.isams", Rendered.ISAMS);
    }

    private static Path pipeline(Path folder, String name, String endpoint) throws IOException {
        return Files.writeString(
                folder.resolve(name + ".yaml"), SCHEDULED.replace("NAME", name).replace("ENDPOINT", endpoint));
    }

    private static PodSpec jobPod(CronJob job) {
        return job.getSpec().getJobTemplate().getSpec().getTemplate().getSpec();
    }

    private static List<PodSpec> pods(Rendered chart) {
        List<PodSpec> pods = new ArrayList<>();
        chart.all(Deployment.class)
                .forEach(deployment ->
                        pods.add(deployment.getSpec().getTemplate().getSpec()));
        chart.all(CronJob.class).forEach(job -> pods.add(jobPod(job)));
        chart.all(Pod.class).forEach(pod -> pods.add(pod.getSpec()));
        return pods;
    }

    private static List<Map<String, String>> podLabels(Rendered chart) {
        List<Map<String, String>> labels = new ArrayList<>();
        chart.all(Deployment.class)
                .forEach(deployment -> labels.add(
                        deployment.getSpec().getTemplate().getMetadata().getLabels()));
        chart.all(CronJob.class)
                .forEach(job -> labels.add(job.getSpec()
                        .getJobTemplate()
                        .getSpec()
                        .getTemplate()
                        .getMetadata()
                        .getLabels()));
        chart.all(Pod.class).forEach(pod -> labels.add(pod.getMetadata().getLabels()));
        return labels;
    }

    private static Map<String, String> environment(Deployment deployment) {
        return deployment.getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv().stream()
                .filter(variable -> variable.getValue() != null)
                .collect(java.util.stream.Collectors.toMap(EnvVar::getName, EnvVar::getValue));
    }

    private static List<String> secretsOf(PodSpec pod) {
        return pod.getContainers().getFirst().getEnv().stream()
                .filter(variable -> variable.getValueFrom() != null
                        && variable.getValueFrom().getSecretKeyRef() != null)
                .map(variable -> variable.getValueFrom().getSecretKeyRef().getName())
                .toList();
    }

    private static List<NetworkPolicyPeer> callers(Rendered chart, String policy) {
        return chart.one(NetworkPolicy.class, policy)
                .getSpec()
                .getIngress()
                .getFirst()
                .getFrom();
    }

    private static List<String> names(List<? extends HasMetadata> objects) {
        return objects.stream().map(object -> object.getMetadata().getName()).toList();
    }

    private static List<String> identities(List<HasMetadata> objects) {
        return objects.stream().map(Rendered::identity).toList();
    }
}
