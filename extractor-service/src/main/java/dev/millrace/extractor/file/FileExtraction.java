package dev.millrace.extractor.file;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.format.FormattedRecords;
import dev.millrace.extractor.record.Gunzip;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.Missing;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.CheckedStream;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.io.BufferedInputStream;
import java.io.CharConversionException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipException;

/** Reads the files of one endpoint, one after the other. For one thread and one run. */
final class FileExtraction {
    private final FileRead read;
    private final FormattedRecords records;
    private final SourceFolder folder;
    private final StagedRecords staged;
    private final TaskContext context;
    private long bytes;

    FileExtraction(Extraction<FileSource, FileRead> extraction, SourceFolders folders) {
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
        String name = file.name();
        long started = System.nanoTime();
        long recordsBefore = staged.count();
        try (Followed stored = new Followed(file.open());
                InputStream in = unpacked(stored)) {
            records.read(name, in, staged.from(name));
            if (!stored.ended) {
                throw new IllegalStateException(name + " was not read to its end, where it is checked");
            }
        } catch (MalformedSource | CharConversionException e) {
            throw new MillraceException(ErrorCode.SOURCE_MALFORMED, name + ": " + e.getMessage(), e);
        } catch (EOFException | ZipException e) {
            throw new MillraceException(ErrorCode.SOURCE_MALFORMED, name + ": the gzip data is damaged or cut off", e);
        } catch (ClosedByInterruptException | InterruptedIOException e) {
            boolean _ = Thread.interrupted(); // the exception says it from here on
            throw new InterruptedException("interrupted");
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_UNAVAILABLE,
                    name + " can't be read: "
                            + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()),
                    e);
        }
        context.info(file.version() + ": " + (staged.count() - recordsBefore) + " records, "
                + (System.nanoTime() - started) / 1_000_000 + " ms");
    }

    /** Reports progress and heeds a stop, also in the middle of a large file, and of a large record. */
    private final class Followed extends CheckedStream {
        private boolean ended;

        Followed(InputStream in) {
            super(in);
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

    private static InputStream unpacked(InputStream stored) throws IOException, MalformedSource {
        InputStream in = new BufferedInputStream(stored, 64 * 1024);
        in.mark(8);
        byte[] start = in.readNBytes(8);
        in.reset();
        if (startsWith(start, 0x1f, 0x8b)) {
            return new Gunzip(in);
        }
        String archive = archive(start);
        if (archive != null) {
            throw new MalformedSource("the file is " + archive + ", which is not unpacked (expected: text, or gzip)");
        }
        return in;
    }

    /** What text never begins with; null when it may be text. */
    private static @Nullable String archive(byte[] start) {
        if (startsWith(start, 'P', 'K', 3, 4) || startsWith(start, 'P', 'K', 5, 6)) {
            return "a zip archive, as a workbook of Excel is too";
        } else if (startsWith(start, 0x28, 0xb5, 0x2f, 0xfd)) {
            return "packed with zstd";
        } else if (startsWith(start, 'B', 'Z', 'h')
                && start.length > 4
                && startsWith(Arrays.copyOfRange(start, 4, start.length), 0x31, 0x41, 0x59)) {
            return "packed with bzip2";
        } else if (startsWith(start, 0xfd, '7', 'z', 'X', 'Z', 0)) {
            return "packed with xz";
        } else if (startsWith(start, '7', 'z', 0xbc, 0xaf)) {
            return "a 7z archive";
        }
        return startsWith(start, 'P', 'A', 'R', '1', 0x15) ? "a Parquet file" : null;
    }

    private static boolean startsWith(byte[] start, int... bytes) {
        if (start.length < bytes.length) {
            return false;
        }
        for (int i = 0; i < bytes.length; i++) {
            if ((start[i] & 0xff) != bytes[i]) {
                return false;
            }
        }
        return true;
    }
}
