package dev.millrace.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.problem.Problem;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the keys of a source's sign-in and certificates must not say. */
class AuthRulesTest {
    private static final String PEM = "-----BEGIN CERTIFICATE-----";

    private static String error(String key) {
        String file = """
                version: 1
                name: shop
                source:
                  type: rest
                  baseUrl: https://shop.example
                  %s
                endpoints:
                  orders:
                    request: {path: /orders}
                    destination: {table: shop.orders, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """.formatted(key);
        assertThat(PipelineReader.read("shop.yaml", file)).as(key).isInstanceOf(PipelineReader.Result.Invalid.class);
        List<Problem.FieldError> errors =
                ((PipelineReader.Result.Invalid) PipelineReader.read("shop.yaml", file)).errors();
        assertThat(errors).as(errors + file).hasSize(1);
        Problem.FieldError error = errors.getFirst();
        return error.field() + ": " + error.found() + " (expected: " + error.expected() + ")";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "auth: {type: hmac, secret: '${secret:k}', header: x, sign: '{path}{cookie}'} | source.auth.sign: {cookie} (expected: {body}, {bodyHash}",
                "auth: {type: hmac, secret: '${secret:k}', header: x, sign: always} | source.auth.sign: a text that is the same for each",
                "auth: {type: hmac, secret: '${secret:k}', header: x, sign: '{path}', value: v1} | source.auth.value: a text without it (expected: {signature} in it)",
                "auth: {type: hmac, secret: '${secret:k}', header: 'x y', sign: '{path}'} | source.auth.header: x y",
                "auth: {type: hmac, secret: plain, header: x, sign: '{path}'} | source.auth.secret: a value in plain text",
                "auth: {type: aws-v4, accessKeyId: a, secretAccessKey: '${secret:k}', region: EU, service: s3} | source.auth.region: EU (expected: a region such as eu-west-1)",
                "auth: {type: aws-v4, accessKeyId: a, secretAccessKey: plain, region: eu, service: s3} | source.auth.secretAccessKey: a value in plain text",
                "auth: {type: oauth1, consumerKey: a, consumerSecret: '${secret:k}', token: t} | source.auth.tokenSecret: nothing (expected: token and tokenSecret together",
                "auth: {type: oauth1, consumerKey: a, consumerSecret: '${secret:k}', realm: 'a\"b'} | source.auth.realm: a text with quotes",
                "auth: {type: oauth2-refresh-token, tokenUrl: 'https://a.example/t', clientId: a, refreshToken: 'x${secret:k}', authorizeUrl: 'https://a.example/a'} | source.auth.refreshToken: something else (expected: one reference alone",
                "auth: {type: oauth2-refresh-token, tokenUrl: 'https://a.example/t', clientId: a, refreshToken: '${secret:k}', authorizeUrl: a.example} | source.auth.authorizeUrl: a.example (expected: an http or https URL",
                "tls: {certificate: '${secret:c}'} | source.tls.certificate: a certificate (expected: certificate and key together",
                "tls: {key: '${secret:k}', authorities: '${secret:a}'} | source.tls.key: a key (expected: certificate and key together",
                "tls: {} | source.tls.authorities: nothing (expected: authorities, a certificate with its key, or both)",
                "tls: {authorities: mine} | source.tls.authorities: another text (expected: certificates in PEM, which begin with "
                        + PEM,
                "tls: {certificate: '${secret:c}', key: plain} | source.tls.key: a value in plain text",
            })
    void saysWhatIsWrong(String key, String expected) {
        assertThat(error(key)).startsWith(expected);
    }
}
