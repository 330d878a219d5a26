package dev.millrace.deployment;

import static java.util.function.UnaryOperator.identity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.TemplateCommand;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.batch.v1.CronJob;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.RoleBinding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators may add to the chart's pods and objects, and what they may not. */
class ChartOptionsTest {
    private static final List<String> SERVICES =
            List.of("api-gateway", "extractor-service", "transformer-service", "loader-service");

    @Test
    void whatIsSaidOfWherePodsRunHoldsForServicesJobsAndTheTest() {
        List<PodTemplateSpec> pods = pods(everything());

        assertThat(pods).hasSizeGreaterThan(SERVICES.size() + 1).allSatisfy(pod -> {
            assertThat(pod.getSpec().getNodeSelector()).containsExactly(Map.entry("pool", "etl"));
            assertThat(pod.getSpec().getTolerations())
                    .singleElement()
                    .satisfies(toleration -> assertThat(toleration.getValue()).isEqualTo("etl"));
            assertThat(pod.getSpec().getAffinity().getNodeAffinity()).isNotNull();
            assertThat(pod.getSpec().getPriorityClassName()).isEqualTo("important");
            assertThat(pod.getMetadata().getLabels()).containsEntry("cost-centre", "7");
            assertThat(pod.getMetadata().getAnnotations()).containsEntry("example.com/scrape", "no");
            assertThat(pod.getSpec().getImagePullSecrets())
                    .extracting(secret -> secret.getName())
                    .containsExactly("registry");
            assertThat(pod.getSpec().getContainers().getFirst().getImage()).startsWith("registry.example.com/data/");
        });
    }

    @Test
    void jobsMaySayOtherwise() {
        Rendered chart = Rendered.locally(command -> command.withValuesFile(ChartTest.EVERYTHING)
                .set("cronJobs.nodeSelector.pool", "small")
                .set("cronJobs.priorityClassName", "low")
                .set("cronJobs.tolerations[0].key", "small"));

        assertThat(services(chart))
                .allSatisfy(service ->
                        assertThat(service.getSpec().getPriorityClassName()).isEqualTo("important"));
        assertThat(jobs(chart)).isNotEmpty().allSatisfy(job -> {
            assertThat(job.getSpec().getNodeSelector()).containsEntry("pool", "small");
            assertThat(job.getSpec().getPriorityClassName()).isEqualTo("low");
            assertThat(job.getSpec().getTolerations())
                    .extracting(toleration -> toleration.getKey())
                    .containsExactly("small");
            assertThat(job.getMetadata().getLabels()).containsEntry("kind", "job");
        });
    }

    @Test
    void oneServiceMaySayOtherwise() {
        Rendered chart = Rendered.locally(command -> command.withValuesFile(ChartTest.EVERYTHING)
                .set("services.loader-service.nodeSelector.pool", "disks")
                .set("services.loader-service.env.HTTPS_PROXY", "http://other:1"));

        assertThat(service(chart, "loader-service").getSpec().getNodeSelector()).containsEntry("pool", "disks");
        assertThat(environment(service(chart, "loader-service"))).containsEntry("HTTPS_PROXY", "http://other:1");
        assertThat(environment(service(chart, "extractor-service"))).containsEntry("HTTPS_PROXY", "http://proxy:3128");
    }

    @Test
    void labelsOfAllAreOnEveryObjectAndChangeNoSelector() {
        Rendered chart = everything();

        assertThat(chart.all())
                .filteredOn(object -> !object.getMetadata().getName().matches("common|mill-text"))
                .allSatisfy(
                        object -> assertThat(object.getMetadata().getLabels()).containsEntry("team", "data"));
        assertThat(pods(chart))
                .allSatisfy(pod -> assertThat(pod.getMetadata().getLabels()).containsEntry("team", "data"));
        assertThat(chart.all(Deployment.class))
                .allSatisfy(deployment -> assertThat(
                                deployment.getSpec().getSelector().getMatchLabels())
                        .containsOnlyKeys("app.kubernetes.io/name", "app.kubernetes.io/instance"));
    }

