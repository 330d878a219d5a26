package dev.millrace.gateway.access;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.security.authentication.Authentication;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Whoever calls the public API.
 *
 * @param name of the user or token, as the audit log has it
 */
public record Caller(String name, Kind kind, Role role, Scope scope) {
    private static final String ATTRIBUTE = "caller";

    /** How a caller is known. */
    public enum Kind {
        /** By the token of the configuration. */
        API_TOKEN,
        /** By a token that an admin has made. */
        TOKEN,
        /** A user, by the cookie of a session. */
        SESSION,
        /** A user, by name and password. */
        PASSWORD,
        /** By a token of a provider of identities. */
        OIDC,
        /** Nobody that is known, where the configuration lets them in. */
        ANONYMOUS;

        /** Whether it is somebody with a password here. */
        public boolean isUser() {
            return this == SESSION || this == PASSWORD;
        }
    }

    /** As the framework knows callers. Rules of its own, as for metrics, are for those who may see everything. */
    public Authentication authentication() {
        return Authentication.build(name, scope.isEverything() ? role.names() : List.of(), Map.of(ATTRIBUTE, this));
    }

    /** Null for a service, or whoever else isn't known as a user or by a token of the API. */
    public static @Nullable Caller of(Authentication authentication) {
        return authentication.getAttributes().get(ATTRIBUTE) instanceof Caller caller ? caller : null;
    }

    /**
     * Whoever calls a route that only users and tokens of the API get to.
     *
     * @throws IllegalStateException for anybody else
     */
    public static Caller required(Authentication authentication) {
        Caller caller = of(authentication);
        if (caller == null) {
            throw new IllegalStateException(authentication.getName() + " is no caller of the API");
        }
        return caller;
    }

    /**
     * A list over pipelines, of those alone that are within reach.
     *
     * @param pipeline the one that is asked for; null: all
     * @param list of a pipeline, or of all for null, in the order of {@code newestLast}, reversed
     * @throws MillraceException with {@code FORBIDDEN} when the one that is asked for is out of reach
     */
    public <T> List<T> merged(
            @Nullable String pipeline, Function<@Nullable String, List<T>> list, Comparator<T> newestLast) {
        if (pipeline != null) {
            require(pipeline);
        }
        if (pipeline != null || scope.isEverything()) {
            return list.apply(pipeline);
        }
        return scope.pipelines().stream()
                .flatMap(each -> list.apply(each).stream())
                .sorted(newestLast.reversed())
                .toList();
    }

    /** @throws MillraceException with {@code FORBIDDEN} when the pipeline is out of reach */
    public void require(String pipeline) {
        if (!scope.hasPipeline(pipeline)) {
            throw new MillraceException(
                    ErrorCode.FORBIDDEN, name + " is good for " + scope + ", not for pipeline " + pipeline);
        }
    }
}
