package dev.millrace.pipeline.file;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.format.Format;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * The selection of files that one endpoint reads, and their format. Gzip is recognised by its first bytes, whatever
 * the name.
 */
@Serdeable
@Doc("The files that an endpoint reads, in the order of their names.")
public record FileSelection(
        @Doc("Glob of file names below the source's folder, for example hired_employees*.csv.")
        String pattern,

        @Doc("How the files are to be read.") Format format,

        @Default("fail") @Doc("Whether a pattern that matches no file fails the run.")
        Missing missing) {
    public FileSelection {
        Checks checks = new Checks();
        checks.that(
                !pattern.isBlank()
                        && !pattern.startsWith("/")
                        && !List.of(pattern.split("/", -1)).contains(".."),
                "pattern",
                pattern,
                "a glob below the source's folder, without ..");
        checks.done();
        Glob _ = Glob.of(pattern);
    }

    /** The pattern, to compare names with. */
    public Glob glob() {
        return Glob.of(pattern);
    }

    /** The same, with these names for fields that have none. */
    FileSelection named(List<String> fields) {
        return new FileSelection(pattern, format.named(fields), missing);
    }
}
