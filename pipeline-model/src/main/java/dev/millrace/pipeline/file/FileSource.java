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
import java.util.stream.Stream;

/**
 * Files, in a folder, on the web or on a server of SFTP: exactly one of the three.
 *
 * @param folder absolute, or relative to the pipeline file until {@link #in} has made it absolute; or {@code gs://} with
 *     a bucket and a prefix; null: they are elsewhere
 */
@Serdeable
@JsonTypeName("files")
@Doc("Files in a folder, in a bucket of Cloud Storage, on the web, or on a server of SFTP.")
public record FileSource(
        @Doc("Folder of the files, absolute or relative to the pipeline file; or gs://BUCKET/PREFIX.") @Nullable
        String folder,

        @Doc("Files that web pages link to, or at addresses, in the place of a folder.") @Nullable
        WebFiles web,

        @Doc("Files on a server of SFTP, in the place of a folder.") @Nullable
        SftpFiles sftp)
        implements Source, FileRules {
    @Creator // of two constructors, that which reads JSON
    public FileSource {
        if (folder != null) {
            FileLocation _ = FileLocation.of(folder);
        }
    }

    /** Files in a folder or bucket. */
    public FileSource(String folder) {
        this(folder, null, null);
    }

    @Override
    public void check(Checks checks) {
        long places = Stream.of(folder, web, sftp).filter(Objects::nonNull).count();
        checks.that(places > 0, "folder", "neither folder nor web nor sftp", "one of them");
        String second = sftp == null ? "web" : "sftp";
        checks.that(
                places < 2,
                second,
                second + " beside " + (folder == null ? "web" : "folder"),
                "one of folder, web and sftp");
    }

    /** Where they are, understood. */
    public FileLocation location() {
        if (web != null) {
            return new FileLocation.Web(web);
        }
        return sftp == null ? FileLocation.of(Objects.requireNonNull(folder)) : new FileLocation.Sftp(sftp);
    }

    @Override
    public @Nullable Limits limits() {
        return web == null ? null : web.limits();
    }

    /** What a server hands out can't be asked for once more, as it was when it was listed. */
    @Override
    public @Nullable String uncut() {
        return folder == null ? "files are cut into slices in a folder or a bucket, not on the web or on SFTP" : null;
    }

    @Override
    public FileSource in(Path folderOfThePipeline) {
        return switch (location()) {
            case FileLocation.Folder(String path) ->
                new FileSource(folderOfThePipeline.resolve(path).normalize().toString());
            case FileLocation.Bucket _, FileLocation.Web _, FileLocation.Sftp _ -> this;
        };
    }
}
