package dev.millrace.gateway.schedule;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;

/**
 * @param type who follows the schedules
 * @param follow whether this process starts what comes due and is not somebody else's to start
 * @param release of the chart whose CronJobs are meant; null unless {@code type} is {@code kubernetes}
 * @param namespace of the release; null likewise
 */
@ConfigurationProperties("millrace.gateway.schedules")
record SchedulesConfig(
        @Bindable(defaultValue = "embedded") Type type,
        @Bindable(defaultValue = "true") boolean follow,
        @Nullable String release,
        @Nullable String namespace) {
    enum Type {
        /** This process, or others like it on the same run database. */
        EMBEDDED,
        /** CronJobs of Kubernetes, which this process may list and suspend; it starts what they leave out. */
        KUBERNETES,
        /** Something that this process knows nothing of. */
        NONE
    }

    SchedulesConfig {
        if (type == Type.KUBERNETES) {
            required(release, "release", "the name of the chart's release");
            required(namespace, "namespace", "the namespace of the release");
        }
    }

    private static void required(@Nullable String value, String property, String expected) {
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException("millrace.gateway.schedules." + property + ": nothing (expected: "
                    + expected + ", because millrace.gateway.schedules.type is kubernetes)");
        }
    }
}
