package dev.millrace.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.pipeline.Shape;
import dev.millrace.problem.ErrorCode;
import dev.millrace.task.Abort;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Outcome;
import dev.millrace.task.Query;
import dev.millrace.task.Report;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.context.ApplicationContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Takes away each key of each sample, and puts null in its place, wherever it stands. */
class DefaultsTest {
    private static ApplicationContext context;
    private static ObjectMapper json;

    @BeforeAll
    static void start() {
        context = ApplicationContext.builder()
                .deduceEnvironment(false)
                .properties(Map.of("micronaut.serde.serialization.inclusion", "ALWAYS"))
                .start();
        json = context.getBean(ObjectMapper.class);
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    static Stream<Sample> samples() {
        return Sample.of("messages");
    }

    @ParameterizedTest
    @MethodSource("samples")
    void aMissingKeyMeansItsDefaultAndOneWithoutDefaultIsAnErrorThatNamesIt(Sample sample) throws IOException {
        Object tree = tree(sample);

        for (Spot spot : spots(sample.type(), tree)) {
            Object taken = spot.object().remove(spot.key());
            if (spot.property().required()) {
                assertThatThrownBy(() -> read(sample.type(), tree))
                        .as("%s without %s", sample, spot.path())
                        .isInstanceOfSatisfying(
                                UnreadableException.class,
                                e -> assertThat(e.path()).isEqualTo(spot.path()))
                        .hasMessageContaining(spot.path() + ": nothing (expected: ");
            } else {
                Object meant = spot.property().defaultValue();
                Object read = without(sample.type(), tree);
                spot.object().put(spot.key(), meant);
                assertThat(read).as("%s without %s", sample, spot.path()).isEqualTo(without(sample.type(), tree));
            }
            spot.object().put(spot.key(), taken);
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void nullForWhatMustNotBeNullIsAnErrorThatNamesIt(Sample sample) throws IOException {
        Object tree = tree(sample);

        for (Spot spot : spots(sample.type(), tree)) {
            if (!spot.property().nullable()) {
                Object taken = spot.object().put(spot.key(), null);
                assertThatThrownBy(() -> read(sample.type(), tree))
                        .as("%s with null for %s", sample, spot.path())
                        .hasMessageContaining(spot.path() + ": null (expected: ");
                spot.object().put(spot.key(), taken);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void whatANewerVersionAddsIsIgnored(Sample sample) throws IOException {
        Object before = read(sample.type(), tree(sample));
        Object tree = tree(sample);

        spots(sample.type(), tree).forEach(spot -> spot.object().put("addedLater", List.of(Map.of("a", 1))));

        assertThat(read(sample.type(), tree)).isEqualTo(before);
    }

    @Test
    void nullInAListIsAnErrorThatNamesItsPlace() {
        assertThatThrownBy(() -> read(Heartbeat.class, "{\"records\":1,\"bytes\":1,\"total\":null,\"log\":[null]}"))
                .hasMessageContaining("Heartbeat: log[0]: null (expected: an object)");
    }

    @Test
    void nullInAListThatMayHoldItIsKept() throws IOException {
        Query.Result result = read(Query.Result.class, "{\"columns\":[],\"rows\":[[null,\"a\"]],\"truncated\":false}");

        assertThat(result.rows().getFirst()).containsExactly(null, "a");
    }

    @Test
    void anUnknownVariantIsAnErrorThatNamesThoseThatAreKnown() {
        assertThatThrownBy(() -> read(Work.class, "{\"type\":\"teleport\"}"))
                .hasMessageContaining("Work: type: a text (expected: one of ")
                .hasMessageContaining(
                        "transform, transform-slice, transform-inferred, load, load-increment, load-slices, model, publish, export, backup, restore, dry-run)");
    }

    @Test
    void anotherKindOfValueIsAnErrorThatNamesItAndWhatWasExpected() {
        assertThatThrownBy(() -> read(Heartbeat.class, "{\"records\":[],\"bytes\":1,\"log\":[]}"))
                .hasMessageContaining("Heartbeat: records: a list (expected: a number)");
        assertThatThrownBy(() -> read(Heartbeat.class, "{\"records\":1,\"bytes\":1,\"log\":7}"))
                .hasMessageContaining("Heartbeat: log: a number (expected: a list)");
        assertThatThrownBy(() -> read(Abort.class, "{\"load\":[7],\"generation\":1}"))
                .hasMessageContaining("Abort: load: a list (expected: a text)");
        assertThatThrownBy(() -> read(Abort.class, "{\"load\":\"l\",\"generation\":\"1\"}"))
                .hasMessageContaining("Abort: generation: a text (expected: a number)");
        assertThatThrownBy(() -> read(Heartbeat.class, "[]"))
                .hasMessageContaining("Heartbeat: a list (expected: an object)");
    }

    @Test
    void whatARecordRefusesIsAnErrorThatNamesTheRecordsPlace() {
        assertThatThrownBy(() -> read(
                        Report.class,
                        "{\"outcome\":{\"type\":\"staged\",\"manifest\":\"m\",\"counts\":{\"records\":1,\"rows\":2,"
                                + "\"rejected\":0,\"filtered\":0,\"exploded\":0}},"
                                + "\"last\":{\"records\":1,\"bytes\":1,\"log\":[]}}"))
                .hasMessageContaining("Report: outcome.counts: counts: 1 records, 2 rows");
    }

    @Test
    void anErrorCodeThatOnlyANewerVersionKnowsIsReadAsInternal() throws IOException {
        Outcome outcome = read(
                        Report.class,
                        "{\"outcome\":{\"type\":\"failed\",\"code\":\"OUT_OF_LUCK\",\"detail\":\"none left\"},"
                                + "\"last\":{\"records\":1,\"bytes\":1,\"log\":[]}}")
                .outcome();

        assertThat(outcome).isEqualTo(new Outcome.Failed(ErrorCode.INTERNAL, "none left"));
    }

    @Test
    void aTaskIsReadWithAllDefaultsThatItsTextLeavesOut() throws IOException {
        Task task = read(
                Task.class,
                "{\"id\":\"t\",\"run\":\"r\",\"attempt\":1,\"pipeline\":\"p\",\"endpoint\":\"e\",\"callback\":\"http://g/\","
                        + "\"heartbeat\":1000000000,\"work\":{\"type\":\"load\",\"load\":\"r\",\"generation\":1,"
                        + "\"manifest\":\"m\",\"destination\":{\"table\":\"d.t\",\"write\":\"APPEND\"},"
                        + "\"schema\":[{\"name\":\"id\",\"type\":\"INTEGER\"}]}}");

        Work.Load load = (Work.Load) task.work();
        assertThat(load.destination().empty()).hasToString("FAIL");
        assertThat(load.destination().keys()).isEmpty();
        assertThat(load.schema().getFirst().sourceTimezone()).hasToString("UTC");
        assertThat(load.schema().getFirst().mode()).hasToString("NULLABLE");
    }

    private static <T> T read(Class<T> type, Object tree) throws IOException {
        return read(type, json.writeValueAsString(tree));
    }

    private static <T> T read(Class<T> type, String text) throws IOException {
        return Objects.requireNonNull(json.readValue(text, Argument.of(type)));
    }

    /** What is read; or, where a default makes no sense beside the other keys, what the record has against it. */
    private static Object without(Class<?> type, Object tree) throws IOException {
        try {
            return read(type, tree);
        } catch (UnreadableException e) {
            return Objects.requireNonNull(e.getMessage());
        }
    }

    private static Object tree(Sample sample) throws IOException {
        return Objects.requireNonNull(mutable(json.readValue(sample.text(), Argument.of(JsonNode.class))));
    }

    private static @Nullable Object mutable(@Nullable JsonNode node) {
        if (node == null) {
            return null;
        } else if (node.isObject()) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            node.entries().forEach(entry -> object.put(entry.getKey(), mutable(entry.getValue())));
            return object;
        } else if (node.isArray()) {
            List<@Nullable Object> items = new ArrayList<>();
            node.values().forEach(item -> items.add(mutable(item)));
            return items;
        }
        return node.isNull() ? null : node.getValue();
    }

    /** Every key that a record in the tree could have, whether it has it or not. */
    private static List<Spot> spots(Class<?> type, Object tree) {
        List<Spot> spots = new ArrayList<>();
        collect(type, tree, "", spots);
        return spots;
    }

    private static void collect(AnnotatedType type, @Nullable Object node, String path, List<Spot> spots) {
        if (node != null && type instanceof AnnotatedParameterizedType collection) {
            AnnotatedType[] arguments = collection.getAnnotatedActualTypeArguments();
            if (node instanceof List<?> items) {
                for (int i = 0; i < items.size(); i++) {
                    collect(arguments[0], items.get(i), path + "[" + i + "]", spots);
                }
            } else if (node instanceof Map<?, ?> entries) {
                entries.forEach((key, value) -> collect(arguments[1], value, path + "." + key, spots));
            }
        } else if (node != null) {
            collect((Class<?>) type.getType(), node, path, spots);
        }
    }

    @SuppressWarnings("unchecked") // a record stands in the tree as an object
    private static void collect(Class<?> type, Object node, String path, List<Spot> spots) {
        if (Shape.hasVariants(type)) {
            String name = String.valueOf(((Map<String, ?>) node).get(Shape.DISCRIMINATOR));
            collect(variant(type, name), node, path, spots);
        } else if (type.isRecord()) {
            Map<String, @Nullable Object> object = (Map<String, @Nullable Object>) node;
            for (Shape.Property property :
                    Shape.of(type.asSubclass(Record.class)).properties()) {
                if (property.flat()) {
                    Class<?> part = (Class<?>) property.annotatedType().getType();
                    String kind =
                            String.valueOf(object.get(Shape.DISCRIMINATOR)).replace("extract-", "");
                    collect(part.isRecord() ? part : variant(part, kind), node, path, spots);
                    continue;
                }
                Spot spot = new Spot(object, property, (path.isEmpty() ? "" : path + ".") + property.component());
                spots.add(spot);
                collect(property.annotatedType(), object.get(spot.key()), spot.path(), spots);
            }
        }
    }

    private static Class<?> variant(Class<?> type, String name) {
        Map<String, Class<? extends Record>> variants = Shape.variants(type);
        return Objects.requireNonNull(
                variants.getOrDefault(name, variants.get(name.substring(0, Math.max(0, name.indexOf('-'))))), name);
    }

    /** A place in a sample where a record has a key. */
    private record Spot(Map<String, @Nullable Object> object, Shape.Property property, String path) {
        String key() {
            return property.component();
        }
    }
}
