package dev.millrace.standalone;

import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Options of a call that is for a gateway elsewhere, as in a cluster, and not for that of the home. */
final class RemoteGateway {
    @Option(
            names = "--gateway",
            paramLabel = "URL",
            defaultValue = "${env:MILLRACE_GATEWAY}",
            description = "A gateway elsewhere; default: $MILLRACE_GATEWAY, else that of the home.")
    private @Nullable URI url;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "File with the token that opens it; default: the token is in $MILLRACE_TOKEN.")
    private @Nullable Path tokenFile;

    /** Empty when the call is for the home's. */
    Optional<Session> open() {
        if (url == null) {
            if (tokenFile != null) {
                throw new WrongCallException("--token-file is for a gateway elsewhere (expected: --gateway beside it)");
            }
            return Optional.empty();
        }
        if (url.getHost() == null || !("http".equals(url.getScheme()) || "https".equals(url.getScheme()))) {
            throw new WrongCallException("--gateway: '" + url + "' (expected: a URL such as http://localhost:8080)");
        }
        String path = url.getPath();
        if (!path.isEmpty() && !path.equals("/")) {
            throw new WrongCallException("--gateway: '" + url + "' has a path (expected: scheme, host and port alone)");
        }
        return Optional.of(Session.remote(url.resolve("/"), token()));
    }

    private String token() {
        if (tokenFile != null) {
            try {
                return Files.readString(tokenFile).strip();
            } catch (IOException e) {
                throw new WrongCallException("--token-file: " + tokenFile + " can't be read");
            }
        }
        String token = System.getenv("MILLRACE_TOKEN");
        if (token == null || token.isBlank()) {
            throw new WrongCallException(
                    "the gateway at " + url + " wants a token (expected: in $MILLRACE_TOKEN or a --token-file)");
        }
        return token.strip();
    }
}
