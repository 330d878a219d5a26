package dev.millrace.extractor.inline;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.SourceReader;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.pipeline.inline.InlineRead;
import dev.millrace.pipeline.inline.InlineSource;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** Reads the records that stand in a pipeline file. */
@Singleton
final class InlineReader implements SourceReader<InlineSource, InlineRead> {
    private final ObjectMapper json;

    InlineReader(ObjectMapper json) {
        this.json = json;
    }

    @Override
    public Class<InlineSource> source() {
        return InlineSource.class;
    }

    @Override
    public Class<InlineRead> read() {
        return InlineRead.class;
    }

    @Override
    public void read(Extraction<InlineSource, InlineRead> extraction) {
        RecordSink sink = extraction.staged().from(extraction.source().subject());
        try {
            for (Map<String, String> row : extraction.read().rows()) {
                byte[] record = json.writeValueAsBytes(row);
                sink.record(record, 0, record.length);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
    }
}
