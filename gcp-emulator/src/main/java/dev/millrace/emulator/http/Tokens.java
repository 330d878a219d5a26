package dev.millrace.emulator.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/**
 * Hands out access tokens for service accounts, whose key files name this as their {@code token_uri}. A token says
 * whose it is; the signature of the request is not checked, for any key will do here.
 *
 * @see <a href="https://developers.google.com/identity/protocols/oauth2/service-account#authorizingrequests">OAuth 2.0
 *     for server to server applications</a>
 */
final class Tokens implements Api {
    private static final String GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    private static final String PREFIX = "emulated-token-of-";
    private static final int LIFETIME_SECONDS = 3600;

    @Override
    public Answer handle(Request request) throws IOException {
        Map<String, String> form = request.form();
        String[] assertion = form.getOrDefault("assertion", "").split("\\.", -1);
        if (!GRANT.equals(form.get("grant_type")) || assertion.length != 3) {
            return Answer.json(400, node().put("error", "invalid_grant"));
        }
        byte[] claims = Base64.getUrlDecoder().decode(assertion[1]);
        String issuer = Request.parse(claims).path("iss").asText();
        return Answer.json(
                200,
                node().put("access_token", PREFIX + base64(issuer))
                        .put("token_type", "Bearer")
                        .put("expires_in", LIFETIME_SECONDS));
    }

    /** Whose token came along; empty: none of ours. */
    String caller(Request request) {
        String prefix = "Bearer " + PREFIX;
        return request.header("authorization")
                .filter(header -> header.startsWith(prefix))
                .map(header -> new String(
                        Base64.getUrlDecoder().decode(header.substring(prefix.length())), StandardCharsets.UTF_8))
                .orElse("");
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode node() {
        return JsonNodeFactory.instance.objectNode();
    }
}
