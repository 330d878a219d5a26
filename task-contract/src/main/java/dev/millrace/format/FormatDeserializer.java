package dev.millrace.format;

import io.micronaut.core.type.Argument;
import io.micronaut.serde.Decoder;
import io.micronaut.serde.Deserializer;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;

/**
 * Reads a type of message or stored document, wherever its JSON comes from: a bean for each such type makes the
 * framework's {@link ObjectMapper} use it, for bodies of HTTP too. {@link DocumentReader} says how.
 * Throws {@link UnreadableException}. Safe for use by several threads.
 */
public final class FormatDeserializer<T> implements Deserializer<T> {
    private final Class<T> type;
    private final ObjectMapper json;

    /**
     * @param type a record, or a sealed interface of records
     * @param json reads single values
     */
    public FormatDeserializer(Class<T> type, ObjectMapper json) {
        this.type = type;
        this.json = json;
    }

    @Override
    public T deserialize(Decoder decoder, DecoderContext context, Argument<? super T> argument) throws IOException {
        return new DocumentReader(Documents.name(type), json).read(type, decoder.decodeNode());
    }
}