    @Test
    void variablesMayComeFromSecretsAndConfigMaps() {
        for (PodTemplateSpec service : services(everything())) {
            Container container = service.getSpec().getContainers().getFirst();
            assertThat(container.getEnv())
                    .filteredOn(variable -> variable.getName().equals("PROXY_PASSWORD"))
                    .extracting(variable ->
                            variable.getValueFrom().getSecretKeyRef().getName())
                    .containsExactly("proxy");
            assertThat(container.getEnvFrom())
                    .extracting(from -> from.getConfigMapRef().getName())
                    .containsExactly("common");
        }
    }

    @Test
    void aVariableThatTheChartSetsAsWellIsThereOnceWithTheValueGiven() {
        Rendered chart = Rendered.onGoogleCloud(command -> command.set("defaults.env.MILLRACE_LOG_FORMAT", "text")
                .set(
                        "services.api-gateway.env.DATASOURCES_DEFAULT_URL",
                        "jdbc:postgresql://10.0.0.3/millrace?sslmode=require")
                .set("services.loader-service.env.MILLRACE_PUBLISH_BUCKETS.valueFrom.configMapKeyRef.name", "buckets")
                .set("services.loader-service.env.MILLRACE_PUBLISH_BUCKETS.valueFrom.configMapKeyRef.key", "all")
                .set("gcp.publishedBucket", "mine"));

        for (PodTemplateSpec pod : pods(chart)) {
            assertThat(pod.getSpec().getContainers().getFirst().getEnv())
                    .extracting(EnvVar::getName)
                    .doesNotHaveDuplicates();
        }
        assertThat(environment(service(chart, "api-gateway")))
                .containsEntry("MILLRACE_LOG_FORMAT", "text")
                .containsEntry("DATASOURCES_DEFAULT_URL", "jdbc:postgresql://10.0.0.3/millrace?sslmode=require");
        assertThat(service(chart, "loader-service")
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getEnv())
                .filteredOn(variable -> variable.getName().equals("MILLRACE_PUBLISH_BUCKETS"))
                .singleElement()
                .satisfies(variable -> {
                    assertThat(variable.getValue()).isNull();
                    assertThat(variable.getValueFrom().getConfigMapKeyRef().getName())
                            .isEqualTo("buckets");
                });
    }

    @ParameterizedTest
    @CsvSource({
        "services.loader-service,MILLRACE_STAGING_TYPE,staging.type",
        "services.api-gateway,MILLRACE_PORT,8080",
        "services.extractor-service,MILLRACE_SERVICE_KEY,auth.existingSecret",
        "services.api-gateway,MILLRACE_GATEWAY_SERVICES_LOADER,the loader of this release",
        "cronJobs,MILLRACE_IDEMPOTENCY_KEY,the uid of the Job",
        "cronJobs,MILLRACE_CRON_JOB,the name of the Job"
    })
    void aVariableThatServicesHaveToAgreeOnIsRefusedByItsName(String of, String name, String instead) {
        assertThatThrownBy(() -> Rendered.locally(command -> command.set(of + ".env." + name, "mine")))
                .hasMessageContaining(
                        of + ".env has " + name + ", which the chart sets by itself (expected: " + instead);
    }

    @Test
    void whatTheChartRefusesIsWhatItOrTheGatewaySetsByItself() throws IOException {
        String ofTheGateway = "MILLRACE_WORKER_RUN"; // in pods of a run
        String templates = Files.readString(Rendered.CHART.resolve("templates/_services.tpl"));
        String own = templates.substring(templates.indexOf("define \"millrace.ownVariables\""));
        String set = templates.substring(0, templates.length() - own.length());

        assertThat(own.lines().filter(line -> line.startsWith("MILLRACE_")).map(line -> line.split(":", 2)[0]))
                .contains(ofTheGateway)
                .filteredOn(name -> !name.equals(ofTheGateway))
                .isNotEmpty()
                .allSatisfy(name -> assertThat(set).contains(name.replaceAll("_(EXTRACTOR|TRANSFORMER|LOADER)$", "_")));
    }

