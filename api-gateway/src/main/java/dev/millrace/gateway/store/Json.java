package dev.millrace.gateway.store;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The documents that the run database keeps as text. */
@Singleton
public class Json {
    private static final Logger LOG = LoggerFactory.getLogger(Json.class);

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

    /** For what only informs: null when there is nothing, or nothing of that type. */
    public <T> @Nullable T readIfReadable(@Nullable String text, Class<T> type) {
        try {
            return text == null ? null : read(text, type);
        } catch (Unreadable e) {
            LOG.warn("a {} of the run database is left out: {}", type.getSimpleName(), e.getMessage());
            return null;
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
