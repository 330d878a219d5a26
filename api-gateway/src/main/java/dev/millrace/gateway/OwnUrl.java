package dev.millrace.gateway;

import io.micronaut.runtime.server.EmbeddedServer;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.net.URI;

/** The address under which the services call this gateway back. */
@Singleton
public class OwnUrl {
    private final GatewayConfig config;
    private final Provider<EmbeddedServer> server;

    OwnUrl(GatewayConfig config, Provider<EmbeddedServer> server) {
        this.config = config;
        this.server = server;
    }

    public URI resolve(String path) {
        URI base = config.url();
        return (base == null ? server.get().getURI() : base).resolve(path);
    }
}
