package dev.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.standalone.client.Run;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The pipelines of public APIs as they ship, run against servers that do what each API's documentation says. */
@Timeout(60)
class PublicApisTest {
    @TempDir
    private static Path folder;

    private static MillraceUnderTest millrace;
    private static ScriptedApi api;
    private static GitHubDouble github;
    private static StripeDouble stripe;
    private static KubernetesDouble kubernetes;
    private static CloudStorageDouble cloudStorage;
    private static GitLabDouble gitlab;

    @BeforeAll
    static void start() throws Exception {
        api = new ScriptedApi();
        github = new GitHubDouble(api, "github-token");
        stripe = new StripeDouble(api, "stripe-key");
        kubernetes = new KubernetesDouble(api, "kubernetes-token");
        cloudStorage = new CloudStorageDouble(api, "google-token");
        gitlab = new GitLabDouble(api, "gitlab-token");
        millrace = new MillraceUnderTest(folder);
        for (String example : List.of("github", "stripe", "kubernetes", "cloud-storage", "gitlab")) {
            millrace.example(example);
        }
        secret("github", "", "TOKEN", "github-token");
        secret("stripe", "", "KEY", "stripe-key");
        secret("kubernetes", "", "TOKEN", "kubernetes-token");
        secret("cloud_storage", "", "TOKEN", "google-token");
        secret("gitlab", "/api/v4", "TOKEN", "gitlab-token");
    }

    private static void secret(String name, String path, String field, String value) {
        millrace.secret(name, "{\"API_BASE_URL\": \"" + api.url() + path + "\", \"" + field + "\": \"" + value + "\"}");
    }

    @AfterAll
    static void stop() {
        millrace.close();
        api.close();
    }

    @BeforeEach
    void forgetRequests() {
        api.forgetRequests();
    }

