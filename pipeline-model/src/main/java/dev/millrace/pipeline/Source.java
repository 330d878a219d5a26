package dev.millrace.pipeline;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.nio.file.Path;

/**
 * Where a pipeline's data comes from: one kind of source. Each kind is a package below this one, with a record of this
 * and one of what an endpoint reads of it, both {@link Serdeable} and of the same {@link
 * com.fasterxml.jackson.annotation.JsonTypeName}, by which the class path is searched for them. Only the extractor's
 * package of the same kind knows more of it than is said here.
 */
@Serdeable
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public interface Source {
    /** What it bears, of all runs of the pipeline together; null: nothing is held back. */
    @Nullable
    Limits limits();

    /** Why what it has can't be cut into slices, in a sentence; null: it can, as far as an endpoint's {@link Read} can. */
    default @Nullable String uncut() {
        return "only files are cut into slices";
    }

    /** How a user grants access to it; null: nobody has to, or it isn't said how. */
    default @Nullable SignIn signIn() {
        return null;
    }

    /**
     * The source as services that don't have the pipeline file understand it.
     *
     * @param folder of the pipeline file, absolute
     */
    Source in(Path folder);
}
