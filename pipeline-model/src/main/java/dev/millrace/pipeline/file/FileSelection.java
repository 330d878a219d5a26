package dev.millrace.pipeline.file;

import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Default;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.format.Format;
import io.micronaut.core.annotation.Creator;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * The selection of files that one endpoint reads, and their format. What they are packed with is recognised by their first bytes,
 * whatever the name.
 *
 * @param inside which files in each of them, that is an archive then; null: they are none
 * @param read which of them a run reads
 */
@Serdeable
@Doc("The files that an endpoint reads, in the order of their names.")
public record FileSelection(
        @Doc("Glob of file names below the source's folder, for example hired_employees*.csv.")
        String pattern,

        @Doc("How the files are to be read.") Format format,

        @Default("fail") @Doc("Whether a pattern that matches no file fails the run.")
        Missing missing,

        @Doc("Glob of the files in archives (zip or tar), for example data/*.csv; by default no archive is unpacked.")
        @Nullable
        String inside,

        @Default("all")
        @Doc("Which of the files a run reads: all, those that are new, or those that are new or changed.")
        Reading read) {
    /** Which files a run reads. */
    public enum Reading {
        /** Each run reads all. */
        ALL,
        /** Those that no run has loaded; one that has changed since it was loaded fails the run. */
        NEW,
        /** Those that no run has loaded as they are now. */
        CHANGED
    }

    @Creator // of two constructors, that which reads JSON
    public FileSelection {
        Checks checks = new Checks();
        checks.that(isBelow(pattern), "pattern", pattern, "a glob below the source's folder, without ..");
        checks.that(
                inside == null || isBelow(inside),
                "inside",
                inside,
                "a glob of names in the archive, without .. and a slash at its start");
        checks.done();
        Glob _ = Glob.of(pattern);
        if (inside != null) {
            try {
                Glob _ = Glob.of(inside);
            } catch (InvalidValue e) {
                e.violations().forEach(wrong -> checks.that(false, "inside", wrong.found(), wrong.expected()));
                checks.done();
            }
        }
    }

    /** What reads all, and no archives. */
    public FileSelection(String pattern, Format format, Missing missing) {
        this(pattern, format, missing, null, Reading.ALL);
    }

    private static boolean isBelow(String glob) {
        return !glob.isBlank()
                && !glob.startsWith("/")
                && !List.of(glob.split("/", -1)).contains("..");
    }

    /** Of the files in archives, likewise; null: files are no archives. */
    public @Nullable Glob insideGlob() {
        return inside == null ? null : Glob.of(inside);
    }

    /** The pattern, to compare names with. */
    public Glob glob() {
        return Glob.of(pattern);
    }

    /** The same, with these names for fields that have none. */
    FileSelection named(List<String> fields) {
        return new FileSelection(pattern, format.named(fields), missing, inside, read);
    }
}
