package dev.millrace.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The scripts of CI, in a repository of their own, where tools that would need a cloud or a cluster are played by small
 * programs that write down how they were called.
 */
class ScriptsTest {
    private static final String GOOGLE = """
            {"project": "acme-staging", "location": "europe-west3", "cluster": "millrace",
             "registry": "europe-west3-docker.pkg.dev/acme-staging/millrace", "database_instance": "millrace-runs",
             "state_bucket": "acme-terraform", "planner": null}
            """;
    private static final String TOKEN = "a-token-that-nobody-may-see";

    @TempDir
    Path repository;

    private final Map<String, String> environment = new HashMap<>();
    private final Deque<Answer> answers = new ArrayDeque<>();
    private final List<String> requests = new ArrayList<>();
    private HttpServer gateway;

    private record Answer(int status, String body) {}

    private record Ended(int code, String output, String error) {}

    static List<String> scripts() throws IOException {
        try (Stream<Path> files = Files.list(Rendered.ROOT.resolve("scripts"))) {
            return files.filter(Files::isExecutable)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    @BeforeEach
    void copyTheScripts() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "there is no bash here");
        Files.createDirectories(repository.resolve("scripts"));
        for (String script : scripts()) {
            Files.copy(
                    Rendered.ROOT.resolve("scripts").resolve(script),
                    repository.resolve("scripts").resolve(script));
        }
        Files.copy(Rendered.ROOT.resolve("scripts/lib.sh"), repository.resolve("scripts/lib.sh"));
        Path training = Rendered.ROOT.resolve("scripts/train-images");
        executable(
                "scripts/train-images", "[ $# -eq 0 ] || exec " + training + " \"$@\""); // no images are here to be run
        write("environments/staging/google.json", GOOGLE);
        write("environments/staging/values-gcp.json", "{}");
        write("environments/staging/values.yaml", "{}");
        write("environments/staging/pipelines/smoke.yaml", "name: smoke");
        write("environments/staging/pipelines/school/pipeline.yaml", "name: school");
        environment.put("MILLRACE_TOKEN", TOKEN);

        gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        gateway.createContext("/", exchange -> {
            requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization") + " "
                    + exchange.getRequestHeaders().getFirst("Idempotency-Key"));
            Answer answer = answers.size() > 1 ? answers.remove() : answers.element(); // the last one is repeated
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        gateway.start();
    }

    @AfterEach
    void stop() {
        if (gateway != null) {
            gateway.stop(0);
        }
    }

    @ParameterizedTest
    @MethodSource("scripts")
    void aScriptExplainsItself(String script) throws Exception {
        Ended ended = run(script, "--help");

        assertThat(ended.code()).isZero();
        assertThat(ended.output()).startsWith("scripts/" + script);
        assertThat(ended.output().lines()).hasSizeGreaterThan(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "images --tag|--tag has no value",
                "images --base|--base has no value",
                "images --tag a/b|--tag is 'a/b' (expected: letters, digits, _ . and -)",
                "images --architecture riscv64|--architecture is 'riscv64' (expected: amd64 or arm64)",
                "images now|unknown argument now",
                "lint all|lint takes no arguments, found all",
                "chart --version|--version has no value",
                "scan everything|unknown argument everything",
                "schemas helm|unknown argument helm, expected kubernetes or terraform",
                "schemas kubernetes|a file is missing",
                "deploy|FOLDER is missing",
                "deploy environments/staging environments/production|one FOLDER is deployed at a time",
                "deploy --force environments/staging|unknown option --force",
                "smoke smoke|expected PIPELINE and ENDPOINT, found 1 names",
                "smoke --within soon smoke smoke|--within is 'soon' (expected: seconds, such as 600)",
                "terraform-plan|FOLDER is missing",
                "terraform-apply|FOLDER is missing",
                "release 1.2|VERSION is '1.2' (expected: such as 1.2.3 or 1.2.3-rc.1)",
                "release --with arm 1.2.3|--with is 'arm' (expected: amd64 or arm64)",
                "release --with arm64 1.2.3|--with needs a --registry",
                "tools everything|everything is none of: gitleaks helm",
                "database-password --user A environments/staging|--user is 'A'"
            })
    void aCallThatIsWrongEndsWith2AndSaysWhy(String call, String reason) throws Exception {
        String[] words = call.split(" ", -1);

        Ended ended = run(words[0], Arrays.copyOfRange(words, 1, words.length));

        assertThat(ended.error())
                .startsWith(words[0] + ": ")
                .contains(reason)
                .contains("scripts/" + words[0] + " --help");
        assertThat(ended.code()).isEqualTo(2);
    }

    @Test
    void theEnvironmentsAreThoseThatTerraformHasMade() throws Exception {
        installed("jq");
        write("environments/planned/terraform.tfvars", "");

        assertThat(run("environment", "--list").output()).isEqualTo("environments=[\"staging\"]\n");
        assertThat(run("environment", "environments/staging").output())
                .contains("project=acme-staging\n", "cluster=millrace\n")
                .doesNotContain("planner");
        assertThat(run("environment", "environments/staging", "registry").output())
                .isEqualTo("europe-west3-docker.pkg.dev/acme-staging/millrace\n");
        assertThat(run("environment", "environments/staging", "planner").error())
                .contains("environments/staging/google.json says nothing of planner");
        assertThat(run("environment", "environments/planned", "project").error())
                .contains("environments/planned/google.json doesn't exist");
    }

    @Test
    void aDeploymentTakesTheEnvironmentAndGoesBackWhenItFails() throws Exception {
        tool("helm", "[ \"$1 $2\" = 'upgrade --help' ] && echo '  --rollback-on-failure  go back' || record \"$@\"");

        Ended ended = run("deploy", "--tag", "abc", "environments/staging");

        assertThat(ended.error()).contains("millrace in millrace, images abc");
        assertThat(ended.code()).isZero();
        assertThat(calls())
                .singleElement()
                .asString()
                .isEqualTo("helm upgrade millrace " + repository
                        + "/helm/millrace --install --namespace millrace"
                        + " --values environments/staging/values-gcp.json --values environments/staging/values.yaml"
                        + " --set-file pipelines.smoke=environments/staging/pipelines/smoke.yaml"
                        + " --set-file pipelines.school=environments/staging/pipelines/school/pipeline.yaml"
                        + " --set-string image.tag=abc --rollback-on-failure --timeout 10m --history-max 10");
    }

    @Test
    void aDeploymentByAnOlderHelmGoesBackToo() throws Exception {
        tool("helm", "[ \"$1 $2\" = 'upgrade --help' ] && echo '  --atomic  go back' || record \"$@\"");

        run("deploy", "--tag", "abc", "--dry-run", "environments/staging");

        assertThat(calls()).singleElement().asString().contains(" --atomic ").endsWith(" --dry-run=server");
    }

    @Test
    void aDeploymentTakesBackWhatOthersHaveChangedOnlyWhenItIsTold() throws Exception {
        tool("helm", "[ \"$1 $2\" = 'upgrade --help' ] && echo '  --rollback-on-failure  go back' || record \"$@\"");

        run("deploy", "--tag", "abc", "--force-conflicts", "environments/staging");

        assertThat(calls()).singleElement().asString().endsWith(" --history-max 10 --force-conflicts");
    }

    @Test
    void aKubeconfigHasTheTokenAndIsForItsOwnerOnly() throws Exception {
        installed("jq");
        tool(
                "gcloud",
                "record \"$@\"; case $1 in auth) echo " + TOKEN + " ;; *) echo gke-abc.europe-west3.gke.goog ;; esac");

        Ended ended = run("cluster-access", "environments/staging");

        Path file = repository.resolve("target/ci/kubeconfig");
        assertThat(ended.output().trim()).isEqualTo(file.toString());
        assertThat(Files.readString(file)).contains("https://gke-abc.europe-west3.gke.goog", TOKEN);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(calls()).first().asString().contains("millrace --project=acme-staging --location=europe-west3");
    }

    @ParameterizedTest
    @CsvSource({"millrace,PUT,users?name=millrace", "postgres,POST,users"})
    void aPasswordOfTheDatabaseIsSeenByNobody(String present, String method, String path) throws Exception {
        installed("jq");
        tool("gcloud", "record \"$@\"; echo " + TOKEN);
        tool("curl", """
                record "$@"
                while [ $# -gt 0 ]; do
                  case $1 in
                    --output) output=$2 ;;
                    --data-binary) cp "${2#@}" "$root/sent.json" ;;
                    *operations*) answer='{"status": "DONE"}' ;;
                    https:*) answer='{"name": "operation-1", "items": [{"name": "PRESENT"}]}' ;;
                  esac
                  shift
                done
                printf '%s' "$answer" >"$output"
                printf 200
                """.replace("PRESENT", present));
        tool("kubectl", """
                record "$@"
                for argument in "$@"; do
                  case $argument in
                    --from-file=*/password) cp "${argument#--from-file=}" "$root/secret" ;;
                  esac
                done
                """);

        Ended ended = run("database-password", "environments/staging");

        assertThat(ended.code()).as(ended.error()).isZero();
        String password = Files.readString(repository.resolve("secret"));
        assertThat(password).matches("[A-Za-z0-9]{40,48}");
        assertThat(Files.readString(repository.resolve("sent.json"))).contains("\"millrace\"", '"' + password + '"');
        assertThat(calls())
                .anyMatch(call -> call.contains("--request " + method)
                        && call.endsWith("/projects/acme-staging/instances/millrace-runs/" + path))
                .anyMatch(
                        call -> call.startsWith("kubectl create secret generic millrace-database --namespace millrace"))
                .anyMatch(call -> call.startsWith("kubectl rollout restart deployment/millrace-api-gateway"))
                .noneMatch(call -> call.contains(password) || call.contains(TOKEN));
        assertThat(ended.output() + ended.error()).doesNotContain(password).doesNotContain(TOKEN);
    }

    @Test
    void aRunThatSucceedsIsWaitedForWithOneKey() throws Exception {
        installed("jq", "curl");
        answers.add(new Answer(409, "{\"detail\": \"run 1 of smoke/smoke is active\"}"));
        answers.add(new Answer(503, ""));
        answers.add(aRun("LOADING", "null"));
        answers.add(aRun("SUCCEEDED", "null"));

        Ended ended = smoke();

        assertThat(ended.output())
                .isEqualTo("smoke/smoke succeeded: 7 extracted, 7 loaded, 0 rejected, 0 filtered; run r1\n");
        assertThat(ended.code()).as(ended.error()).isZero();
        assertThat(requests)
                .hasSize(4)
                .first()
                .asString()
                .startsWith("POST /api/v1/pipelines/smoke/endpoints/smoke/runs?wait=PT20S Bearer " + TOKEN + " smoke-");
        assertThat(requests).containsOnly(requests.getFirst());
    }

    @Test
    void aPipelineThatHasNotReachedTheGatewayYetIsWaitedFor() throws Exception {
        installed("jq", "curl");
        answers.add(new Answer(404, "{\"code\": \"PIPELINE_UNKNOWN\"}"));
        answers.add(aRun("SUCCEEDED", "null"));

        assertThat(smoke().code()).isZero();

        answers.clear();
        answers.add(new Answer(404, "{\"code\": \"PIPELINE_UNKNOWN\"}"));
        Ended unknown = smoke("--within", "1");
        assertThat(unknown.error()).contains("answered with 404: {\"code\": \"PIPELINE_UNKNOWN\"}");
        assertThat(unknown.code()).isEqualTo(2);
    }

    @Test
    void aRunThatFailsFailsTheTestWithItsReason() throws Exception {
        installed("jq", "curl");
        answers.add(aRun("FAILED", "{\"code\": \"SOURCE_UNAVAILABLE\", \"detail\": \"503 of the source\"}"));

        Ended ended = smoke();

        assertThat(ended.error())
                .isEqualTo("smoke: smoke/smoke FAILED: SOURCE_UNAVAILABLE: 503 of the source; run r1\n");
        assertThat(ended.code()).isEqualTo(1);
    }

    @Test
    void aRunThatDoesNotEndFailsTheTest() throws Exception {
        installed("jq", "curl");
        answers.add(aRun("EXTRACTING", "null"));

        Ended ended = smoke("--within", "1");

        assertThat(ended.error()).isEqualTo("smoke: not ended after 1 s: the run is EXTRACTING\n");
        assertThat(ended.code()).isEqualTo(1);
    }

    @Test
    void aGatewayThatRefusesOrIsAwayIsNoFailedRun() throws Exception {
        installed("jq", "curl");
        answers.add(new Answer(403, "{\"code\": \"FORBIDDEN\"}"));
        Ended refused = smoke();
        gateway.stop(0);
        Ended away = smoke("--within", "1");

        assertThat(refused.error()).contains("answered with 403: {\"code\": \"FORBIDDEN\"}");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(away.error()).contains("can't be reached").doesNotContain(TOKEN);
        assertThat(away.code()).isEqualTo(3);
    }

    @Test
    void withoutAnAddressTheReleaseIsReachedThroughKubectlWhichIsEndedAfterwards() throws Exception {
        installed("jq", "curl");
        environment.remove("MILLRACE_TOKEN");
        answers.add(aRun("SUCCEEDED", "null"));
        tool("kubectl", """
                record "$@"
                case "$*" in
                  *"get secret school-keys"*) printf '%%s' '%s' | base64 ;;
                  *port-forward*)
                    echo $$ >"$root/pid"
                    echo "Forwarding from 127.0.0.1:%d -> 8080"
                    exec sleep 60
                    ;;
                esac
                """.formatted(TOKEN, gateway.getAddress().getPort()));

        Ended ended = run("smoke", "--namespace", "data", "--release", "school", "smoke", "smoke");

        assertThat(ended.code()).as(ended.error()).isZero();
        assertThat(requests).singleElement().asString().contains("Bearer " + TOKEN);
        assertThat(calls())
                .anyMatch(call -> call.equals("kubectl --namespace data port-forward service/school-api-gateway :8080"))
                .noneMatch(call -> call.contains(TOKEN));
        long forwarder =
                Long.parseLong(Files.readString(repository.resolve("pid")).trim());
        ProcessHandle.of(forwarder)
                .ifPresent(process -> assertThat(process.onExit()).succeedsWithin(Duration.ofSeconds(10)));
    }

    @Test
    void aReleaseThatIsNotThereIsSaid() throws Exception {
        installed("jq", "curl");
        tool(
                "kubectl",
                "case \"$*\" in *'get secret'*) printf x | base64 ;; *) echo 'services \"millrace-api-gateway\" not found' >&2; exit 1 ;; esac");

        Ended ended = run("smoke", "smoke", "smoke");

        assertThat(ended.error())
                .contains(
                        "service/millrace-api-gateway of millrace can't be reached: services \"millrace-api-gateway\" not found");
        assertThat(ended.code()).isEqualTo(3);
    }

    @Test
    void aReleaseHasItsChartItsPartsAndWhatHasChanged() throws Exception {
        write(
                "CHANGELOG.md",
                "# Changelog\n\n## [Unreleased]\n\n- later\n\n## [1.2.3] - 2026-12-01\n\n### Added\n\n- this\n\n## [1.2.2]\n\n- before\n");
        write("helm/millrace/values-local.yaml", "");
        write("pipelines/school/pipeline.yaml", "");
        executable(
                "mvnw",
                "record \"$@\"; mkdir -p api-gateway/target/image; echo '{}' >api-gateway/target/image/sbom.cdx.json");
        tool("helm", "record \"$@\"; [ \"$1\" != package ] || echo chart >\"$4/millrace-$6.tgz\"");

        Ended ended = run("release", "--base", "tar:///srv/base.tar", "v1.2.3");

        assertThat(ended.code()).as(ended.error()).isZero();
        Path release = repository.resolve("target/ci/release");
        try (Stream<Path> files = Files.list(release)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "CHANGES.md", "SHA256SUMS", "millrace-1.2.3.tgz", "millrace-api-gateway-1.2.3.cdx.json");
        }
        assertThat(Files.readString(release.resolve("CHANGES.md"))).isEqualTo("### Added\n\n- this\n\n");
        assertThat(calls())
                .anyMatch(call -> call.startsWith("mvnw ")
                        && call.contains("-Dimage.tag=1.2.3")
                        && call.contains("-Dimage.base=tar:///srv/base.tar"));
        assertThat(calls()).noneMatch(call -> call.contains("jib:build") || call.contains("push"));
    }

