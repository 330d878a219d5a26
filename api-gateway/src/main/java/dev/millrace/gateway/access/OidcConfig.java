package dev.millrace.gateway.access;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.context.annotation.Context;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A provider of identities (OpenID Connect) whose tokens are taken, beside our own.
 *
 * @param issuer as its tokens name it; null: none is taken
 * @param audience that its tokens have to be for
 * @param keys where its public keys are, as a JSON Web Key Set; null: where its discovery document says
 * @param nameClaim the claim that says who it is
 * @param roleClaim the claim with roles or groups, a text or a list; dots lead into objects
 * @param viewers values of it that make a viewer
 * @param operators likewise
 * @param admins likewise; of several roles the highest counts
 */
@Context // a wrong value ends the start
@ConfigurationProperties("millrace.gateway.oidc")
record OidcConfig(
        @Nullable URI issuer,
        @Nullable String audience,
        @Nullable URI keys,
        @Bindable(defaultValue = "sub") String nameClaim,
        @Bindable(defaultValue = "roles") String roleClaim,
        @Bindable(defaultValue = "") List<String> viewers,
        @Bindable(defaultValue = "") List<String> operators,
        @Bindable(defaultValue = "") List<String> admins) {
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

    OidcConfig {
        viewers = given(viewers);
        operators = given(operators);
        admins = given(admins);
        boolean mapped = !viewers.isEmpty() || !operators.isEmpty() || !admins.isEmpty();
        if (issuer != null && (audience == null || audience.isBlank() || !mapped)) {
            throw new IllegalArgumentException("millrace.gateway.oidc.issuer: " + issuer
                    + " (expected: also an audience, and viewers, operators or admins)");
        }
        Stream.of("issuer", "keys").forEach(name -> {
            URI url = name.equals("issuer") ? issuer : keys;
            if (url != null
                    && !"https".equals(url.getScheme())
                    && !("http".equals(url.getScheme()) && LOOPBACK.contains(String.valueOf(url.getHost())))) {
                throw new IllegalArgumentException(
                        "millrace.gateway.oidc." + name + ": " + url + " (expected: a URL with https)");
            }
        });
    }

    /** An empty variable of the environment is none. */
    private static List<String> given(List<String> values) {
        return values.stream().filter(value -> !value.isBlank()).toList();
    }
}
