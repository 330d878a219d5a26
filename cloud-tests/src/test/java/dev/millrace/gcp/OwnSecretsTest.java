package dev.millrace.gcp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.emulator.GcpEmulator;
import dev.millrace.service.ServiceConfig;
import dev.millrace.service.Services;
import io.micronaut.context.ApplicationContext;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** What a service needs of its own, such as its key, read from Secret Manager before it starts. */
@Timeout(60)
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class OwnSecretsTest {
    private static final String KEY = "a-key-that-is-in-secret-manager-alone";

    @TempDir
    Path folder;

    private final List<String> set = new ArrayList<>();
    private GcpEmulator google;

    @BeforeEach
    void start() throws IOException {
        google = GcpEmulator.start(folder.resolve("gcp"));
        set("micronaut.config-client.enabled", "true");
        set("millrace.gcp.project", "own");
        set("millrace.gcp.authentication", "none");
        set("millrace.gcp.secret-manager-host", google.secretManager().toString());
    }

    @AfterEach
    void stop() {
        set.forEach(System::clearProperty);
        google.close();
    }

    /** As an environment variable would. */
    private void set(String property, String value) {
        System.setProperty(property, value);
        set.add(property);
    }

    private ApplicationContext service() {
        return Services.builder("extractor")
                .properties(Map.of(
                        "millrace.service.name",
                        "extractor",
                        "millrace.staging.folder",
                        folder.resolve("staging").toString()))
                .start();
    }

    @Test
    void aSecretThatIsAPieceOfConfigurationCounts() {
        google.secrets().add("projects/own/secrets/millrace", "millrace.service.key: " + KEY + "\n");
        set("gcp.secret-manager.custom-configs", "millrace");

        try (ApplicationContext service = service()) {
            assertThat(service.getBean(ServiceConfig.class).key()).isEqualTo(KEY);
        }
        assertThat(google.calls().count("GRPC", "AccessSecretVersion")).isEqualTo(1);
    }

    @Test
    void aSecretThatIsOneValueCanBeReferredTo() {
        google.secrets().add("projects/own/secrets/service_key", KEY + "\n");
        set("gcp.secret-manager.keys", "service_key");
        set("millrace.service.key", "${sm.service.key}");

        try (ApplicationContext service = service()) {
            assertThat(service.getBean(ServiceConfig.class).key()).isEqualTo(KEY);
        }
    }

    @Test
    void aSecretThatCannotBeReadLeavesItsPropertyMissing() {
        google.secrets().add("projects/own/secrets/millrace", "millrace:\n  service:\n    key: " + KEY + "\n");
        google.secrets().deny("projects/own/secrets/millrace");
        set("gcp.secret-manager.custom-configs", "millrace");

        assertThatThrownBy(() -> service().getBean(ServiceConfig.class))
                .hasStackTraceContaining("MILLRACE_SERVICE_KEY");
    }

    @Test
    void nothingIsAskedForWhereNobodyWantsIt() {
        System.clearProperty("micronaut.config-client.enabled");
        google.secrets().add("projects/own/secrets/millrace", "millrace:\n  service:\n    key: " + KEY + "\n");
        set("gcp.secret-manager.custom-configs", "millrace");
        set("millrace.service.key", "another-key-that-is-in-no-secret-at-all");

        try (ApplicationContext service = service()) {
            assertThat(service.getBean(ServiceConfig.class).key()).isNotEqualTo(KEY);
        }
        assertThat(google.calls().all()).isEmpty();
    }
}
