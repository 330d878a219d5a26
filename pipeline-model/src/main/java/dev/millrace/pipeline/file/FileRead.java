package dev.millrace.pipeline.file;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Read;
import dev.millrace.pipeline.format.Format;
import dev.millrace.pipeline.upload.UploadRead;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What is read of a {@link FileSource}.
 *
 * @param records path to the records in a JSON or XML file; null: the document itself
 */
@Serdeable
@JsonTypeName("files")
@Doc("What to read of a folder.")
public record FileRead(
        @Doc("Which files to read.") FileSelection files,

        @Doc("Path to the array of records in a JSON file, or to the elements in XML, for example data.students.")
        @Nullable
        String records)
        implements Read, FileRules {
    public FileRead {
        Checks checks = new Checks();
        if (records != null) {
            JsonPath.check(checks, "records", records);
        }
        checks.done();
    }

    @Override
    public void check(Checks checks) {
        files.format().checkRecords(checks, records);
    }

    @Override
    public @Nullable String keyWithDay(Predicate<String> about) {
        return null;
    }

    @Override
    public @Nullable String keyForNames() {
        return files.format().namesFields() ? null : "files.format.columns";
    }

    @Override
    public Scope scope() {
        return switch (files.read()) {
            case ALL -> Scope.EVERYTHING;
            case NEW -> Scope.NEW;
            case CHANGED -> Scope.NEW_AND_SOME_AGAIN;
        };
    }

    @Override
    public @Nullable String cursorName() {
        return files.read() == FileSelection.Reading.ALL ? null : "files";
    }

    @Override
    public boolean mightBeOverlooked() {
        return files.read() != FileSelection.Reading.ALL || files.format().mightBeOverlooked();
    }

    @Override
    public @Nullable String uncut() {
        return files.read() == FileSelection.Reading.ALL
                ? null
                : "the list of loaded files (files.read) is kept by runs that are extracted as a whole";
    }

    @Override
    public String keyOfCursor() {
        return "files.read";
    }

    @Override
    public Set<Column.Metadata> places() {
        return Set.of(Column.Metadata.FILE, Column.Metadata.LINE);
    }

    @Override
    public Uploaded uploaded(String object, boolean lines) {
        return UploadRead.of(object, lines, files.format(), records);
    }

    @Override
    public @Nullable Uploaded uploadedFile(String object, String name, long most) {
        return files.format() instanceof Format.Csv csv ? UploadRead.ofFile(object, name, csv, most) : null;
    }

    @Override
    public boolean isFlat() {
        return files.format().isFlat();
    }

    @Override
    public FileRead named(List<String> fields) {
        return files.format().namesFields() ? this : new FileRead(files.named(fields), records);
    }
}
