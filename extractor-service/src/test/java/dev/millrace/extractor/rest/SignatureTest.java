package dev.millrace.extractor.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import dev.millrace.extractor.ExtractorUnderTest;
import dev.millrace.problem.ErrorCode;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Signatures against the examples that their authors publish, and as a server gets them. */
class SignatureTest {
    private static ExtractorUnderTest extractor;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        extractor = new ExtractorUnderTest(folder, Map.of());
        extractor.secret("id", "marker-id");
        extractor.secret("key", "marker-key");
    }

    @AfterAll
    static void stop() {
        extractor.close();
    }

    /** The test suite of Signature Version 4 that AWS publishes, with the credentials of its documentation. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET  | /                                  | 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
                "POST | /                                  | 5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
                "GET  | /?Param2=value2&Param1=value1      | b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
                "GET  | //                                 | 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
                "GET  | /foo/..                            | 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
            })
    void signsAsAwsDoes(String method, String path, String signature) {
        AwsSignature.Key key = new AwsSignature.Key(
                "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG" + "+bPxRfiCY" + "EXAMPLEKEY", null, "us-east-1", "service");
        Map<String, String> headers = AwsSignature.headers(
                new Signable(method, URI.create("https://example.amazonaws.com" + path), ""),
                key,
                Instant.parse("2015-08-30T12:36:00Z"));

        assertThat(headers)
                .containsEntry("x-amz-date", "20150830T123600Z")
                .containsEntry(
                        "Authorization",
                        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
                                + " SignedHeaders=host;x-amz-date, Signature=" + signature)
                .hasSize(2);
    }

    /** RFC 5849, section 1.2. */
    @Test
    void signsAsTheAuthorsOfOAuthDo() {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("oauth_consumer_key", "dpf43f3p2l4k3l03");
        parameters.put("oauth_token", "nnch734d00sl2jdk");
        parameters.put("oauth_signature_method", "HMAC-SHA1");
        parameters.put("oauth_timestamp", "137131202");
        parameters.put("oauth_nonce", "chapoH");
        String url = "http://photos.example.net:80/photos?file=vacation.jpg&size=original";

        assertThat(OAuth1Signature.signature(
                        new Signable("GET", URI.create(url), ""),
                        parameters,
                        "HmacSHA1",
                        "kd94hf93" + "k423kf44",
                        "pfkkdhi9" + "sl3r4s00"))
                .isEqualTo("MdpQcU8iPSUjWoN/UDMsK2sui9I=");
    }

    /** A server that knows the key. */
    private static final class Checking implements FakeApi.Behaviour {
        final List<Map<String, String>> seen = new CopyOnWriteArrayList<>();

        @Override
        public void answer(HttpExchange exchange, int number) throws IOException {
            Map<String, String> request = new LinkedHashMap<>();
            request.put("method", exchange.getRequestMethod());
            request.put("target", exchange.getRequestURI().toString());
            request.put("body", new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            exchange.getRequestHeaders()
                    .forEach((name, values) -> request.put(name.toLowerCase(java.util.Locale.ROOT), values.getFirst()));
            seen.add(request);
            FakeApi.json(
                    exchange,
                    number == 1 ? "{\"rows\": [{\"id\": 1}], \"next\": \"a b/+\"}" : "{\"rows\": [{\"id\": 2}]}");
        }
    }

    private static List<Map<String, String>> requests(String auth) throws Exception {
        Checking checking = new Checking();
        try (FakeApi api = new FakeApi(checking)) {
            ExtractorUnderTest.Result result = extractor.extract(api.endpoint("auth: " + auth, """
                    request: {path: "/my rows", query: {q: "ü*"}, body: '{"q": "é"}'}
                    records: rows
                    pagination: {type: cursor, cursor: next, parameter: at}
                    """));
            assertThat(extractor.records(result)).hasSize(2);
            assertThat(result.log()).noneMatch(line -> line.contains("marker-"));
        }
        return checking.seen;
    }

    private static byte[] mac(String algorithm, byte[] key, String text) throws Exception {
        Mac mac = Mac.getInstance(algorithm);
        mac.init(new SecretKeySpec(key, algorithm));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void signsEachRequestAsTheFileDescribes() throws Exception {
        List<Map<String, String>> seen = requests("""
                {type: hmac, secret: "${secret:key}", sign: "{timestamp}{method}{pathAndQuery}{body}", header: x-sign,
                  value: "id=${secret:id},v1={signature}", timestampHeader: x-time}
                """.strip());

        assertThat(seen).hasSize(2).extracting(request -> request.get("target")).doesNotHaveDuplicates();
        for (Map<String, String> request : seen) {
            String signed = request.get("x-time") + request.get("method") + request.get("target") + request.get("body");
            assertThat(request)
                    .containsEntry(
                            "x-sign",
                            "id=marker-id,v1="
                                    + HexFormat.of()
                                            .formatHex(mac(
                                                    "HmacSHA256",
                                                    "marker-key".getBytes(StandardCharsets.UTF_8),
                                                    signed)));
            assertThat(request.get("x-time")).matches("[0-9]{10}");
        }
    }

    @Test
    void signsWithKeysTimesAndHashesInEveryForm() throws Exception {
        byte[] key = {7, 0, -1, 127};
        extractor.secret("in_base64", Base64.getEncoder().encodeToString(key));
        Map<String, String> request = requests("""
                {type: hmac, secret: "${secret:in_base64}", secretForm: base64, algorithm: sha512, form: base64, timestamp: iso,
                  sign: "{path}\\n{query}\\n{bodyHash}\\n{timestamp}", header: authorization, value: "{signature}",
                  timestampHeader: x-time}
                """.strip()).getFirst();
        String[] target = String.valueOf(request.get("target")).split("\\?", 2);
        String hash = HexFormat.of()
                .formatHex(java.security.MessageDigest.getInstance("SHA-512")
                        .digest(String.valueOf(request.get("body")).getBytes(StandardCharsets.UTF_8)));

        String signed = target[0] + "\n" + target[1] + "\n" + hash + "\n" + request.get("x-time");
        assertThat(request)
                .containsEntry("authorization", Base64.getEncoder().encodeToString(mac("HmacSHA512", key, signed)));
        assertThat(Instant.parse(String.valueOf(request.get("x-time")))).isNotNull();
    }

    @Test
    void signsForAwsWhatIsSent() throws Exception {
        extractor.secret("session", "marker-session");
        for (String service : List.of("execute-api", "s3")) {
            for (Map<String, String> request : requests("{type: aws-v4, accessKeyId: \"${secret:id}\", secretAccessKey:"
                    + " \"${secret:key}\", sessionToken: \"${secret:session}\", region: eu-west-1, service: " + service
                    + "}")) {
                Signable sent = new Signable(
                        String.valueOf(request.get("method")),
                        URI.create("http://" + request.get("host") + request.get("target")),
                        String.valueOf(request.get("body")));
                Instant time = java.time.LocalDateTime.parse(
                                String.valueOf(request.get("x-amz-date")),
                                java.time.format.DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'"))
                        .toInstant(java.time.ZoneOffset.UTC);
                Map<String, String> expected = AwsSignature.headers(
                        sent,
                        new AwsSignature.Key("marker-id", "marker-key", "marker-session", "eu-west-1", service),
                        time);
                assertThat(expected).containsKey("x-amz-security-token");
                expected.forEach((name, value) ->
                        assertThat(request).containsEntry(name.toLowerCase(java.util.Locale.ROOT), value));
            }
        }
    }

    @Test
    void signsWithOAuth1AndNamesTheRealm() throws Exception {
        extractor.secret("token", "marker-token");
        List<Map<String, String>> seen = requests("{type: oauth1, consumerKey: \"${secret:id}\", consumerSecret:"
                + " \"${secret:key}\", token: \"${secret:token}\", tokenSecret: \"${secret:key}\", method: hmac-sha256,"
                + " realm: \"7_SB\"}");

        assertThat(seen)
                .extracting(request -> request.get("authorization"))
                .allSatisfy(
                        header -> assertThat(header)
                                .matches(
                                        "OAuth realm=\"7_SB\", oauth_consumer_key=\"marker-id\", oauth_token=\"marker-token\","
                                                + " oauth_signature_method=\"HMAC-SHA256\", oauth_timestamp=\"[0-9]{10}\","
                                                + " oauth_nonce=\"[0-9a-f]{32}\", oauth_version=\"1\\.0\", oauth_signature=\"[A-Za-z0-9%]+\""));
        assertThat(seen).extracting(request -> request.get("authorization")).doesNotHaveDuplicates();
    }

    @Test
    void aKeyThatIsNotInItsFormIsNamedAndNotQuoted() throws Exception {
        for (String form : List.of("hex", "base64")) {
            try (FakeApi api = new FakeApi((exchange, _) -> FakeApi.json(exchange, "[]"))) {
                ExtractorUnderTest.Result result = extractor.extract(api.endpoint(
                        "auth: {type: hmac, secret: \"${secret:key}\", secretForm: " + form
                                + ", sign: \"{path}\", header: x-sign}",
                        "request: {path: /rows}"));
                assertThat(result.failure(ErrorCode.SOURCE_REFUSED))
                        .isEqualTo("auth.secret is no key in " + (form.equals("hex") ? "hex" : "Base64")
                                + ", as secretForm says");
                assertThat(api.requests()).isEmpty();
            }
        }
    }
}
