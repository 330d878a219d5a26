package dev.millrace.extractor.file;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.ExtractorConfig;
import dev.millrace.extractor.SourceReader;
import dev.millrace.extractor.check.Steps;
import dev.millrace.extractor.format.Archive;
import dev.millrace.extractor.format.ExcelLines;
import dev.millrace.extractor.format.FileRange;
import dev.millrace.extractor.format.FormattedRecords;
import dev.millrace.extractor.format.RangedFile;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.extractor.record.TooLarge;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSelection;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.file.Glob;
import dev.millrace.pipeline.format.Format;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.CheckedStream;
import dev.millrace.staging.Manifests;
import dev.millrace.staging.Part;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Outcome;
import dev.millrace.task.Slice;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.CharConversionException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;
import java.util.zip.ZipException;

/** Reads the files of one endpoint, one after the other. For one thread and one run. */
final class FileExtraction {
    private static final int NOTES_OF_A_SLICE = 20;

    private final FileRead read;
    private final FormattedRecords records;
    private final SourceFolder folder;
    private final StagedRecords staged;
    private final TaskContext context;
    private final ExtractorConfig config;
    private final Task task;
    private final Work.@Nullable ExtractIncrement increment;
    /** Null: nobody asks what is new. */
    private final @Nullable LoadedFiles loaded;

    private final ObjectMapper json;
    private final Manifests manifests;
    /** Null: each file has a line of the log. */
    private @Nullable Slowest summary;

    private int notes;
    private long bytes;

    FileExtraction(
            Extraction<FileSource, FileRead> extraction,
            SourceFolders folders,
            ExtractorConfig config,
            StagingStore staging,
            ObjectMapper json) {
        this.config = config;
        this.json = json;
        this.manifests = new Manifests(staging, json);
        this.task = extraction.task();
        this.increment = extraction.increment();
        this.loaded = increment == null ? null : LoadedFiles.of(staging, json, increment.start());
        this.read = extraction.read();
        this.staged = extraction.staged();
        this.context = extraction.context();
        this.folder = folders.at(extraction.source().location(), task, context);
        this.records = new FormattedRecords(
                read.files().format(),
                read.records() == null ? null : JsonPath.of(read.records()),
                read.files().missing(),
                extraction.columns(),
                this::note,
                new FormattedRecords.Room(config.scratchFolder(), config.unpackRatio()));
    }

    /** What a format has to say of a file: in a slice of ever so many, of the first ones. */
    private void note(String text) {
        if (summary == null || notes++ < NOTES_OF_A_SLICE) {
            context.info(text);
        }
    }

    void run() throws InterruptedException {
        try {
            read(found());
        } finally {
            folder.close();
        }
    }

    /** Says which slice of the run reads which of the files. */
    Outcome.Planned plan(int most) throws InterruptedException {
        try (FilePlan plan = new FilePlan(staged, manifests, json, task, most)) {
            folder.each(read.files().glob(), file -> {
                context.checkStopped();
                plan.add(planned(file));
                context.progress(plan.files(), plan.bytes());
            });
            checkFound(plan.files() == 0);
            if (records.mayBeCut() && read.files().inside() == null) {
                cut(plan);
            }
            return plan.finish();
        } finally {
            folder.close();
        }
    }

    private void cut(FilePlan plan) throws InterruptedException {
        long started = System.nanoTime();
        int files = plan.files();
        int cut = plan.cut(this::ranges, config.partBytes());
        if (cut > 0) {
            context.info(String.format(
                    Locale.ROOT,
                    "%,d of %,d %s cut, into %,d parts, %,d ms",
                    cut,
                    files,
                    files == 1 ? "file" : "files",
                    plan.files() - files + cut,
                    (System.nanoTime() - started) / 1_000_000));
        }
    }

    private List<FileRange> ranges(PlannedFile planned, long each) throws InterruptedException {
        SourceFile file = folder.planned(planned);
        try {
            return records.ranges(new Ranged(file, planned.size()), each);
        } catch (IOException e) {
            throw failure(file.name(), e);
        } finally {
            close(file);
        }
    }

