package dev.millrace.gateway;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Who starts pods for runs whose {@code scale} wants some.
 *
 * @param templates folder with a Job for each step, {@code extract.json} and {@code transform.json}, which lacks what is
 *     particular about a run; null unless {@code type} is {@code kubernetes}
 * @param namespace in which they are started; null likewise
 * @param release of the chart, by which Jobs of this installation are known; null likewise
 * @param patience how long nobody may take a slice, while none is under way, before the run fails
 * @param poll pause between two looks at Jobs
 */
@ConfigurationProperties("millrace.gateway.pods")
public record PodsConfig(
        @Bindable(defaultValue = "none") Type type,
        @Nullable Path templates,
        @Nullable String namespace,
        @Nullable String release,
        @Bindable(defaultValue = "15m") Duration patience,
        @Bindable(defaultValue = "2s") Duration poll) {
    /** Who does. */
    public enum Type {
        /** Nobody: slices are posted to the services. */
        NONE,
        /** This process, by Jobs of Kubernetes. */
        KUBERNETES,
        /** Something that this process knows nothing of. */
        EXTERNAL
    }

    public PodsConfig {
        if (type == Type.KUBERNETES) {
            required(templates, "templates", "a folder with extract.json and transform.json");
            required(namespace, "namespace", "the namespace of the pods");
            required(release, "release", "the name of the chart's release");
        }
    }

    private static void required(@Nullable Object value, String property, String expected) {
        if (value == null || value.toString().isEmpty()) {
            throw new IllegalArgumentException("millrace.gateway.pods." + property + ": nothing (expected: " + expected
                    + ", because millrace.gateway.pods.type is kubernetes)");
        }
    }

    /** Whether slices wait for pods that claim them. */
    public boolean areStarted() {
        return type != Type.NONE;
    }
}
