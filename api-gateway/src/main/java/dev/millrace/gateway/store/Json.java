package dev.millrace.gateway.store;

import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;

/** The documents that the run database keeps as text. */
@Singleton
public class Json {
    private final ObjectMapper mapper;

    Json(ObjectMapper mapper) {
        this.mapper = mapper;
    }

    public String write(Object value) {
        try {
            return mapper.writeValueAsString(value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** @throws Unreadable when it is nothing of that type */
    public <T> T read(String text, Class<T> type) {
        try {
            return Objects.requireNonNull(mapper.readValue(text, Argument.of(type)));
        } catch (IOException | RuntimeException e) { // records refuse nonsense with exceptions of their own
            throw new Unreadable(type, e);
        }
    }
}