    private static PlannedFile planned(SourceFile file) {
        try {
            return file.planned();
        } catch (IOException e) {
            throw unreadable(file.name(), e);
        }
    }

    /** Reads one slice; the log has a line of it, as its files may be many. */
    void run(String plan, Slice slice) throws InterruptedException {
        long started = System.nanoTime();
        Slowest slowest = new Slowest();
        summary = slowest;
        if (records.areTexts()) {
            staged.ofTexts();
        }
        try (FilePlan.Files files = new FilePlan.Files(staged, manifests, json, plan, slice)) {
            long count = files.left();
            for (PlannedFile next = files.next(); next != null; next = files.next()) {
                context.checkStopped();
                read(folder.planned(next), next);
            }
            context.debug(String.format(
                    Locale.ROOT,
                    "%s: %,d %s, %,d records, %,d ms%s",
                    slice,
                    count,
                    count == 1 ? "file" : "files",
                    staged.count(),
                    (System.nanoTime() - started) / 1_000_000,
                    slowest));
        } finally {
            folder.close();
        }
    }

    /** Of many files, the one that has taken longest. */
    private static final class Slowest {
        private String name = "";
        private long millis = -1;

        void read(String file, long took) {
            if (took > millis) {
                name = file;
                millis = took;
            }
        }

        @Override
        public String toString() {
            return millis < 0 ? "" : String.format(Locale.ROOT, ", the slowest was %s, %,d ms", name, millis);
        }
    }

    private void read(SourceFile file, PlannedFile planned) throws InterruptedException {
        try {
            if (planned.range() == null) {
                read(file);
            } else {
                read(new Ranged(file, planned.size()), planned.range());
            }
        } finally {
            close(file);
        }
    }

    /** Of a slice. */
    private void read(Ranged file, FileRange range) throws InterruptedException {
        long started = System.nanoTime();
        try {
            records.read(file, range, staged.from(file.name(), range.rows()));
        } catch (IOException | MalformedSource e) {
            throw failure(file.name(), e);
        }
        file.checkRead();
        if (summary != null) {
            summary.read(file.file.version() + " from byte " + range.from(), (System.nanoTime() - started) / 1_000_000);
        }
    }

    /** By what the first file looks like; null: its format needs nothing, or it says enough, or there is nothing to be seen. */
    SourceReader.@Nullable Proposed<FileRead> proposed() throws InterruptedException {
        FileSelection files = read.files();
        if (!records.mayPropose() || files.inside() != null) {
            return null;
        }
        try {
            List<SourceFile> found = found();
            Format.Excel format = found.isEmpty() ? null : proposed(found.getFirst());
            return format == null
                    ? null
                    : new SourceReader.Proposed<>(
                            ExcelLines.of(format),
                            new FileRead(
                                    new FileSelection(
                                            files.pattern(), format, files.missing(), files.inside(), files.read()),
                                    read.records()));
        } finally {
            folder.close();
        }
    }

    private Format.@Nullable Excel proposed(SourceFile file) throws InterruptedException {
        try (InputStream in = records.unpacked(new Followed(file), null)) {
            return records.proposed(in);
        } catch (IOException | MalformedSource e) {
            throw failure(file.name(), e);
        } finally {
            close(file);
        }
    }

    private List<SourceFile> found() throws InterruptedException {
        List<SourceFile> files = folder.find(read.files().glob());
        checkFound(files.isEmpty());
        return files;
    }

    private void checkFound(boolean nothing) {
        String lacking = nothing && folder.foundNothingIn() == null ? nothingMatches() : folder.foundNothingIn();
        if (lacking != null && read.files().missing() == Missing.FAIL) {
            throw new MillraceException(ErrorCode.SOURCE_EMPTY, lacking);
        }
        if (lacking != null) {
            context.warn(lacking + ", which is allowed");
        }
    }

