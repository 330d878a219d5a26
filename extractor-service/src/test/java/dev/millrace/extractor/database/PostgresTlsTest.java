package dev.millrace.extractor.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.extractor.tls.Identity;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.pipeline.database.DatabaseSource.Product;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with a certificate for localhost, which asks clients for theirs. */
class PostgresTlsTest {
    private static EmbeddedPostgres postgres;
    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path service, @TempDir Path keys) throws Exception {
        Identity server = Identity.ofServer(keys);
        Identity reader = Identity.of(keys, "reader");
        postgres = EmbeddedPostgres.builder()
                .setPGStartupWait(Duration.ofMinutes(1))
                .setServerConfig("ssl", "on")
                .setServerConfig("ssl_cert_file", server.certificateFile())
                .setServerConfig("ssl_key_file", server.keyFile())
                .setServerConfig("ssl_ca_file", reader.certificateFile())
                .start();
        extractor = new ExtractorUnderTest(service, Map.of());
        extractor.secret("authorities", server.certificate());
        extractor.secret("certificate", reader.certificate());
        extractor.secret("key", reader.key());
        extractor.secret("garbage", "no key at all");
    }

    @AfterAll
    static void stop() throws IOException {
        extractor.close();
        postgres.close();
    }

    private static Work work(String host, Tls.Mode mode, @Nullable String authorities, @Nullable String key) {
        Tls tls = new Tls(
                mode,
                authorities == null ? null : "${secret:" + authorities + "}",
                key == null ? null : "${secret:certificate}",
                key == null ? null : "${secret:" + key + "}");
        return new Work.Extract(
                new DatabaseSource(
                        Product.POSTGRESQL,
                        host,
                        String.valueOf(postgres.getPort()),
                        "postgres",
                        "postgres",
                        null,
                        tls,
                        Duration.ofSeconds(10)),
                new DatabaseRead(
                        null, "SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()", List.of(), 1),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    @Test
    void aServerThatIsWhoItShouldBeIsBelievedAndShownTheCertificate() throws Exception {
        assertThat(extractor.records(work("localhost", Tls.Mode.VERIFY_FULL, "authorities", "key")))
                .containsExactly("{\"ssl\":true,\"client_dn\":\"/CN=reader\"}");
        assertThat(extractor.records(work("localhost", Tls.Mode.VERIFY_FULL, "authorities", null)))
                .containsExactly("{\"ssl\":true,\"client_dn\":null}");
    }

    @Test
    void aCertificateForAnotherHostIsRefusedUnlessTheFileSaysSo() throws Exception {
        assertThat(extractor
                        .extract(work("127.0.0.1", Tls.Mode.VERIFY_FULL, "authorities", null))
                        .failure(ErrorCode.SOURCE_REFUSED))
                .contains("can't connect to 127.0.0.1:", "TLS: ", "127.0.0.1");
        assertThat(extractor.records(work("127.0.0.1", Tls.Mode.VERIFY_CA, "authorities", null)))
                .containsExactly("{\"ssl\":true,\"client_dn\":null}");
    }

    @Test
    void anAuthorityThatNobodyKnowsIsRefusedUnlessTheFileSaysSo() throws Exception {
        assertThat(extractor
                        .extract(work("localhost", Tls.Mode.VERIFY_CA, null, null))
                        .failure(ErrorCode.SOURCE_REFUSED))
                .contains("TLS: ");
        assertThat(extractor.records(work("localhost", Tls.Mode.REQUIRE, null, null)))
                .containsExactly("{\"ssl\":true,\"client_dn\":null}");
        assertThat(extractor.records(work("localhost", Tls.Mode.DISABLE, null, null)))
                .containsExactly("{\"ssl\":false,\"client_dn\":null}");
    }

    @Test
    void aKeyThatIsNoneIsNamedAndNotQuoted() throws Exception {
        assertThat(extractor
                        .extract(work("localhost", Tls.Mode.VERIFY_FULL, "authorities", "garbage"))
                        .failure(ErrorCode.SOURCE_REFUSED))
                .contains("tls.key is no key (expected: PKCS#8 in PEM, unencrypted")
                .doesNotContain("no key at all");
    }
}
