package dev.millrace.pipeline.upload;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.millrace.pipeline.Limits;
import dev.millrace.pipeline.NotInFiles;
import dev.millrace.pipeline.Source;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.nio.file.Path;

/**
 * Records that somebody has sent to the gateway, which keeps them in staging.
 *
 * @param object name of the object in staging
 * @param name of it for people, in rejects and the log
 */
@Serdeable
@NotInFiles
@JsonTypeName("upload")
public record UploadSource(String object, String name) implements Source {
    @Override
    public @Nullable Limits limits() {
        return null;
    }

    @Override
    public UploadSource in(Path folder) {
        return this;
    }
}
