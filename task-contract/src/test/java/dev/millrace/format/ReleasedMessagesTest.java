package dev.millrace.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.context.ApplicationContext;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.util.Map;
import java.util.stream.Collectors;
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
        context = ApplicationContext.builder().deduceEnvironment(false).start();
        json = context.getBean(ObjectMapper.class);
    }

    @AfterAll
    static void stop() {
        context.close();
    }

    static Stream<Sample> released() {
        return Stream.of("0.1").flatMap(version -> Sample.of("samples/" + version + "/messages"));
    }

    @ParameterizedTest
    @MethodSource("released")
    void isReadAsWhatItIsCalledToday(Sample released) throws IOException {
        Map<String, Sample> today = Sample.of("messages").collect(Collectors.toMap(Sample::name, sample -> sample));

        Object read = json.readValue(released.text(), Argument.of(released.type()));

        assertThat(read).isNotNull();
        Sample now = today.get(released.name());
        if (now != null) {
            assertThat(read).isEqualTo(json.readValue(now.text(), Argument.of(now.type())));
        }
    }
}
