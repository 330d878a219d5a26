package dev.millrace.standalone.process;

import dev.millrace.secret.SecretFiles;
import io.micronaut.core.annotation.Nullable;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The configuration that an installation gives its services.
 *
 * @param pipelines folders with pipeline files
 * @param port of the gateway; 0: a free one
 * @param lasting whether it stays until it is stopped: then schedules are followed, and {@code gateway.json} in the home
 *     says where its gateway is; otherwise it is there for one call
 * @param cloud used instead of files of the home; null: those files are used
 */
public record Settings(
        Home home,
        List<Path> pipelines,
        int port,
        boolean lasting,
        @Nullable Cloud cloud) {
    /** A worker that is silent for so long has lost its task. */
    private static final Duration LEASE = Duration.ofSeconds(5);

    /** Key of the run database's URL, the only one that whatever else is configured overrules: see {@link RunningService}. */
    static final String RUN_DATABASE = "datasources.default.url";

    /** Where the command was called, as is usual. */
    private static final Path ENV_FILE = Path.of(".env");

    /** Of each of the four that run at once at most; what doesn't fit goes to disk. A laptop has other things to do. */
    private static final String TRANSFORMATION_MEMORY = "256MB";

    public Settings {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0 to 65535)");
        }
        pipelines = pipelines.stream().map(Path::toAbsolutePath).toList();
    }

    /** The secrets of the sources, as the extractor of this installation finds them. */
    public SecretFiles secrets() {
        return new SecretFiles(home.secrets(), ENV_FILE.toAbsolutePath());
    }

    /** @param listen its port; -1: a free one */
    Map<String, Object> worker(Service service, int listen) {
        Map<String, Object> properties = common(service, listen);
        properties.put("millrace.metrics.token", home.token());
        properties.put("datasources.default.enabled", "false"); // a configured run database is the gateway's alone
        switch (service) {
            case EXTRACTOR -> {
                properties.put("millrace.secrets.folder", home.secrets().toString());
                properties.put("millrace.secrets.token-key", home.tokenKey());
                properties.put(
                        "millrace.secrets.env-file", ENV_FILE.toAbsolutePath().toString());
                properties.put("millrace.extractor.scratch", home.pages().toString());
                properties.put("millrace.extractor.drivers", home.drivers().toString());
            }
            case TRANSFORMER -> {
                properties.put("millrace.transformer.scratch", home.scratch().toString());
                properties.put("millrace.transformer.memory-limit", TRANSFORMATION_MEMORY);
            }
            case LOADER -> {
                properties.put("millrace.warehouse.file", home.warehouse().toString());
                properties.put("millrace.publish.folder", home.published().toString());
                properties.put("millrace.backup.folder", home.backups().toString());
            }
            case GATEWAY -> throw new IllegalArgumentException("the gateway is no worker");
        }
        return properties;
    }

    /**
     * @param listen its port; -1: a free one
     * @param workers base URLs of the other three
     */
    Map<String, Object> gateway(int listen, Map<Service, URI> workers) {
        Map<String, Object> properties = common(Service.GATEWAY, listen);
        properties.put("millrace.gateway.api-token", home.token());
        for (int i = 0; i < pipelines.size(); i++) {
            properties.put(
                    "millrace.gateway.pipelines[" + i + "]", pipelines.get(i).toString());
        }
        workers.forEach((service, url) -> properties.put("millrace.gateway.services." + service.id(), url.toString()));
        properties.putIfAbsent("millrace.gateway.lease", LEASE.toString());
        properties.put("millrace.gateway.schedules.follow", String.valueOf(lasting));
        properties.put(RUN_DATABASE, "jdbc:h2:file:" + home.runs());
        return properties;
    }

    private Map<String, Object> common(Service service, int listen) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("millrace.service.key", home.serviceKey());
        if (cloud == null) {
            properties.put("millrace.staging.folder", home.staging().toString());
        } else {
            properties.putAll(cloud.properties(service));
        }
        properties.put("micronaut.server.host", "127.0.0.1");
        properties.put("micronaut.server.port", String.valueOf(listen));
        return properties;
    }

    static URI loopback(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }
}
