package dev.millrace.pipeline.file;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.Limits;
import dev.millrace.pipeline.Source;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.nio.file.Path;

/**
 * A folder of files.
 *
 * @param folder absolute, or relative to the pipeline file until {@link #in} has made it absolute; or {@code gs://} with
 *     a bucket and a prefix
 */
@Serdeable
@JsonTypeName("files")
@Doc("Files in a folder, or in a bucket of Cloud Storage.")
public record FileSource(
        @Doc("Folder of the files, absolute or relative to the pipeline file; or gs://BUCKET/PREFIX.")
        String folder) implements Source {
    public FileSource {
        FileLocation _ = FileLocation.of(folder);
    }

    /** The folder, understood. */
    public FileLocation location() {
        return FileLocation.of(folder);
    }

    @Override
    public @Nullable Limits limits() {
        return null;
    }

    @Override
    public FileSource in(Path folderOfThePipeline) {
        return switch (location()) {
            case FileLocation.Folder(String path) ->
                new FileSource(folderOfThePipeline.resolve(path).normalize().toString());
            case FileLocation.Bucket _ -> this;
        };
    }
}
