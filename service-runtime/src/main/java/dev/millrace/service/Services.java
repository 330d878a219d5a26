package dev.millrace.service;

import io.micronaut.discovery.config.ConfigurationClient;
import io.micronaut.runtime.Micronaut;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The start of services. All of them can be on one class path: a service's beans exist in its own environment only. */
public final class Services {
    private static final Logger LOG = LoggerFactory.getLogger(Services.class);

    private Services() {}

    /**
     * Starts a service as all that this process does, and returns. A process that hasn't the memory for it ends with
     * exit code 1 and one line that says so.
     *
     * @param name of the service, which is its environment
     * @param args of the process
     */
    public static void start(String name, String... args) {
        Resources resources = Resources.ofProcess();
        try {
            resources.requireEnough();
        } catch (IllegalStateException e) {
            LOG.error("can't start the {}: {}", name, e.getMessage());
            System.exit(1);
        }
        LOG.info("{}", resources);
        builder(name, args).start();
    }

    /**
     * @param name of the service, which is its environment
     * @param args of the process
     */
    public static Micronaut builder(String name, String... args) {
        Micronaut builder = Micronaut.build(args);
        builder.deduceEnvironment(false);
        builder.environments(name);
        builder.banner(false);
        builder.bootstrapEnvironment(configuredElsewhere());
        return builder;
    }

    /** Whether some of the configuration is to be read from elsewhere first, for which nobody else should wait. */
    private static boolean configuredElsewhere() {
        return Boolean.getBoolean(ConfigurationClient.ENABLED)
                || Boolean.parseBoolean(System.getenv("MICRONAUT_CONFIG_CLIENT_ENABLED"));
    }
}
