package dev.millrace.pipeline.inline;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.Limits;
import dev.millrace.pipeline.Source;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.nio.file.Path;

/** The pipeline file itself: a kind of source that only tests have. */
@Serdeable
@JsonTypeName("inline")
@Doc("Records that stand in the pipeline file.")
public record InlineSource(
        @Doc("What the records are about, for their rejects.")
        String subject) implements Source {
    @Override
    public @Nullable Limits limits() {
        return null;
    }

    @Override
    public InlineSource in(Path folder) {
        return this;
    }
}