    @Test
    void furtherVolumesAndContainersComeBesideTheChartsOwnAndAreAsSafe() {
        Rendered chart = everything();

        assertThat(services(chart)).allSatisfy(service -> {
            assertThat(service.getSpec().getVolumes())
                    .extracting(Volume::getName)
                    .contains("scratch", "ca");
            assertThat(service.getSpec().getContainers().getFirst().getVolumeMounts())
                    .extracting(VolumeMount::getMountPath)
                    .contains("/scratch", "/ca");
            assertThat(service.getSpec().getInitContainers()).hasSize(1);
            assertThat(service.getSpec().getContainers()).hasSize(2);
            for (Container container : further(service.getSpec())) {
                assertThat(container.getSecurityContext().getReadOnlyRootFilesystem())
                        .isTrue();
                assertThat(container.getSecurityContext().getCapabilities().getDrop())
                        .containsExactly("ALL");
            }
        });
        assertThat(jobs(chart)).allSatisfy(job -> {
            assertThat(job.getSpec().getContainers()).hasSize(1);
            assertThat(job.getSpec().getContainers().getFirst().getVolumeMounts())
                    .extracting(VolumeMount::getMountPath)
                    .contains("/notes")
                    .doesNotContain("/ca");
        });
    }

    @Test
    void aContainerThatSaysHowSafeItIsIsTakenAtItsWord() {
        Rendered chart = Rendered.locally(command -> command.set("services.loader-service.sidecars[0].name", "beside")
                .set("services.loader-service.sidecars[0].image", "beside:1")
                .set("services.loader-service.sidecars[0].securityContext.readOnlyRootFilesystem", false));

        Container beside =
                service(chart, "loader-service").getSpec().getContainers().get(1);
        assertThat(beside.getSecurityContext().getReadOnlyRootFilesystem()).isFalse();
        assertThat(beside.getSecurityContext().getCapabilities()).isNull();
    }

    @Test
    void podsAreSpreadAsIsSaidWithoutSayingWhichPods() {
        for (Deployment deployment : everything().all(Deployment.class)) {
            assertThat(deployment.getSpec().getTemplate().getSpec().getTopologySpreadConstraints())
                    .singleElement()
                    .satisfies(constraint -> {
                        assertThat(constraint.getTopologyKey()).isEqualTo("rack");
                        assertThat(constraint.getLabelSelector().getMatchLabels())
                                .isEqualTo(deployment.getSpec().getSelector().getMatchLabels());
                    });
        }
        assertThat(services(Rendered.onGoogleCloud(identity())))
                .allSatisfy(service -> assertThat(service.getSpec().getTopologySpreadConstraints())
                        .extracting(constraint -> constraint.getTopologyKey())
                        .containsExactly("topology.kubernetes.io/zone", "kubernetes.io/hostname"));
    }

