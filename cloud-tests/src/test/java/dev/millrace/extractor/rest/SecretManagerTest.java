package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.emulator.GcpEmulator;
import dev.millrace.emulator.http.Fault;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.rest.Auth;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.pipeline.rest.RestSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Outcome;
import dev.millrace.task.Task;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class SecretManagerTest {
    private static final String SECRET = "projects/own/secrets/school";
    private static final String ACCESS = "AccessSecretVersion";

    private static GcpEmulator google;
    private static ExtractorUnderTest extractor;
    private static FakeApi api;
    private static final List<String> SENT = new ArrayList<>();

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        google = GcpEmulator.start(folder.resolve("gcp"));
        extractor = new ExtractorUnderTest(
                folder.resolve("extractor"),
                Map.of(
                        "millrace.secrets.type",
                        "secret-manager",
                        "millrace.gcp.project",
                        "own",
                        "millrace.gcp.authentication",
                        "none",
                        "millrace.gcp.secret-manager-host",
                        google.secretManager().toString()));
        api = new FakeApi((exchange, number) -> {
            synchronized (SENT) {
                SENT.add(exchange.getRequestHeaders().getFirst("Authorization"));
            }
            FakeApi.json(exchange, "[{\"id\":" + number + "}]");
        });
    }

    @AfterAll
    static void stop() {
        extractor.close();
        api.close();
        google.close();
    }

    @BeforeEach
    void forget() {
        google.faults().clear();
        google.calls().clear();
        SENT.clear();
    }

    @Test
    void aNewVersionCountsForTheNextRunAndEachRunAsksOnce() throws Exception {
        String secret = "projects/own/secrets/rotated";
        add(secret, "marker-1");
        assertRead("${secret:rotated#TOKEN}", "marker-1");
        assertThat(google.calls().count("GRPC", ACCESS)).isEqualTo(1);

        add(secret, "marker-2");
        assertRead("${secret:rotated#TOKEN}", "marker-2");
        assertRead("${secret:rotated@1#TOKEN}", "marker-1");
        assertRead("${secret:rotated@latest#TOKEN}", "marker-2");
        assertRead("${secret:projects/own/secrets/rotated@2#TOKEN}", "marker-2");
    }

    @Test
    void readsASecretOfAnotherProject() throws Exception {
        add("projects/other-1/secrets/school", "marker-other");

        assertRead("${secret:projects/other-1/secrets/school#TOKEN}", "marker-other");
    }

    @ParameterizedTest
    @CsvSource({
        "${secret:nothing#TOKEN}, SECRET_MISSING, there is no version latest of projects/own/secrets/nothing",
        "${secret:kept@7}, SECRET_MISSING, there is no version 7 of projects/own/secrets/kept",
        "${secret:kept#TOCKEN}, SECRET_MISSING, secret 'kept' has no field 'TOCKEN' with a text",
        "${secret:denied}, SECRET_DENIED, may not read version latest of projects/own/secrets/denied",
        "${secret:disabled@1}, SECRET_MISSING, version 1 of projects/own/secrets/disabled is disabled or destroyed"
    })
    void saysWhatIsWrongWithASecret(String token, ErrorCode code, String message) throws Exception {
        add("projects/own/secrets/kept", "marker-kept");
        add("projects/own/secrets/denied", "marker-denied");
        google.secrets().deny("projects/own/secrets/denied");
        add("projects/own/secrets/disabled", "marker-disabled");
        google.secrets().disable("projects/own/secrets/disabled", 1);

        assertThat(read(token, null).failure(code)).startsWith(message);
    }

    @Test
    void aPassingFailureOfSecretManagerIsNoFailure() throws Exception {
        add("projects/own/secrets/flaky", "marker-flaky");
        google.faults().inject("GRPC", ACCESS, 0, 2, new Fault.Status(503, "try again"));

        assertRead("${secret:flaky#TOKEN}", "marker-flaky");
        assertThat(google.calls().count("GRPC", ACCESS)).isEqualTo(3);
    }

    @Test
    void aLastingFailureAndADamagedValueAreNamed() throws Exception {
        add("projects/own/secrets/away", "marker-away");
        google.faults().inject("GRPC", ACCESS, new Fault.Status(500, "INTERNAL"));
        assertThat(read("${secret:away#TOKEN}", null).failure(ErrorCode.SECRETS_UNAVAILABLE))
                .isEqualTo("can't read version latest of projects/own/secrets/away: Secret Manager said INTERNAL");

        google.faults().inject("GRPC", ACCESS, new Fault.Corrupted(0));
        assertThat(read("${secret:away#TOKEN}", null).failure(ErrorCode.SECRETS_UNAVAILABLE))
                .isEqualTo(
                        "the value of projects/own/secrets/away arrived with another checksum than it was sent with");
    }

    @Test
    void aPipelineThatNamesUnknownCredentialsGetsNoSecret() throws Exception {
        add(SECRET, "marker-1");

        assertThat(read("${secret:school#TOKEN}", "hiring").failure(ErrorCode.CREDENTIALS_UNKNOWN))
                .contains("'hiring'", "millrace.gcp.credentials.hiring.key-file");
        assertThat(google.calls().all()).isEmpty();
    }

    private static void add(String secret, String token) {
        google.secrets().add(secret, "{\"URL\":\"" + api.url() + "\",\"TOKEN\":\"" + token + "\"}\n");
    }

    private static void assertRead(String reference, String token) throws Exception {
        SENT.clear();
        ExtractorUnderTest.Result result = read(reference, null);
        assertThat(result.outcome()).as(result.toString()).isInstanceOf(Outcome.Staged.class);
        assertThat(SENT).containsExactly("Bearer " + token);
        assertThat(result.toString() + extractor.everythingWritten()).doesNotContain("marker-");
    }

    /** URL and token are two fields of one secret. */
    private static ExtractorUnderTest.Result read(String token, @Nullable String credentials) throws Exception {
        String url = token.contains("#TOKEN") ? token.replace("#TOKEN", "#URL") : api.url();
        RestSource source = new RestSource(
                url,
                new Auth.Bearer(token),
                Map.of(),
                FakeApi.RETRY,
                null,
                Duration.ofSeconds(20),
                List.of(),
                List.of(),
                RestSource.Redirects.OWN,
                null);
        Task task = extractor.task(FakeApi.work(source, null, new Pagination.None()), null, credentials);
        return extractor.extract(task);
    }
}