    @Test
    void whatAReleasePushesIsListedWithItsDigestsToBeSigned() throws Exception {
        write("CHANGELOG.md", "# Changelog\n\n## [1.2.3] - 2026-12-01\n\n- this\n");
        write("helm/millrace/values-local.yaml", "");
        write("pipelines/school/pipeline.yaml", "");
        write("standalone/pom.xml", "<image.name>cli</image.name>");
        executable("mvnw", "mkdir -p standalone/target; printf sha256:abc >standalone/target/jib-image.digest");
        tool("helm", "record \"$@\"; [ \"$1\" != package ] || echo chart >\"$4/millrace-$6.tgz\"");

        Ended ended = run("release", "--registry", "registry.example.com/Acme", "1.2.3");

        assertThat(ended.code()).as(ended.error()).isZero();
        assertThat(calls()).last().asString().endsWith("oci://registry.example.com/acme/charts");
        assertThat(Files.readAllLines(repository.resolve("target/ci/release/SUBJECTS")))
                .hasSize(2)
                .anyMatch(line -> line.matches("[0-9a-f]{64}  millrace-1\\.2\\.3\\.tgz"))
                .contains("abc  registry.example.com/acme/millrace-cli");
    }

    @Test
    void aReleaseForTwoKindsOfMachinesSignsWhatNamesBoth() throws Exception {
        write("CHANGELOG.md", "# Changelog\n\n## [1.2.3] - 2026-12-01\n\n- this\n");
        write("helm/millrace/values-local.yaml", "");
        write("pipelines/school/pipeline.yaml", "");
        write("standalone/pom.xml", "<image.name>cli</image.name>");
        executable(
                "mvnw",
                "record \"$@\"; mkdir -p standalone/target; printf sha256:abc >standalone/target/jib-image.digest");
        tool("helm", "record \"$@\"; [ \"$1\" != package ] || echo chart >\"$4/millrace-$6.tgz\"");
        tool("docker", "record \"$@\"; [ \"$3\" != inspect ] || echo sha256:def");
        tool("uname", "echo Linux x86_64");

        Ended ended = run("release", "--registry", "registry.example.com/acme", "--with", "arm64", "1.2.3");

        assertThat(ended.code()).as(ended.error()).isZero();
        assertThat(calls())
                .anyMatch(call -> call.startsWith("mvnw ")
                        && call.contains("-Dimage.tag=1.2.3-amd64")
                        && call.contains("-Dimage.architecture=amd64"))
                .contains("docker buildx imagetools create --tag registry.example.com/acme/millrace-cli:1.2.3"
                        + " registry.example.com/acme/millrace-cli:1.2.3-amd64"
                        + " registry.example.com/acme/millrace-cli:1.2.3-arm64");
        assertThat(Files.readAllLines(repository.resolve("target/ci/release/SUBJECTS")))
                .contains("def  registry.example.com/acme/millrace-cli");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Linux x86_64|images --tag a|amd64|true",
                "Linux aarch64|images --tag a|arm64|true",
                "Linux x86_64|images --tag a --architecture arm64|arm64|false",
                "Darwin arm64|images --tag a|amd64|false",
                "Darwin arm64|images --tag a --architecture arm64|arm64|false"
            })
    void imagesAreForMachinesLikeThisOneAndTriedWhereTheyRun(
            String machine, String call, String architecture, boolean tried) throws Exception {
        tool("uname", "echo " + machine);
        executable("mvnw", "record \"$@\"");
        executable("scripts/train-images", "record \"$@\"");
        String[] words = call.split(" ", -1);

        Ended ended = run(words[0], Arrays.copyOfRange(words, 1, words.length));

        assertThat(ended.code()).as(ended.error()).isZero();
        assertThat(calls())
                .filteredOn(each -> each.startsWith("mvnw"))
                .isNotEmpty()
                .allMatch(each -> each.contains("-Dimage.architecture=" + architecture));
        assertThat(calls().stream().anyMatch(each -> each.startsWith("train-images")))
                .isEqualTo(tried);
    }

    @Test
    void aVersionThatTheChangelogDoesNotHaveIsNotReleased() throws Exception {
        write("CHANGELOG.md", "# Changelog\n\n## [Unreleased]\n\n- later\n");
        tool("helm", "record \"$@\"");

        Ended ended = run("release", "1.2.3");

        assertThat(ended.error()).contains("CHANGELOG.md has no section '## [1.2.3]', or an empty one");
        assertThat(ended.code()).isEqualTo(1);
        assertThat(calls()).isEmpty();
    }

    @Test
    void imagesArePushedWithATokenThatIsOnNoCommandLine() throws Exception {
        tool("gcloud", "record \"$@\"; echo " + TOKEN);
        executable("mvnw", "record \"$@\"; cp \"$DOCKER_CONFIG/config.json\" \"$root/config.json\"");

        Ended ended = run("images", "--tag", "abc", "--registry", "europe-west3-docker.pkg.dev/acme/millrace");

        assertThat(ended.code()).as(ended.error()).isZero();
        assertThat(calls())
                .anyMatch(call -> call.contains("-Dimage.prefix=europe-west3-docker.pkg.dev/acme/millrace/millrace")
                        && call.contains("-Dimage.tag=abc")
                        && call.endsWith(" package jib:build"))
                .noneMatch(call -> call.contains(TOKEN));
        String basic =
                Base64.getEncoder().encodeToString(("oauth2accesstoken:" + TOKEN).getBytes(StandardCharsets.UTF_8));
        assertThat(Files.readString(repository.resolve("config.json")))
                .contains("\"europe-west3-docker.pkg.dev\": {\"auth\": \"" + basic + "\"}");
    }

    private static Answer aRun(String state, String error) {
        return new Answer(200, """
                {"batch": "b1", "runs": [{"id": "r1", "pipeline": "smoke", "endpoint": "smoke", "state": "%s", "rowsExtracted": 7,
                 "rowsLoaded": 7, "rowsRejected": 0, "rowsFiltered": 0, "error": %s}]}""".formatted(state, error));
    }

    private Ended smoke(String... options) throws Exception {
        List<String> arguments = new ArrayList<>(
                List.of("--gateway", "http://127.0.0.1:" + gateway.getAddress().getPort()));
        arguments.addAll(List.of(options));
        arguments.addAll(List.of("smoke", "smoke"));
        return run("smoke", arguments.toArray(String[]::new));
    }

    private Ended run(String script, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("scripts/" + script));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(repository.toFile())
                .redirectOutput(repository.resolve("output").toFile())
                .redirectError(repository.resolve("error").toFile());
        builder.environment().keySet().removeAll(List.of("KUBECONFIG", "DOCKER_CONFIG", "GITHUB_TOKEN"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError(command + " hasn't ended: " + Files.readString(repository.resolve("error")));
        }
        return new Ended(
                process.exitValue(),
                Files.readString(repository.resolve("output")),
                Files.readString(repository.resolve("error")));
    }

    /** How the played tools were called, without what they were given otherwise. */
    private List<String> calls() throws IOException {
        Path calls = repository.resolve("calls");
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    private void tool(String name, String body) throws IOException {
        executable(".tools/bin/" + name, body);
    }

    private void executable(String path, String body) throws IOException {
        Path file = write(path, """
                #!/usr/bin/env bash
                root=%s
                record() { echo "$(basename "$0") $*" >>"$root/calls"; }
                %s
                """.formatted(repository, body));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Path write(String path, String content) throws IOException {
        Path file = repository.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    private static void installed(String... tools) {
        for (String tool : tools) {
            assumeTrue(
                    Stream.of(System.getenv("PATH").split(":", -1))
                            .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool))),
                    tool + " isn't installed here");
        }
    }
}
