package dev.millrace.pipeline.upload;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.millrace.pipeline.NotInFiles;
import dev.millrace.pipeline.Read;
import dev.millrace.pipeline.format.Format;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.function.Predicate;

/**
 * What is read of an {@link UploadSource}: all of it.
 *
 * @param records path to the records in a document; null: the document itself
 * @param ofTexts whether the values are texts, whatever the format: the source that they come from knows nothing else
 * @param most records, rejected ones included, of a file, which has to have one at least; null: no file, and any number
 */
@Serdeable
@NotInFiles
@JsonTypeName("upload")
public record UploadRead(
        Format format,
        @Nullable String records,
        boolean ofTexts,
        @Nullable Long most) implements Read {
    /** As uploads are called in rejects and the log. */
    private static final String NAME = "upload";

    /**
     * Records of a form that somebody may send in place of a source.
     *
     * @param object name of it in staging
     * @param lines whether each line is a JSON object, be the format what it may
     */
    public static Uploaded of(String object, boolean lines, Format format, @Nullable String records) {
        return new Uploaded(
                new UploadSource(object, NAME),
                lines
                        ? new UploadRead(new Format.Ndjson(), null, format.isFlat(), null)
                        : new UploadRead(format, records, format.isFlat(), null));
    }

    /**
     * A file that somebody sends beside those that a source has.
     *
     * @param object name of it in staging
     * @param most records that it may have
     */
    public static Uploaded ofFile(String object, String name, Format.Csv format, long most) {
        return new Uploaded(new UploadSource(object, name), new UploadRead(format, null, true, most));
    }

    @Override
    public @Nullable String keyWithDay(Predicate<String> about) {
        return null;
    }

    @Override
    public Scope scope() {
        return Scope.EVERYTHING;
    }

    @Override
    public @Nullable String cursorName() {
        return null;
    }

    @Override
    public boolean isFlat() {
        return ofTexts;
    }

    @Override
    public @Nullable String keyForNames() {
        return null;
    }

    @Override
    public UploadRead named(List<String> fields) {
        return format.namesFields() ? this : new UploadRead(format.named(fields), records, ofTexts, most);
    }

    @Override
    public Uploaded uploaded(String object, boolean lines) {
        return of(object, lines, format, records);
    }
}
