package dev.millrace.extractor.file;

import dev.millrace.extractor.record.Gunzip;
import dev.millrace.extractor.record.JsonSlicer;
import dev.millrace.extractor.record.LineSlicer;
import dev.millrace.extractor.record.MalformedSource;
import dev.millrace.extractor.record.RecordSink;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.Files.Format;
import dev.millrace.pipeline.Files.Missing;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import java.io.BufferedInputStream;
import java.io.CharConversionException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.zip.ZipException;

/** Reads the files of one endpoint, one after the other. For one thread and one run. */
public final class FileExtraction {
    private final Work.ExtractFiles work;
    private final StagedRecords staged;
    private final TaskContext context;
    private long bytes;

    public FileExtraction(Work.ExtractFiles work, StagedRecords staged, TaskContext context) {
        this.work = work;
        this.staged = staged;
        this.context = context;
    }

    public void run() throws InterruptedException {
        Path folder = Path.of(work.source().folder());
        List<Path> files = MatchingFiles.find(folder, work.files().pattern());
        if (files.isEmpty() && work.files().missing() == Missing.FAIL) {
            throw new MillraceException(
                    ErrorCode.SOURCE_EMPTY,
                    "no file in " + folder + " matches '" + work.files().pattern() + "'");
        }
        if (files.isEmpty()) {
            context.warn("no file in " + folder + " matches '" + work.files().pattern() + "', which is allowed");
        }
        for (Path file : files) {
            context.checkStopped();
            read(folder, file);
        }
    }

    /** What a file is like at one moment. */
    private record State(long size, FileTime modified) {
        static State of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new State(attributes.size(), attributes.lastModifiedTime());
        }
    }

    private void read(Path folder, Path file) throws InterruptedException {
        String name = MatchingFiles.name(folder, file);
        long started = System.nanoTime();
        long recordsBefore = staged.count();
        try {
            State before = State.of(file);
            try (InputStream in = open(file)) {
                read(name, in);
            }
            State after = State.of(file);
            if (!before.equals(after)) {
                throw changed(name);
            }
            bytes += after.size();
        } catch (MalformedSource | CharConversionException e) {
            throw new MillraceException(ErrorCode.SOURCE_MALFORMED, name + ": " + e.getMessage(), e);
        } catch (EOFException | ZipException e) {
            throw new MillraceException(ErrorCode.SOURCE_MALFORMED, name + ": the gzip data is damaged or cut off", e);
        } catch (ClosedByInterruptException e) {
            boolean _ = Thread.interrupted(); // the exception says it from here on
            throw new InterruptedException("interrupted");
        } catch (NoSuchFileException e) {
            throw changed(name);
        } catch (IOException e) {
            throw new MillraceException(
                    ErrorCode.SOURCE_UNAVAILABLE,
                    name + " can't be read: "
                            + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()),
                    e);
        }
        context.progress(staged.count(), bytes);
        context.info(name + ": " + (staged.count() - recordsBefore) + " records, "
                + (System.nanoTime() - started) / 1_000_000 + " ms");
    }

    private static MillraceException changed(String name) {
        return new MillraceException(ErrorCode.SOURCE_INCONSISTENT, name + " was changed or removed while it was read");
    }

    private void read(String name, InputStream in) throws IOException, MalformedSource {
        RecordSink sink = staged.from(name);
        switch (work.files().format()) {
            case Format.Csv csv -> new CsvFile(csv, sink).read(in);
            case Format.Ndjson _ -> new LineSlicer(in, sink).slice();
            case Format.Json json ->
                new JsonSlicer(in, work.records(), json.single(), Missing.FAIL, List.of(), sink).slice();
        }
    }

    private static InputStream open(Path file) throws IOException {
        InputStream in = new BufferedInputStream(Files.newInputStream(file), 64 * 1024);
        try {
            in.mark(2);
            boolean gzip = in.read() == 0x1f && in.read() == 0x8b;
            in.reset();
            return gzip ? new Gunzip(in) : in;
        } catch (IOException e) {
            in.close();
            throw e;
        }
    }
}
