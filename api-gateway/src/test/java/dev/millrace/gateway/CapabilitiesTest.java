package dev.millrace.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.pipeline.TableNames;
import dev.millrace.task.Step;
import dev.millrace.task.Work;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.warehouse.JsonLimits;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.json.tree.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What the loader tells of its warehouse, and what becomes of runs while it doesn't. */
class CapabilitiesTest extends SchoolTests {
    private static final Capabilities SHOEBOX =
            new Capabilities("Shoebox", new TableNames(false, false, null), new JsonLimits(3, false));
    private static final Capabilities EXACT =
            new Capabilities("Cabinet", new TableNames(true, true, "lake"), JsonLimits.NONE);

    private @Nullable Capabilities ofNextTransformation() {
        services.finish(services.next(Step.EXTRACT), 3, 0);
        return services.next(Step.TRANSFORM).work() instanceof Work.Transform transform
                ? transform.capabilities()
                : null;
    }

    private static String health(GatewayUnderTest gateway) {
        return gateway.get("/health").text("status");
    }

    private void second(String name, String table) throws IOException {
        Files.writeString(
                folder.resolve("pipelines/" + name + ".yaml"),
                PIPELINE.replace("name: school", "name: " + name)
                        .replace("school.students", name + ".students")
                        .replace("school.daily", table)
                        .replace("day: {column: day}", "")
                        .replace("query: {day: \"${day}\"}", "query: {}"));
    }

    @Test
    void aTransformationIsToldWhatTheLoadersWarehouseCanHold() {
        services.tell(SHOEBOX);
        start(newGateway(Map.of()));

        assertThat(ofNextTransformation()).isEqualTo(SHOEBOX);
    }

    @Test
    void besideALoaderOfVersion01TheConfigurationSaysIt() {
        start(newGateway(Map.of("millrace.warehouse.type", "bigquery")));

        assertThat(ofNextTransformation())
                .isEqualTo(new Capabilities("BigQuery", new TableNames(true, true, null), new JsonLimits(500, false)));
    }

    @Test
    void aRunWaitsForALoaderThatDoesNotTellAndItsLogSaysWhy() {
        services.answerCapabilitiesWith(503);
        GatewayUnderTest gateway = newGateway(Map.of());
        String run = start(gateway);
        services.finish(services.next(Step.EXTRACT), 3, 0);

        String why = "the run waits for a service, which is asked again: the loader doesn't tell what its warehouse can"
                + " hold, but answers with 503: the loader starts";
        await().untilAsserted(() -> assertThat(logOf(gateway, run)).contains(why));
        await().untilAsserted(() -> assertThat(health(gateway)).isEqualTo("DEGRADED"));
        assertThat(gateway.metric("millrace_work_failing{work=\"capabilities\"}"))
                .isEqualTo(1);
        assertThat(state(gateway, run)).isEqualTo("TRANSFORMING");
        assertThat(services.hasTask(Step.TRANSFORM)).isFalse();

        services.tell(SHOEBOX);
        assertThat(services.next(Step.TRANSFORM).work())
                .isInstanceOfSatisfying(
                        Work.Transform.class,
                        transform -> assertThat(transform.capabilities()).isEqualTo(SHOEBOX));
        assertThat(logOf(gateway, run)).containsOnlyOnce(why);
        await().untilAsserted(() -> assertThat(health(gateway)).isEqualTo("UP"));
    }

    @Test
    void aRunFailsWhenTheLoaderDoesNotTellForTooLong() {
        services.answerCapabilitiesWith(503);
        GatewayUnderTest gateway = newGateway(Map.of("millrace.gateway.undeliverable", "300ms"));
        String run = start(gateway);
        services.finish(services.next(Step.EXTRACT), 3, 0);

        awaitState(gateway, run, "FAILED");
        assertThat(logOf(gateway, run)).contains("SERVICE_UNAVAILABLE: the loader doesn't tell");
    }

    @Test
    void whatWasToldHoldsWhileTheLoaderIsAway() throws Exception {
        services.tell(EXACT);
        GatewayUnderTest gateway = newGateway(Map.of());
        second("other", "SCHOOL.daily");
        await().untilAsserted(() -> assertThat(invalid(gateway)).isEmpty());

        services.answerCapabilitiesWith(503);
        start(gateway);
        assertThat(ofNextTransformation()).isEqualTo(EXACT);
    }

    @Test
    void namesThatMayBeOneTableAreTakenForOneUntilTheLoaderHasTold() throws Exception {
        second("other", "SCHOOL.daily");
        services.answerCapabilitiesWith(503);
        GatewayUnderTest gateway = newGateway(Map.of());

        assertThat(invalid(gateway))
                .contains(
                        "writes to SCHOOL.daily, which is the same table in some warehouses (the loader hasn't told yet"
                                + " which it has), too");
        services.tell(EXACT);
        await().untilAsserted(() -> assertThat(invalid(gateway)).isEmpty());
    }

    @Test
    void namesAreToldApartAsTheLoadersWarehouseDoes() throws Exception {
        second("other", "SCHOOL.daily");
        services.tell(SHOEBOX);
        GatewayUnderTest gateway = newGateway(Map.of());

        await().untilAsserted(() -> assertThat(invalid(gateway))
                .contains("writes to SCHOOL.daily, which is the same table in Shoebox, too"));
    }

    /** What the gateway expects of files with errors instead. */
    private static String invalid(GatewayUnderTest gateway) {
        StringBuilder expected = new StringBuilder();
        for (JsonNode file : Objects.requireNonNull(
                        gateway.get("/api/v1/pipelines").body().get("invalid"))
                .values()) {
            for (JsonNode error : Objects.requireNonNull(file.get("errors")).values()) {
                expected.append(Objects.requireNonNull(error.get("expected")).coerceStringValue())
                        .append('\n');
            }
        }
        return expected.toString();
    }
}
