package dev.millrace.extractor.file;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.ExtractorConfig;
import dev.millrace.extractor.format.Archive;
import dev.millrace.extractor.format.FormattedRecords;
import dev.millrace.extractor.format.Packing;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.pipeline.file.Glob;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.CheckedStream;
import dev.millrace.worker.TaskContext;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.List;
import java.util.zip.ZipException;

/** Reads the files of one endpoint, one after the other. For one thread and one run. */
final class FileExtraction {
    private final FileRead read;
    private final FormattedRecords records;
    private final SourceFolder folder;
    private final StagedRecords staged;
    private final TaskContext context;
    private final ExtractorConfig config;
    private long bytes;

    FileExtraction(Extraction<FileSource, FileRead> extraction, SourceFolders folders, ExtractorConfig config) {
        this.config = config;
        this.read = extraction.read();
        this.folder =
                folders.at(extraction.source().location(), extraction.task().credentials());
        this.staged = extraction.staged();
        this.context = extraction.context();
        this.records = new FormattedRecords(
                read.files().format(),
                read.records() == null ? null : JsonPath.of(read.records()),
                read.files().missing(),
                extraction.columns(),
                context::info);
    }

    void run() throws InterruptedException {
        List<SourceFile> files = folder.find(read.files().glob());
        if (files.isEmpty() && read.files().missing() == Missing.FAIL) {
            throw new MillraceException(ErrorCode.SOURCE_EMPTY, nothingMatches());
        }
        if (files.isEmpty()) {
            context.warn(nothingMatches() + ", which is allowed");
        }
        if (records.areTexts()) {
            staged.ofTexts();
        }
        for (SourceFile file : files) {
            context.checkStopped();
            read(file);
        }
    }

    private String nothingMatches() {
        return "no file in " + folder + " matches '" + read.files().pattern() + "'";
    }

    private void read(SourceFile file) throws InterruptedException {
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
        } catch (IOException | MalformedSource e) {
            throw failure(file.name(), e);
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
        try (InputStream in = Packing.unpacked(stored, insideKey)) {
            records.read(name, in, staged.from(name));
        } catch (IOException | MalformedSource e) {
            throw failure(name, e);
        }
        context.info(version + ": " + (staged.count() - recordsBefore) + " records, "
                + (System.nanoTime() - started) / 1_000_000 + " ms");
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
        return new MillraceException(ErrorCode.SOURCE_MALFORMED, name + ": " + detail, failure);
    }

    private static InputStream opened(SourceFile file) throws InterruptedException {
        try {
            return file.open();
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
        private boolean ended;

        Followed(SourceFile file) throws InterruptedException {
            super(opened(file));
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
        protected void passed(byte[] buffer, int offset, int count) {
            context.checkStopped();
            bytes += count;
            context.progress(staged.count(), bytes);
        }

        @Override
        protected void ended() {
            ended = true;
            context.progress(staged.count(), bytes);
        }
    }
}
