package dev.millrace.pipeline.rest;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.Limits;
import dev.millrace.pipeline.Ordered;
import dev.millrace.pipeline.References;
import dev.millrace.pipeline.SecretReference;
import dev.millrace.pipeline.Source;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A REST API. Texts may hold secret references, see {@link SecretReference}.
 *
 * @param limits null: requests are sent as they come
 * @param timeout for one answer's headers to arrive, and for each pause inside its body
 */
@Serdeable
@JsonTypeName("rest")
@Doc("A REST API that answers with JSON.")
public record RestSource(
        @References(References.Allowed.SECRETS)
        @Doc("URL that every request path is appended to; credentials are sent to its origin only.")
        String baseUrl,

        @Default("{type: none}") @Doc("How requests are authenticated.")
        Auth auth,

        @References(References.Allowed.SECRETS) @Default("{}") @Doc("Headers sent with every request.")
        Map<String, String> headers,

        @Default("{}") @Doc("Which failures are tried again.")
        Retry retry,

        @Doc("What the API bears, of all runs of the pipeline together; by default nothing is held back.") @Nullable
        Limits limits,

        @Default("60s") @Doc("How long to wait for an answer, or for its next bytes.")
        Duration timeout)
        implements Source {
    public RestSource {
        Checks checks = new Checks();
        checks.that(
                SecretReference.isIn(baseUrl) || baseUrl.matches("https?://[^/?#@]+[^?#]*"),
                "baseUrl",
                baseUrl.contains("@") ? "a URL with an @" : baseUrl,
                "an http or https URL with neither user, query nor fragment");
        checks.that(timeout.isPositive(), "timeout", timeout, "more than zero");
        headers = Ordered.copy(headers);
        Headers.check(checks, "headers", headers);
        checks.done();
    }

    @Override
    public RestSource in(Path folder) {
        return this;
    }
}
