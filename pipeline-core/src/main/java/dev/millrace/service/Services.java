package dev.millrace.service;

import io.micronaut.runtime.Micronaut;

/** Starts services. All of them can be on one class path: a service's beans exist in its own environment only. */
public final class Services {
    private Services() {}

    /**
     * @param name of the service, which is its environment
     * @param args of the process
     */
    public static Micronaut builder(String name, String... args) {
        Micronaut builder = Micronaut.build(args);
        builder.deduceEnvironment(false);
        builder.environments(name);
        builder.banner(false);
        return builder;
    }
}
