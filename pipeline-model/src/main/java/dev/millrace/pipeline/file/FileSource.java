package dev.millrace.pipeline.file;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.Limits;
import dev.millrace.pipeline.Source;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Files, in a folder or on the web: exactly one of both.
 *
 * @param folder absolute, or relative to the pipeline file until {@link #in} has made it absolute; or {@code gs://} with
 *     a bucket and a prefix; null: they are on the web
 */
@Serdeable
@JsonTypeName("files")
@Doc("Files in a folder, in a bucket of Cloud Storage, or on the web.")
public record FileSource(
        @Doc("Folder of the files, absolute or relative to the pipeline file; or gs://BUCKET/PREFIX.") @Nullable
        String folder,

        @Doc("Files that web pages link to, or at addresses, in the place of a folder.") @Nullable
        WebFiles web)
        implements Source, FileRules {
    @Creator // of two constructors, that which reads JSON
    public FileSource {
        if (folder != null) {
            FileLocation _ = FileLocation.of(folder);
        }
    }

    /** Files in a folder or bucket. */
    public FileSource(String folder) {
        this(folder, null);
    }

    @Override
    public void check(Checks checks) {
        checks.that(
                (folder == null) != (web == null),
                folder == null ? "folder" : "web",
                folder == null ? "neither folder nor web" : "web beside folder",
                "either folder or web");
    }

    /** Where they are, understood. */
    public FileLocation location() {
        return web == null ? FileLocation.of(Objects.requireNonNull(folder)) : new FileLocation.Web(web);
    }

    @Override
    public @Nullable Limits limits() {
        return web == null ? null : web.limits();
    }

    @Override
    public FileSource in(Path folderOfThePipeline) {
        return switch (location()) {
            case FileLocation.Folder(String path) ->
                new FileSource(folderOfThePipeline.resolve(path).normalize().toString());
            case FileLocation.Bucket _, FileLocation.Web _ -> this;
        };
    }
}
