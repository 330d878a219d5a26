package dev.millrace.gateway;

import dev.millrace.service.Services;

/** Starts the service in a process of its own. */
public final class GatewayApplication {
    /** Environment in which the beans of this service exist, and its name in tokens and configuration. */
    public static final String NAME = "api-gateway";

    private GatewayApplication() {}

    public static void main(String[] args) {
        Services.builder(NAME, args).start();
    }
}
