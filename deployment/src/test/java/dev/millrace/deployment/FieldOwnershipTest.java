package dev.millrace.deployment;

import static java.util.function.UnaryOperator.identity;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.TemplateCommand;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Upgrades and rollbacks as Helm 4 does them, by server-side apply: what others have changed meanwhile is in no one's way. */
class FieldOwnershipTest {
    /**
     * The rules of server-side apply for values in objects: each field belongs to whoever set it last, and who applies
     * another value for somebody else's field has a conflict. Lists count as one value, which the real one often takes apart.
     */
    private static final class Objects {
        /**
         * Who a value is from.
         *
         * @param value as JSON
         */
        private record Field(String owner, String value) {}

        private final Map<String, Field> fields = new HashMap<>();

        /** Applies all of it as Helm, and says which fields are somebody else's and would get another value. */
        List<String> apply(Rendered chart) {
            Map<String, String> wanted = new HashMap<>();
            for (JsonNode document : chart.documents()) {
                collect(
                        document.path("kind").asText() + "/"
                                + document.at("/metadata/name").asText(),
                        document,
                        wanted);
            }
            List<String> conflicts = new ArrayList<>();
            wanted.forEach((path, value) -> {
                Field live = fields.get(path);
                if (live != null
                        && !live.owner().equals("helm")
                        && !live.value().equals(value)) {
                    conflicts.add(path + " is " + live.owner() + "'s");
                }
            });
            if (conflicts.isEmpty()) {
                fields.entrySet()
                        .removeIf(field ->
                                field.getValue().owner().equals("helm") && !wanted.containsKey(field.getKey()));
                wanted.forEach((path, value) -> fields.putIfAbsent(path, new Field("helm", value)));
                fields.replaceAll((path, field) ->
                        field.owner().equals("helm") ? new Field("helm", wanted.getOrDefault(path, "")) : field);
            }
            return conflicts;
        }

        void change(String path, String value, String owner) {
            fields.put(path, new Field(owner, value));
        }

        private static void collect(String path, JsonNode node, Map<String, String> values) {
            if (node.isObject() && !node.isEmpty()) {
                node.properties().forEach(field -> collect(path + "/" + field.getKey(), field.getValue(), values));
            } else {
                values.put(path, node.toString());
            }
        }
    }

    @Test
    void aScheduleThatWasSuspendedOrResumedStaysSoWhateverIsUpgraded() {
        Objects cluster = new Objects();
        assertThat(cluster.apply(Rendered.locally(identity()))).isEmpty();
        cluster.change("CronJob/mill-trial-state/spec/suspend", "true", "gateway");

        assertThat(cluster.apply(Rendered.locally(FieldOwnershipTest::another))).isEmpty();
        assertThat(cluster.apply(Rendered.locally(identity())))
                .as("the rollback")
                .isEmpty();
        cluster.change("CronJob/mill-trial-state/spec/suspend", "false", "gateway");
        assertThat(cluster.apply(Rendered.locally(FieldOwnershipTest::another))).isEmpty();
    }

    @Test
    void theNumberOfPodsThatAnAutoscalerHasSaidStays() {
        UnaryOperator<TemplateCommand> scaled =
                command -> command.set("services.extractor-service.autoscaling.type", "hpa")
                        .set("services.extractor-service.autoscaling.cpuUtilization", 80)
                        .set("services.transformer-service.autoscaling.type", "external");
        Objects cluster = new Objects();
        assertThat(cluster.apply(Rendered.onGoogleCloud(scaled))).isEmpty();
        cluster.change("Deployment/mill-extractor-service/spec/replicas", "7", "autoscaler");
        cluster.change("Deployment/mill-transformer-service/spec/replicas", "5", "kubectl");

        assertThat(cluster.apply(Rendered.onGoogleCloud(command -> another(scaled.apply(command)))))
                .isEmpty();
        assertThat(cluster.apply(Rendered.onGoogleCloud(scaled)))
                .as("the rollback")
                .isEmpty();
    }

    @Test
    void theNumberOfPodsThatTheChartSaysIsAConflictOnceSomebodyElseHasSaidAnother() {
        Objects cluster = new Objects();
        assertThat(cluster.apply(Rendered.onGoogleCloud(identity()))).isEmpty();
        cluster.change("Deployment/mill-extractor-service/spec/replicas", "7", "kubectl");

        assertThat(cluster.apply(Rendered.onGoogleCloud(FieldOwnershipTest::another)))
                .containsExactly("Deployment/mill-extractor-service/spec/replicas is kubectl's");
    }

    /** A change of nearly everything, as another version brings it. */
    private static TemplateCommand another(TemplateCommand command) {
        return command.set("image.tag", "next")
                .set("defaults.preStopSeconds", 7)
                .set("cronJobs.backoffLimit", 3)
                .set("commonLabels.team", "data");
    }
}