    private static Run succeeded(String pipeline, String endpoint) throws InterruptedException {
        Run run = millrace.runs(pipeline, endpoint).getFirst();
        assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);
        return run;
    }

    private static void assertRefused(String pipeline, String endpoint, String code, String... detail)
            throws InterruptedException {
        Run run = millrace.runs(pipeline, endpoint).getFirst();
        assertThat(run.state()).isEqualTo(Run.State.FAILED);
        assertThat(run.error()).isNotNull().returns(code, Run.Failure::code);
        assertThat(run.error().detail()).contains(detail);
    }

    @Test
    void issuesOfGitHubAreReadLinkByLinkAndRateLimitsAreWaitedFor() throws Exception {
        github.limit(1);
        Run run = succeeded("github", "issues");

        assertThat(millrace.count("github.issues")).isEqualTo(GitHubDouble.ISSUES);
        assertThat(millrace.query("""
                        SELECT number, state, author, closed_at, pull_request, labels FROM github.issues
                        WHERE number IN (7, 15) ORDER BY number
                        """))
                .containsExactly(
                        Arrays.asList(
                                "7", "open", null, null, null, "[{\"id\": 1, \"name\": \"bug\", \"default\": true}]"),
                        Arrays.asList(
                                "15",
                                "closed",
                                "octocat",
                                "2011-04-22T13:33:48Z",
                                "https://api.github.com/repos/octocat/Spoon-Knife/pulls/15",
                                "[{\"id\": 1, \"name\": \"bug\", \"default\": true}]"));
        assertThat(api.requests("/repos/octocat/Spoon-Knife/issues")).hasSize(2);
        assertThat(api.requests("/repositories/1300192/issues"))
                .containsExactly(
                        "GET /repositories/1300192/issues?state=all&sort=created&direction=asc&per_page=100&page=2",
                        "GET /repositories/1300192/issues?state=all&sort=created&direction=asc&per_page=100&page=3");
        assertThat(millrace.log(run))
                .anyMatch(line -> line.startsWith("WARN")
                        && line.contains("403")
                        && line.contains("You have exceeded a secondary rate limit.")
                        && line.contains("attempt 2 of 4 follows in 1000 ms"));
    }

    @Test
    void aWrongTokenForGitHubIsRefusedAtOnce() throws Exception {
        secret("github", "", "TOKEN", "revoked");
        assertRefused("github", "issues", "SOURCE_UNAUTHORIZED", "401", "Bad credentials");
        secret("github", "", "TOKEN", "github-token");
    }

    @Test
    void chargesOfStripeAreReadAfterTheLastOneOfEachPage() throws Exception {
        stripe.limit(1);
        for (String day : List.of("2026-01-31", "2026-02-01", "2026-01-31")) {
            Run run = millrace.runsOf(day, "stripe", "charges").getFirst();
            assertThat(run.state()).as(String.valueOf(run.error())).isEqualTo(Run.State.SUCCEEDED);
        }

        assertThat(millrace.count("stripe.charges")).isEqualTo(StripeDouble.CHARGES);
        assertThat(millrace.query("""
                        SELECT id, created, amount, customer, card_brand, metadata FROM stripe.charges
                        WHERE id = 'ch_001'
                        """))
                .containsExactly(
                        Arrays.asList("ch_001", "2026-01-31T00:00:01Z", "100", null, "visa", "{\"basket\": \"b-17\"}"));
        assertThat(api.requests("/v1/charges"))
                .startsWith(
                        "GET /v1/charges?created%5Bgte%5D=1769817600&created%5Blt%5D=1769904000&limit=100",
                        "GET /v1/charges?created%5Bgte%5D=1769817600&created%5Blt%5D=1769904000&limit=100",
                        "GET /v1/charges?created%5Bgte%5D=1769817600&created%5Blt%5D=1769904000&starting_after=ch_131&limit=100");
    }

    @Test
    void anAccountOfStripeWithoutCustomersIsNoError() throws Exception {
        assertThat(succeeded("stripe", "customers").rowsLoaded()).isZero();
    }

    @Test
    void aWrongKeyForStripeIsRefusedAtOnce() throws Exception {
        secret("stripe", "", "KEY", "expired");
        assertRefused("stripe", "customers", "SOURCE_UNAUTHORIZED", "401", "Invalid API Key provided");
        secret("stripe", "", "KEY", "stripe-key");
    }

    @Test
    void podsOfKubernetesAreReadInChunksAndABusyServerIsWaitedFor() throws Exception {
        kubernetes.limit(1);
        Run run = succeeded("kubernetes", "pods");

        assertThat(millrace.count("kubernetes.pods")).isEqualTo(KubernetesDouble.PODS);
        assertThat(millrace.log(run))
                .filteredOn(line -> line.startsWith("INFO page "))
                .hasSize(3);
        assertThat(millrace.query("""
                        SELECT name, node, phase, started, labels FROM kubernetes.pods
                        WHERE name IN ('web-10', 'web-11') ORDER BY name
                        """))
                .containsExactly(
                        Arrays.asList("web-10", null, "Pending", null, "{\"app.kubernetes.io/name\": \"web\"}"),
                        List.of(
                                "web-11",
                                "node-1",
                                "Running",
                                "2026-01-31T12:00:02Z",
                                "{\"app.kubernetes.io/name\": \"web\"}"));
    }

    @Test
    void nodesOfKubernetesAreOneChunk() throws Exception {
        succeeded("kubernetes", "nodes");
        assertThat(millrace.query("SELECT name, unschedulable FROM kubernetes.nodes ORDER BY name"))
                .containsExactly(List.of("node-0", "false"), List.of("node-1", "false"), List.of("node-2", "true"));
    }

    @Test
    void chunksOfKubernetesThatHaveExpiredFailTheRunAndARetryBeginsAnew() throws Exception {
        kubernetes.expire();
        Run run = millrace.runs("kubernetes", "pods").getFirst();
        assertThat(run.error()).isNotNull().returns("SOURCE_REFUSED", Run.Failure::code);
        assertThat(run.error().detail()).contains("410", "too old to display a consistent list");

        assertThat(millrace.call("retry", run.id()).exitCode()).isZero();
        assertThat(millrace.count("kubernetes.pods")).isEqualTo(KubernetesDouble.PODS);
    }

    @Test
    void objectsOfCloudStorageAreReadTokenByToken() throws Exception {
        cloudStorage.fail(1);
        succeeded("cloud-storage", "objects");

        assertThat(millrace.count("cloud_storage.objects")).isEqualTo(2345);
        assertThat(millrace.query("""
                        SELECT name, generation, size, md5_hash, created FROM cloud_storage.objects
                        WHERE name LIKE '%00001.TIF'
                        """))
                .containsExactly(Arrays.asList(
                        "LC08/01/044/034/00001.TIF",
                        "150240822681200001",
                        "5000000001",
                        null,
                        "2017-08-10T23:37:06.799000Z"));
        assertThat(api.requests("/storage/v1/b/gcp-public-data-landsat/o"))
                .last()
                .asString()
                .endsWith("?prefix=LC08%2F01%2F044%2F034%2F&maxResults=1000&projection=noAcl&pageToken=t2000%3D");
    }

    @Test
    void issuesOfGitLabAreReadUntilNoNextPageIsNamed() throws Exception {
        gitlab.limit(1);
        succeeded("gitlab", "issues");

        assertThat(millrace.count("gitlab.issues")).isEqualTo(GitLabDouble.ISSUES);
        assertThat(millrace.query(
                        "SELECT id, state, due_date, closed_at, labels FROM gitlab.issues WHERE iid < 3 ORDER BY iid"))
                .containsExactly(
                        Arrays.asList("77", "opened", null, null, "[\"foo\", \"bar\"]"),
                        List.of("78", "closed", "2016-07-22", "2016-01-05T15:31:46.176000Z", "[\"foo\", \"bar\"]"));
        assertThat(api.requests("/api/v4/projects/gitlab-org%2Fcli/issues"))
                .extracting(request -> request.replaceFirst(".*per_page=100", ""))
                .containsExactly("", "", "&page=2", "&page=3");
    }

    @Test
    void aWrongTokenForGitLabIsRefusedAtOnce() throws Exception {
        secret("gitlab", "/api/v4", "TOKEN", "revoked");
        assertRefused("gitlab", "issues", "SOURCE_UNAUTHORIZED", "401 Unauthorized");
        secret("gitlab", "/api/v4", "TOKEN", "gitlab-token");
    }
}
