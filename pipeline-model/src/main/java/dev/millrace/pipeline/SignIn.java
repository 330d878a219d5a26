package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import java.util.Map;

/**
 * How a user grants a source's first refresh token, by an authorization code (RFC 6749, section 4.1). Texts may hold
 * secret references.
 *
 * @param authorizeUrl page on which the user agrees; may have a query
 * @param tokenUrl that exchanges the code
 * @param clientSecret null for a public client, which has none
 * @param clientInHeader whether id and secret of the client go in the header of basic authentication, else in the body
 * @param scope null: what the API thinks fit
 * @param parameters more fields of the token request
 * @param token the reference that stands for the refresh token
 */
public record SignIn(
        String authorizeUrl,
        String tokenUrl,
        String clientId,
        @Nullable String clientSecret,
        boolean clientInHeader,
        @Nullable String scope,
        Map<String, String> parameters,
        SecretReference token) {}
