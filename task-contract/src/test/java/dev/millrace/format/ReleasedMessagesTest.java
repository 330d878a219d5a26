package dev.millrace.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.context.ApplicationContext;
import io.micronaut.core.type.Argument;
import io.micronaut.json.tree.JsonNode;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What earlier versions sent and stored is read for ever. Their samples are never changed: one that can't be read any
 * more asks for an upcast.
 */
class ReleasedMessagesTest {
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

    static Stream<Sample> released() {
        return Stream.of("0.1").flatMap(version -> Sample.of("samples/" + version + "/messages"));
    }

    /** So a neighbour of that version understands what is written today. */
    @ParameterizedTest
    @MethodSource("released")
    void isReadAndWhatItSaysIsStillWrittenUnderTheSameKeys(Sample released) throws IOException {
        Object read = Objects.requireNonNull(json.readValue(released.text(), Argument.of(released.type())));

        JsonNode written = tree(new Sample(released.name(), released.type(), json.writeValueAsString(read)));

        assertThat(restricted(written, tree(released))).isEqualTo(tree(released));
    }

    private static JsonNode tree(Sample sample) throws IOException {
        return Objects.requireNonNull(json.readValue(sample.text(), Argument.of(JsonNode.class)));
    }

    /** What is written today without the keys that the version didn't have. */
    private static JsonNode restricted(JsonNode today, JsonNode released) {
        if (today.isObject() && released.isObject()) {
            Map<String, JsonNode> kept = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> entry : today.entries()) {
                JsonNode then = released.get(entry.getKey());
                if (then != null) {
                    kept.put(entry.getKey(), restricted(entry.getValue(), then));
                }
            }
            return JsonNode.createObjectNode(kept);
        } else if (today.isArray() && released.isArray() && today.size() == released.size()) {
            List<JsonNode> items = new ArrayList<>();
            for (int i = 0; i < today.size(); i++) {
                items.add(restricted(Objects.requireNonNull(today.get(i)), Objects.requireNonNull(released.get(i))));
            }
            return JsonNode.createArrayNode(items);
        }
        return today;
    }
}