    private void read(List<SourceFile> files) throws InterruptedException {
        if (records.areTexts()) {
            staged.ofTexts();
        }
        long unchanged = 0;
        for (SourceFile file : files) {
            context.checkStopped();
            try {
                if (isLoaded(file)) {
                    unchanged++;
                } else {
                    read(file);
                }
            } finally {
                close(file);
            }
        }
        if (loaded != null && increment != null && increment.committed() != null) {
            context.info((files.size() - unchanged) + " of " + files.size() + (files.size() == 1 ? " file" : " files")
                    + " read; " + unchanged + " were loaded before and are as they were");
            String committed = increment.committed().value();
            staged.cursor(committed, loaded.store(task, committed));
        }
    }

    /** Whether a file was loaded as it is; what only looks as if it had changed is compared by its checksum. */
    private boolean isLoaded(SourceFile file) throws InterruptedException {
        LoadedFiles.Entry before = loaded == null ? null : loaded.find(file.name());
        if (loaded == null || before == null) {
            return false;
        }
        try {
            String state = file.state(before.state());
            if (state != null && state.equals(before.state())) {
                return true;
            }
            if (file.size() == before.size() && checksum(file).equals(before.crc32c())) {
                loaded.put(new LoadedFiles.Entry(before.name(), before.size(), state, before.crc32c(), before.run()));
                return true;
            }
        } catch (IOException e) {
            throw unreadable(file.name(), e);
        }
        if (read.files().read() == FileSelection.Reading.NEW) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    file.name() + " has changed since run " + before.run()
                            + " has loaded it, with read: new (expected: a file"
                            + " that is never changed, or read: changed and a table that is merged)");
        }
        return false;
    }

    private String checksum(SourceFile file) throws InterruptedException, IOException {
        String known = file.crc32c();
        if (known != null) {
            return known;
        }
        try (Followed stored = new Followed(file)) {
            stored.transferTo(OutputStream.nullOutputStream());
            return Part.hex(stored.checksum);
        }
    }

    /** Tries the way to the files, and looks for them. */
    void check(Steps steps) throws InterruptedException {
        try {
            folder.check(steps);
            List<SourceFile> _ = steps.ofEndpoint(
                    "finds files",
                    this::found,
                    files -> files.isEmpty()
                            ? nothingMatches() + ", which is allowed"
                            : files.size() + " in " + folder + ", the first is "
                                    + files.getFirst().version());
        } finally {
            folder.close();
        }
    }

    private String nothingMatches() {
        return "no file in " + folder + " matches '" + read.files().pattern() + "'";
    }

    private void read(SourceFile file) throws InterruptedException {
        String state = loaded == null ? null : state(file);
        try (Followed stored = new Followed(file)) {
            Glob inside = read.files().insideGlob();
            if (inside == null) {
                records(file.name(), file.version(), stored);
            } else {
                files(file, stored, inside);
            }
            if (!stored.ended) {
                throw new IllegalStateException(file.name() + " was not read to its end, where it is checked");
            }
            if (loaded != null) {
                loaded.put(
                        new LoadedFiles.Entry(file.name(), stored.count, state, Part.hex(stored.checksum), task.run()));
            }
        } catch (IOException | MalformedSource e) {
            throw failure(file.name(), e);
        }
    }

    private static void close(SourceFile file) {
        try {
            file.close();
        } catch (IOException e) {
            throw unreadable(file.name(), e);
        }
    }

    /** As it is before it is read: if it changes between, it is compared by its checksum the next time. */
    private static @Nullable String state(SourceFile file) throws InterruptedException {
        try {
            return file.state(null);
        } catch (IOException e) {
            throw unreadable(file.name(), e);
        }
    }

    /** Those in an archive. */
    private void files(SourceFile file, InputStream stored, Glob inside)
            throws IOException, MalformedSource, InterruptedException {
        Archive archive = new Archive(
                config.scratchFolder(),
                config.unpackRatio(),
                inside::matches,
                (name, in) -> records(file.name() + "!" + name, file.version() + "!" + name, in));
        if (archive.read(stored) == 0) {
            List<String> others = archive.others();
            String nothing = "no file in " + file.name() + " matches '" + inside + "'; it has "
                    + (others.isEmpty() ? "none" : "'" + String.join("', '", others) + "'");
            if (read.files().missing() == Missing.FAIL) {
                throw new MillraceException(ErrorCode.SOURCE_EMPTY, nothing);
            }
            context.warn(nothing + ", which is allowed");
        }
    }

    /**
     * @param name for rejects and errors
     * @param version for the log
     */
    private void records(String name, String version, InputStream stored) throws InterruptedException {
        long started = System.nanoTime();
        long recordsBefore = staged.count();
        // of an archive within one there is no key
        String insideKey = read.files().inside() == null ? "the key inside" : null;
        try (InputStream in = records.unpacked(stored, insideKey)) {
            records.read(name, in, staged.from(name));
        } catch (IOException | MalformedSource e) {
            throw failure(name, e);
        }
        long millis = (System.nanoTime() - started) / 1_000_000;
        if (summary == null) {
            context.info(version + ": " + (staged.count() - recordsBefore) + " records, " + millis + " ms");
        } else {
            summary.read(version, millis);
        }
    }

    /** What is wrong with a file's bytes, since those that can't be read fail otherwise. */
    private static MillraceException failure(String name, Exception failure) throws InterruptedException {
        if (failure instanceof ClosedByInterruptException || failure instanceof InterruptedIOException) {
            boolean _ = Thread.interrupted(); // the exception says it from here on
            throw new InterruptedException("interrupted");
        }
        String detail = failure instanceof EOFException || failure instanceof ZipException
                ? "the gzip data is damaged or cut off"
                : String.valueOf(failure.getMessage());
        ErrorCode code = switch (failure) {
            case MalformedSource malformed -> malformed.code();
            case TooLarge _, CharConversionException _ -> ErrorCode.SOURCE_UNREADABLE;
            default -> ErrorCode.SOURCE_MALFORMED;
        };
        return new MillraceException(code, name + ": " + detail, failure);
    }

    /** Opens a file, or a part of one. */
    private interface Opening {
        InputStream open() throws IOException, InterruptedException;
    }

    private static InputStream opened(SourceFile file, Opening opening) throws InterruptedException {
        try {
            return opening.open();
        } catch (InterruptedIOException | ClosedByInterruptException e) {
            throw failure(file.name(), e);
        } catch (IOException e) {
            throw unreadable(file.name(), e);
        }
    }

    private static MillraceException unreadable(String name, IOException failure) {
        return new MillraceException(
                ErrorCode.SOURCE_UNAVAILABLE,
                name + " can't be read: "
                        + (failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage()),
                failure);
    }

    /** Reports progress and heeds a stop, also in the middle of a large file, and of a large record. */
    private final class Followed extends CheckedStream {
        private final String name;
        private final CRC32C checksum = new CRC32C();
        private long count;
        private boolean ended;

        Followed(SourceFile file) throws InterruptedException {
            this(file, file::open);
        }

        Followed(SourceFile file, Opening opening) throws InterruptedException {
            super(opened(file, opening));
            this.name = file.name();
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                return super.read(buffer, offset, length);
            } catch (InterruptedIOException | ClosedByInterruptException e) {
                throw e;
            } catch (IOException e) {
                throw unreadable(name, e);
            }
        }

        @Override
        protected void passed(byte[] buffer, int offset, int length) {
            context.checkStopped();
            if (loaded != null) {
                checksum.update(buffer, offset, length);
            }
            count += length;
            bytes += length;
            context.progress(staged.count(), bytes);
        }

        @Override
        protected void ended() {
            ended = true;
            context.progress(staged.count(), bytes);
        }
    }

    /** A file that is read in parts, one after the other. */
    private final class Ranged implements RangedFile {
        private final SourceFile file;
        private final long size;
        private final List<Followed> opened = new ArrayList<>();

        Ranged(SourceFile file, long size) {
            this.file = file;
            this.size = size;
        }

        @Override
        public String name() {
            return file.name();
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public InputStream open(long from, long to) throws IOException {
            try {
                Followed part = new Followed(file, () -> file.open(from, to));
                opened.add(part);
                return part;
            } catch (InterruptedException e) {
                throw (IOException) new InterruptedIOException("interrupted").initCause(e);
            }
        }

        void checkRead() {
            if (!opened.stream().allMatch(part -> part.ended)) {
                throw new IllegalStateException(name() + " was not read to the end of a part, where it is checked");
            }
        }
    }
}
