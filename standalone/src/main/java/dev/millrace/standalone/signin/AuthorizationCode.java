package dev.millrace.standalone.signin;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.millrace.mask.Masks;
import dev.millrace.pipeline.SignIn;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import io.micronaut.serde.annotation.Serdeable;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * One grant by an authorization code (RFC 6749, section 4.1), with a proof that whoever exchanges the code has asked for it
 * (RFC 7636, S256). The browser brings the code to this machine.
 */
public final class AuthorizationCode implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int RANDOM_BYTES = 32;
    private static final int MAX_DESCRIPTION = 300;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final SignIn signIn;
    private final UnaryOperator<String> secrets;
    private final String state = random();
    private final String verifier = random();
    private final CodeListener listener;
    private final Masks masks = new Masks();

    /**
     * Listens from now on.
     *
     * @param redirect a URL of this machine; without a port a free one is taken
     * @param secrets resolves the secret references of a text
     * @throws IllegalArgumentException when the redirect isn't of this machine
     */
    public AuthorizationCode(SignIn signIn, URI redirect, UnaryOperator<String> secrets) throws IOException {
        this.signIn = signIn;
        this.secrets = secrets;
        masks.remember(verifier);
        this.listener = new CodeListener(redirect, state);
    }

    /** RFC 6749, sections 5.1 and 5.2. */
    @Serdeable
    record Answer(
            @JsonProperty("refresh_token") @Nullable String refreshToken,
            @JsonProperty("error") @Nullable String error,
            @JsonProperty("error_description") @Nullable String description) {}

    private static String random() {
        byte[] bytes = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The page on which the user agrees. */
    public String url() {
        Map<String, String> query = new LinkedHashMap<>();
        query.put("response_type", "code");
        query.put("client_id", secrets.apply(signIn.clientId()));
        query.put("redirect_uri", listener.redirect().toString());
        String scope = signIn.scope();
        if (scope != null) {
            query.put("scope", secrets.apply(scope));
        }
        query.put("state", state);
        query.put("code_challenge", challenge());
        query.put("code_challenge_method", "S256");
        String page = secrets.apply(signIn.authorizeUrl()).strip();
        return page + (page.contains("?") ? "&" : "?") + form(query);
    }

    private String challenge() {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Waits for the user, and exchanges the code that comes.
     *
     * @throws RefusedSignInException when the user or the API doesn't agree, or the API can't be reached
     */
    public String refreshToken() throws RefusedSignInException, InterruptedException {
        String code = listener.code();
        masks.remember(code);
        Map<String, String> form = new LinkedHashMap<>();
        form.put("grant_type", "authorization_code");
        form.put("code", code);
        form.put("redirect_uri", listener.redirect().toString());
        form.put("code_verifier", verifier);
        HttpRequest.Builder request = HttpRequest.newBuilder(tokenUrl())
                .timeout(PATIENCE)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "application/json");
        identify(request, form);
        signIn.parameters().forEach((name, value) -> form.put(name, secrets.apply(value)));
        request.POST(HttpRequest.BodyPublishers.ofString(form(form)));
        try (HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
            return granted(http.send(request.build(), HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new RefusedSignInException("POST " + signIn.tokenUrl() + ": can't be reached: "
                    + masks.mask(e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()));
        }
    }

    private URI tokenUrl() throws RefusedSignInException {
        try {
            URI url = URI.create(secrets.apply(signIn.tokenUrl()).strip());
            if (url.getHost() != null && String.valueOf(url.getScheme()).matches("(?i)https?")) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            // its message quotes the text, which may be a secret
        }
        throw new RefusedSignInException("tokenUrl " + signIn.tokenUrl() + " is no http or https URL");
    }

    /** RFC 6749, section 2.3.1. */
    private void identify(HttpRequest.Builder request, Map<String, String> form) {
        String id = secrets.apply(signIn.clientId());
        String reference = signIn.clientSecret();
        String secret = reference == null ? null : secrets.apply(reference);
        if (secret != null) {
            masks.remember(secret);
        }
        if (signIn.clientInHeader()) {
            String pair = encoded(id) + ":" + (secret == null ? "" : encoded(secret));
            String basic = Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
            masks.remember(basic);
            request.header("Authorization", "Basic " + basic);
        } else {
            form.put("client_id", id);
            if (secret != null) {
                form.put("client_secret", secret);
            }
        }
    }

    private String granted(HttpResponse<String> response) throws RefusedSignInException {
        String shown = "POST " + signIn.tokenUrl() + ": ";
        Answer answer = null;
        try {
            answer = ObjectMapper.getDefault().readValue(response.body(), Argument.of(Answer.class));
        } catch (IOException e) {
            // its message quotes the answer; the ones below tell what matters
        }
        if (response.statusCode() != 200) {
            String why = answer == null || answer.error() == null
                    ? ""
                    : ": " + answer.error() + (answer.description() == null ? "" : ", " + answer.description());
            throw new RefusedSignInException(shown + response.statusCode() + cut(masks.mask(why)));
        }
        String token = answer == null ? null : answer.refreshToken();
        if (token == null || token.isBlank()) {
            throw new RefusedSignInException(
                    shown + "the answer has no refresh_token (expected: one; many an API wants a"
                            + " scope such as offline_access for that, or a parameter in authorizeUrl)");
        }
        return token;
    }

    private static String cut(String text) {
        return text.length() <= MAX_DESCRIPTION ? text : text.substring(0, MAX_DESCRIPTION) + "…";
    }

    private static String form(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(field -> encoded(field.getKey()) + "=" + encoded(field.getValue()))
                .collect(Collectors.joining("&"));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        listener.close();
    }
}
