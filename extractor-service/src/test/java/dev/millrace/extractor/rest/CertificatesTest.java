package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.extractor.tls.Identity;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Work;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with a certificate that Java doesn't know, which asks clients for theirs. */
class CertificatesTest {
    private static HttpsServer strict;
    private static HttpsServer lenient;
    private static ExtractorUnderTest extractor;
    private static final List<String> SEEN = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start(@TempDir Path service, @TempDir Path keys) throws Exception {
        Identity own = Identity.ofServer(keys);
        Identity reader = Identity.of(keys, "reader");
        Identity stranger = Identity.of(keys, "stranger");
        strict = server(own, reader, true);
        lenient = server(own, reader, false);
        extractor = new ExtractorUnderTest(service, Map.of());
        extractor.secret("authorities", own.certificate());
        extractor.secret("certificate", reader.certificate());
        extractor.secret("key", reader.key());
        extractor.secret("stranger", stranger.certificate());
        extractor.secret("strangers_key", stranger.key());
        extractor.secret("garbage", "marker-garbage");
    }

    @AfterAll
    static void stop() {
        extractor.close();
        strict.stop(0);
        lenient.stop(0);
    }

    private static HttpsServer server(Identity own, Identity client, boolean strict) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        KeyStore store =
                KeyStore.getInstance(own.folder().resolve("localhost.p12").toFile(), own.password());
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, own.password());
        TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore clients = KeyStore.getInstance("PKCS12");
        clients.load(null, null);
        Certificate certificate = KeyStore.getInstance(
                        client.folder().resolve("reader.p12").toFile(), client.password())
                .getCertificate("reader");
        clients.setCertificateEntry("reader", certificate);
        trusted.init(clients);
        context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters wanted = context.getDefaultSSLParameters();
                if (strict) {
                    wanted.setNeedClientAuth(true);
                } else {
                    wanted.setWantClientAuth(true);
                }
                parameters.setSSLParameters(wanted);
            }
        });
        server.createContext("/", CertificatesTest::answer);
        server.start();
        return server;
    }

    private static void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String peer;
        try {
            peer = ((HttpsExchange) exchange).getSSLSession().getPeerPrincipal().getName();
        } catch (SSLPeerUnverifiedException e) {
            peer = "nobody";
        }
        SEEN.add(path + " by " + peer);
        if (path.equals("/elsewhere")) {
            exchange.getResponseHeaders().set("Location", url(lenient, "127.0.0.1") + "/rows");
            FakeApi.send(exchange, 302, "text/plain", new byte[0]);
        } else if (path.equals("/token")) {
            FakeApi.json(exchange, "{\"access_token\":\"marker-token\"}");
        } else {
            FakeApi.send(
                    exchange,
                    200,
                    "application/json",
                    ("[{\"by\":\"" + peer + "\"}]").getBytes(StandardCharsets.UTF_8));
        }
        exchange.close();
    }

    private static String url(HttpsServer server, String host) {
        return "https://" + host + ":" + server.getAddress().getPort();
    }

    private static Work.Extract work(String baseUrl, String path, String sourceKeys) {
        String file = """
                version: 1
                name: sample
                source:
                  type: rest
                  baseUrl: %s
                  redirects: any
                  retry: {attempts: 1}
                %s
                endpoints:
                  rows:
                    request: {path: %s}
                    destination: {table: sample.rows, write: replace}
                    schema: [{name: by, type: STRING}]
                """.formatted(baseUrl, sourceKeys.indent(2), path);
        Pipeline pipeline = switch (PipelineReader.read("sample", file)) {
            case PipelineReader.Result.Valid valid -> valid.pipeline();
            case PipelineReader.Result.Invalid invalid -> throw new AssertionError(invalid + file);
        };
        return new Work.Extract(
                pipeline.source(),
                Objects.requireNonNull(pipeline.endpoints().get("rows")).read(),
                List.of(),
                Work.Parts.TO_TRANSFORM);
    }

    private static String tls(String authorities, String certificate, String key) {
        return "tls: {authorities: \"" + authorities + "\", certificate: \"" + certificate + "\", key: \"" + key
                + "\"}";
    }

    private static final String ALL = tls("${secret:authorities}", "${secret:certificate}", "${secret:key}");

    @Test
    void aServerOfAnAuthorityOfOnesOwnIsBelievedAndShownTheCertificate() throws Exception {
        assertThat(extractor.records(work(url(strict, "localhost"), "/rows", ALL)))
                .containsExactly("{\"by\":\"CN=reader\"}");
        assertThat(extractor.records(
                        work(url(lenient, "localhost"), "/rows", "tls: {authorities: \"${secret:authorities}\"}")))
                .containsExactly("{\"by\":\"nobody\"}");
    }

    @Test
    void tokensAreAskedForWithTheCertificateToo() throws Exception {
        SEEN.clear();
        extractor.secret("client", "marker-client");
        String auth = "auth: {type: oauth2-client-credentials, tokenUrl: \"" + url(strict, "localhost")
                + "/token\", clientId: millrace, clientSecret: \"${secret:client}\"}";
        assertThat(extractor.records(work(url(strict, "localhost"), "/rows", ALL + "\n" + auth)))
                .hasSize(1);
        assertThat(SEEN).containsExactly("/token by CN=reader", "/rows by CN=reader");
    }

    @Test
    void aServerOfAnotherOriginIsNotShownTheCertificateAndHasToBeOneThatJavaKnows() throws Exception {
        SEEN.clear();
        assertThat(extractor
                        .extract(work(url(lenient, "localhost"), "/elsewhere", ALL))
                        .failure(ErrorCode.SOURCE_UNAVAILABLE))
                .contains("/elsewhere: TLS: ");
        assertThat(SEEN).containsExactly("/elsewhere by CN=reader");
    }

    @Test
    void aServerThatIsNotBelievedIsRefused() throws Exception {
        assertThat(extractor
                        .extract(work(url(lenient, "localhost"), "/rows", ""))
                        .failure(ErrorCode.SOURCE_UNAVAILABLE))
                .contains("/rows: TLS: ");
        assertThat(extractor
                        .extract(work(url(lenient, "localhost"), "/rows", "tls: {authorities: \"${secret:stranger}\"}"))
                        .failure(ErrorCode.SOURCE_UNAVAILABLE))
                .contains("/rows: TLS: ");
        assertThat(extractor
                        .extract(work(url(lenient, "127.0.0.1"), "/rows", ALL))
                        .failure(ErrorCode.SOURCE_UNAVAILABLE))
                .contains("127.0.0.1");
    }

    @Test
    void aClientThatIsNotBelievedHearsOfIt() throws Exception {
        for (String tls : List.of(
                "tls: {authorities: \"${secret:authorities}\"}",
                tls("${secret:authorities}", "${secret:stranger}", "${secret:strangers_key}"))) {
            assertThat(extractor
                            .extract(work(url(strict, "localhost"), "/rows", tls))
                            .failure(ErrorCode.SOURCE_UNAVAILABLE))
                    .contains("/rows: ");
        }
    }

    @Test
    void whatIsNoKeyOrCertificateIsNamedAndNotQuoted() throws Exception {
        Map<String, String> expected = Map.of(
                tls("${secret:authorities}", "${secret:certificate}", "${secret:garbage}"),
                "source.tls.key is no key (expected: PKCS#8 in PEM, unencrypted",
                tls("${secret:authorities}", "${secret:garbage}", "${secret:key}"),
                "source.tls.certificate has no certificate (expected: certificates in PEM)",
                tls("${secret:garbage}", "${secret:certificate}", "${secret:key}"),
                "source.tls.authorities has no certificate",
                tls("${secret:authorities}", "${secret:certificate}", "${secret:strangers_key}"),
                "source.tls.key is not of the first certificate");
        for (Map.Entry<String, String> each : expected.entrySet()) {
            assertThat(extractor
                            .extract(work(url(strict, "localhost"), "/rows", each.getKey()))
                            .failure(ErrorCode.SOURCE_REFUSED))
                    .startsWith(each.getValue())
                    .doesNotContain("marker-");
        }
    }
}