    @Test
    void budgetsAreOnesOwnToSay() {
        Rendered chart = Rendered.onGoogleCloud(
                command -> command.set("services.extractor-service.podDisruptionBudget.minAvailable", "50%")
                        .set("services.transformer-service.podDisruptionBudget.maxUnavailable", 2)
                        .set("services.loader-service.podDisruptionBudget.enabled", false));

        assertThat(chart.all(PodDisruptionBudget.class))
                .extracting(
                        budget -> budget.getMetadata().getName(),
                        budget -> String.valueOf(
                                budget.getSpec().getMinAvailable() == null
                                        ? budget.getSpec().getMaxUnavailable().getValue()
                                        : budget.getSpec().getMinAvailable().getValue()))
                .containsExactlyInAnyOrder(
                        tuple("mill-extractor-service", "50%"), tuple("mill-transformer-service", "2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"hpa", "keda", "external"})
    void howManyPodsThereAreIsSaidOnceOnly(String type) {
        Rendered chart =
                Rendered.onGoogleCloud(command -> command.set("services.extractor-service.autoscaling.type", type)
                        .set("services.extractor-service.autoscaling.cpuUtilization", 80));

        assertThat(chart.one(Deployment.class, "mill-extractor-service")
                        .getSpec()
                        .getReplicas())
                .isNull();
        assertThat(chart.one(Deployment.class, "mill-transformer-service")
                        .getSpec()
                        .getReplicas())
                .isEqualTo(2);
        assertThat(chart.all(HorizontalPodAutoscaler.class)).hasSize(type.equals("hpa") ? 1 : 0);
        assertThat(kinds(chart, "ScaledObject")).hasSize(type.equals("keda") ? 1 : 0);
    }

    @Test
    void noPodsAreAsGoodANumberAsAnother() {
        Rendered chart = Rendered.locally(command -> command.set("services.extractor-service.replicas", 0));

        assertThat(chart.one(Deployment.class, "mill-extractor-service")
                        .getSpec()
                        .getReplicas())
                .isZero();
    }

    @Test
    void anAutoscalerGoesByProcessorsAndByTheQueueOfItsStep() {
        Rendered chart = everything();

        HorizontalPodAutoscaler extractors = chart.one(HorizontalPodAutoscaler.class, "mill-extractor-service");
        assertThat(extractors.getSpec().getScaleTargetRef().getName()).isEqualTo("mill-extractor-service");
        assertThat(extractors.getSpec().getMaxReplicas()).isEqualTo(9);
        assertThat(extractors.getSpec().getMetrics()).hasSize(2);
        assertThat(extractors
                        .getSpec()
                        .getMetrics()
                        .getFirst()
                        .getResource()
                        .getTarget()
                        .getAverageUtilization())
                .isEqualTo(70);
        assertThat(extractors
                        .getSpec()
                        .getMetrics()
                        .get(1)
                        .getExternal()
                        .getMetric()
                        .getSelector()
                        .getMatchLabels())
                .containsExactly(Map.entry("step", "extract"));

        JsonNode transformers = kinds(chart, "ScaledObject").getFirst();
        assertThat(transformers.at("/spec/scaleTargetRef/name").asText()).isEqualTo("mill-transformer-service");
        assertThat(transformers.at("/spec/triggers/0/metadata/query").asText())
                .isEqualTo("sum(max by (state) (millrace_tasks{job=\"data/mill\", step=\"transform\","
                        + " state=~\"ready|dispatched\"}))");
        assertThat(transformers.at("/spec/triggers/0/metadata/threshold").asText())
                .isEqualTo("3");
        assertThat(chart.all(PodDisruptionBudget.class))
                .extracting(budget -> budget.getMetadata().getName())
                .as("of which there are always several")
                .containsExactly("mill-extractor-service");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "api-gateway|expected: 0, since tasks are not the gateway's",
                "extractor-service|autoscaling.prometheus is missing"
            })
    void aQueueThatCannotBeAskedForIsRefused(String service, String reason) {
        assertThatThrownBy(() -> Rendered.onGoogleCloud(
                        command -> command.set("services." + service + ".autoscaling.type", "keda")
                                .set("services." + service + ".autoscaling.tasksPerPod", 4)))
                .hasMessageContaining(reason);
    }

    @Test
    void serviceAccountsMayBeThereAlready() {
        Rendered chart = Rendered.locally(command -> command.set("services.api-gateway.serviceAccount.create", false)
                .set("services.api-gateway.serviceAccount.name", "gateway")
                .set("services.loader-service.serviceAccount.name", "loader")
                .set("cronJobs.serviceAccount.create", false)
                .set("cronJobs.serviceAccount.name", "caller"));

        assertThat(chart.all(ServiceAccount.class))
                .extracting(account -> account.getMetadata().getName())
                .containsExactlyInAnyOrder("mill-extractor-service", "mill-transformer-service", "loader");
        assertThat(service(chart, "api-gateway").getSpec().getServiceAccountName())
                .isEqualTo("gateway");
        assertThat(service(chart, "loader-service").getSpec().getServiceAccountName())
                .isEqualTo("loader");
        assertThat(jobs(chart))
                .allSatisfy(
                        job -> assertThat(job.getSpec().getServiceAccountName()).isEqualTo("caller"));
        assertThat(chart.one(RoleBinding.class, "mill-api-gateway").getSubjects())
                .extracting(subject -> subject.getName())
                .containsExactly("gateway");
    }

    @Test
    void aServiceMayBeALoadBalancersWhoThenMayCallIt() {
        Rendered chart = everything();

        Service gateway = chart.one(Service.class, "mill-api-gateway");
        assertThat(gateway.getSpec().getType()).isEqualTo("LoadBalancer");
        assertThat(gateway.getMetadata().getAnnotations()).containsEntry("example.com/zone", "a");
        assertThat(callers(chart, "mill-api-gateway"))
                .anyMatch(peer -> peer.getIpBlock() != null
                        && "203.0.113.0/24".equals(peer.getIpBlock().getCidr()));
        assertThat(callers(chart, "mill-loader-service")).allMatch(peer -> peer.getIpBlock() == null);
    }

    @Test
    void anIngressHasEachNameAndEachCertificateOnce() {
        Ingress ingress = everything().one(Ingress.class, "mill-api-gateway");

        assertThat(ingress.getSpec().getRules())
                .extracting(rule -> rule.getHost())
                .containsExactly("one.example.com", "two.example.com", "plain.example.com");
        assertThat(ingress.getSpec().getTls()).singleElement().satisfies(tls -> {
            assertThat(tls.getSecretName()).isEqualTo("both");
            assertThat(tls.getHosts()).containsExactly("one.example.com", "two.example.com");
        });
    }

    @Test
    void aRouteOfGatewayApiLeadsToTheGatewayAndLetsItsCallersIn() {
        UnaryOperator<TemplateCommand> route = command -> command.set("httpRoute.enabled", true)
                .set("httpRoute.parentRefs[0].name", "public")
                .set("httpRoute.from[0].podSelector.matchLabels.app", "envoy");

        Rendered chart = Rendered.locally(route);

        JsonNode rendered = kinds(chart, "HTTPRoute").getFirst();
        assertThat(rendered.at("/spec/parentRefs/0/name").asText()).isEqualTo("public");
        assertThat(rendered.at("/spec/rules/0/backendRefs/0/name").asText()).isEqualTo("mill-api-gateway");
        assertThat(callers(chart, "mill-api-gateway"))
                .anyMatch(peer -> peer.getPodSelector() != null
                        && Map.of("app", "envoy").equals(peer.getPodSelector().getMatchLabels()));
        assertThat(kinds(Rendered.locally(identity()), "HTTPRoute")).isEmpty();
    }

    @Test
    void imagesMayBePinnedOneByOne() {
        Rendered chart = everything();

        assertThat(jobs(chart))
                .allSatisfy(job -> assertThat(
                                job.getSpec().getContainers().getFirst().getImage())
                        .matches("registry\\.example\\.com/data/millrace-cli:0\\.1\\.0@sha256:[0-9a-f]{64}"));
        assertThat(service(chart, "loader-service")
                        .getSpec()
                        .getContainers()
                        .getFirst()
                        .getImage())
                .isEqualTo("registry.example.com/data/millrace-loader-service:0.1.0");
        assertThatThrownBy(() -> Rendered.locally(command -> command.set("image.digests.api-gateway", "sha256:short")))
                .hasMessageContaining("digests");
    }

    @Test
    void furtherManifestsAreTemplatesToo() {
        Rendered chart = everything();

        assertThat(chart.one(ConfigMap.class, "common").getMetadata().getLabels())
                .containsEntry("release", "mill");
        assertThat(chart.one(ConfigMap.class, "mill-text").getData()).containsEntry("chart", "millrace");
    }

    @Test
    void withoutNetworkPoliciesThereAreNone() {
        assertThat(Rendered.locally(command -> command.set("networkPolicy.enabled", false))
                        .all(NetworkPolicy.class))
                .isEmpty();
    }

    @Test
    void namesAreAskedForWhereTheClusterHasItsServers() {
        Rendered chart = Rendered.locally(
                command -> command.set("networkPolicy.dns.ports[0]", 53).set("networkPolicy.dns.ports[1]", 5353));

        for (NetworkPolicy policy : chart.all(NetworkPolicy.class)) {
            assertThat(policy.getSpec().getEgress().getFirst().getPorts())
                    .extracting(
                            port -> port.getProtocol(), port -> port.getPort().getIntVal())
                    .containsExactly(tuple("UDP", 53), tuple("TCP", 53), tuple("UDP", 5353), tuple("TCP", 5353));
        }
    }

    @Test
    void aPodThatIsToEndGoesOnServingForAWhile() {
        Rendered chart = Rendered.locally(command -> command.set("services.loader-service.preStopSeconds", 9));

        assertThat(services(chart)).allSatisfy(service -> {
            Container container = service.getSpec().getContainers().getFirst();
            long sleep = container.getLifecycle().getPreStop().getSleep().getSeconds();
            assertThat(sleep).isEqualTo(container.getName().equals("loader-service") ? 9 : 5);
            assertThat(service.getSpec().getTerminationGracePeriodSeconds()).isGreaterThanOrEqualTo(sleep + 25);
        });
    }

    @Test
    void aFileIsOpenInOnePodAtATimeWithoutASayingSo() {
        Rendered files = Rendered.onGoogleCloud(command -> command.set("warehouse.type", "duckdb")
                .set("database.type", "h2")
                .set("services.loader-service.replicas", 1));

        assertThat(strategy(files, "api-gateway")).isEqualTo("Recreate");
        assertThat(strategy(files, "loader-service")).isEqualTo("Recreate");
        assertThat(strategy(files, "extractor-service")).isEqualTo("RollingUpdate");
        assertThat(strategy(Rendered.onGoogleCloud(identity()), "loader-service"))
                .isEqualTo("RollingUpdate");
    }

    @Test
    void anotherPipelineRestartsNoPod(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("school.yaml"), """
                name: school
                endpoints: {}
                """);
        Rendered before = Rendered.locally(identity());
        Rendered after = Rendered.locally(command -> command.setFile("pipelines.school", file));

        assertThat(services(after)).isEqualTo(services(before));
        List<String> mounted = service(after, "api-gateway").getSpec().getVolumes().stream()
                .filter(volume -> volume.getProjected() != null)
                .flatMap(volume -> volume.getProjected().getSources().stream())
                .map(source -> source.getConfigMap().getName())
                .toList();
        assertThat(after.all(ConfigMap.class))
                .anySatisfy(map -> assertThat(map.getData()).containsKey("school.yaml"))
                .allSatisfy(
                        map -> assertThat(mounted).contains(map.getMetadata().getName()));
    }

    @Test
    void aLargePipelineHasAConfigMapOfItsOwn(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(
                folder.resolve("large.yaml"),
                "name: large\nendpoints: {}\ndescription: " + "long ".repeat(50_000) + "\n");

        Rendered chart = Rendered.locally(command -> command.setFile("pipelines.large", file));

        assertThat(chart.one(ConfigMap.class, "mill-pipeline-large").getData()).containsOnlyKeys("large.yaml");
        assertThat(service(chart, "api-gateway").getSpec().getVolumes().stream()
                        .filter(volume -> volume.getProjected() != null)
                        .flatMap(volume -> volume.getProjected().getSources().stream())
                        .map(source -> source.getConfigMap().getName()))
                .contains("mill-pipeline-large");
    }

    @Test
    void nothingThatTheJvmWouldWriteToTheLogIsInItsEnvironment() {
        assertThat(pods(everything())).allSatisfy(pod -> {
            assertThat(environment(pod)).doesNotContainKeys("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS");
            assertThat(pod.getMetadata().getAnnotations().get("millrace.dev/jvm-options"))
                    .contains("-Djava.io.tmpdir=/scratch");
            assertThat(pod.getSpec().getContainers().getFirst().getVolumeMounts())
                    .filteredOn(mount -> mount.getName().equals("jvm"))
                    .extracting(VolumeMount::getMountPath)
                    .containsExactly("/app/options");
            assertThat(pod.getSpec().getVolumes())
                    .filteredOn(volume -> volume.getName().equals("jvm"))
                    .flatExtracting(volume -> volume.getDownwardAPI().getItems())
                    .extracting(
                            item -> item.getPath(), item -> item.getFieldRef().getFieldPath())
                    .containsExactly(tuple("jvm", "metadata.annotations['millrace.dev/jvm-options']"));
        });
        assertThat(Rendered.read(Rendered.ROOT.resolve("pom.xml"))).contains("<jvmFlag>@/app/options/jvm</jvmFlag>");
        assertThat(Rendered.ROOT.resolve("deployment/src/image/options/jvm")).exists();
    }

    private static Rendered everything() {
        return Rendered.locally(command -> command.withValuesFile(ChartTest.EVERYTHING));
    }

    private static List<PodTemplateSpec> services(Rendered chart) {
        return SERVICES.stream().map(name -> service(chart, name)).toList();
    }

    private static PodTemplateSpec service(Rendered chart, String name) {
        return chart.one(Deployment.class, "mill-" + name).getSpec().getTemplate();
    }

    private static List<PodTemplateSpec> jobs(Rendered chart) {
        List<PodTemplateSpec> jobs = new ArrayList<>(chart.all(CronJob.class).stream()
                .map(job -> job.getSpec().getJobTemplate().getSpec().getTemplate())
                .toList());
        Pod test = chart.one(Pod.class, "mill-test");
        jobs.add(new PodTemplateSpec(test.getMetadata(), test.getSpec()));
        return jobs;
    }

    private static List<PodTemplateSpec> pods(Rendered chart) {
        List<PodTemplateSpec> pods = new ArrayList<>(services(chart));
        pods.addAll(jobs(chart));
        return pods;
    }

    private static List<Container> further(PodSpec pod) {
        List<Container> further = new ArrayList<>(pod.getInitContainers());
        further.addAll(pod.getContainers().subList(1, pod.getContainers().size()));
        return further;
    }

    private static String strategy(Rendered chart, String service) {
        return chart.one(Deployment.class, "mill-" + service)
                .getSpec()
                .getStrategy()
                .getType();
    }

    private static Map<String, String> environment(PodTemplateSpec pod) {
        return pod.getSpec().getContainers().getFirst().getEnv().stream()
                .filter(variable -> variable.getValue() != null)
                .collect(java.util.stream.Collectors.toMap(EnvVar::getName, EnvVar::getValue));
    }

    private static List<NetworkPolicyPeer> callers(Rendered chart, String policy) {
        return chart.one(NetworkPolicy.class, policy)
                .getSpec()
                .getIngress()
                .getFirst()
                .getFrom();
    }

    private static List<JsonNode> kinds(Rendered chart, String kind) {
        return chart.documents().stream()
                .filter(document -> document.path("kind").asText().equals(kind))
                .toList();
    }
}
