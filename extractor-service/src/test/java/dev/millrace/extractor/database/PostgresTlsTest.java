package dev.millrace.extractor.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.pipeline.database.DatabaseRead;
import dev.millrace.pipeline.database.DatabaseSource;
import dev.millrace.pipeline.database.DatabaseSource.Product;
import dev.millrace.pipeline.database.Tls;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with a certificate for localhost, which asks clients for theirs. */
class PostgresTlsTest {
    private static final String PASSWORD = "only-of-this-test";

    private static EmbeddedPostgres postgres;
    private static ExtractorUnderTest extractor;

    /** @param key PKCS#8 */
    private record Identity(String certificate, String key) {}

    @BeforeAll
    static void start(@TempDir Path service, @TempDir Path keys) throws Exception {
        Identity server = made(keys, "server", "CN=localhost", "-ext", "san=dns:localhost", "-ext", "bc:c");
        Identity reader = made(keys, "reader", "CN=reader");
        postgres = EmbeddedPostgres.builder()
                .setServerConfig("ssl", "on")
                .setServerConfig("ssl_cert_file", secret(keys, "server.pem", server.certificate()))
                .setServerConfig("ssl_key_file", secret(keys, "server.key", server.key()))
                .setServerConfig("ssl_ca_file", secret(keys, "clients.pem", reader.certificate()))
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

    private static String secret(Path folder, String name, String text) throws IOException {
        Path file = Files.writeString(folder.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return file.toString();
    }

    /** A key and its certificate, signed by itself. */
    private static Identity made(Path folder, String alias, String name, String... extensions) throws Exception {
        Path store = folder.resolve(alias + ".p12");
        List<String> command = Stream.concat(
                        Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-alias",
                                alias,
                                "-keyalg",
                                "EC",
                                "-dname",
                                name,
                                "-validity",
                                "2",
                                "-storetype",
                                "PKCS12",
                                "-keystore",
                                store.toString(),
                                "-storepass",
                                PASSWORD),
                        Stream.of(extensions))
                .toList();
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(keytool.getInputStream().readAllBytes());
        assertThat(keytool.waitFor()).as(output).isZero();
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
        return new Identity(
                pem("CERTIFICATE", keys.getCertificate(alias).getEncoded()),
                pem("PRIVATE KEY", keys.getKey(alias, PASSWORD.toCharArray()).getEncoded()));
    }

    private static String pem(String what, byte[] encoded) {
        return "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder().encodeToString(encoded) + "\n-----END " + what
                + "-----\n";
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
                        postgres.getPort(),
                        "postgres",
                        "postgres",
                        null,
                        tls,
                        Duration.ofSeconds(10)),
                new DatabaseRead(
                        null, "SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()", List.of()),
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
