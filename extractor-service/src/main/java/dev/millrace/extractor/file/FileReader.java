package dev.millrace.extractor.file;

import dev.millrace.extractor.Extraction;
import dev.millrace.extractor.ExtractorConfig;
import dev.millrace.extractor.SourceReader;
import dev.millrace.extractor.check.Steps;
import dev.millrace.pipeline.file.FileRead;
import dev.millrace.pipeline.file.FileSource;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Outcome;
import dev.millrace.task.Slice;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;

/** Reads files, wherever they are. */
@Singleton
final class FileReader implements SourceReader<FileSource, FileRead> {
    private final SourceFolders folders;
    private final ExtractorConfig config;
    private final StagingStore staging;
    private final ObjectMapper json;

    FileReader(SourceFolders folders, ExtractorConfig config, StagingStore staging, ObjectMapper json) {
        this.folders = folders;
        this.config = config;
        this.staging = staging;
        this.json = json;
    }

    @Override
    public Class<FileSource> source() {
        return FileSource.class;
    }

    @Override
    public Class<FileRead> read() {
        return FileRead.class;
    }

    @Override
    public void read(Extraction<FileSource, FileRead> extraction) throws InterruptedException {
        new FileExtraction(extraction, folders, config, staging, json).run();
    }

    @Override
    public Outcome.Planned plan(Extraction<FileSource, FileRead> extraction, int slices) throws InterruptedException {
        return new FileExtraction(extraction, folders, config, staging, json).plan(slices);
    }

    @Override
    public void read(Extraction<FileSource, FileRead> extraction, String plan, Slice slice)
            throws InterruptedException {
        new FileExtraction(extraction, folders, config, staging, json).run(plan, slice);
    }

    @Override
    public @Nullable Proposed<FileRead> proposed(Extraction<FileSource, FileRead> extraction)
            throws InterruptedException {
        return new FileExtraction(extraction, folders, config, staging, json).proposed();
    }

    @Override
    public void check(Extraction<FileSource, FileRead> extraction, Steps steps) throws InterruptedException {
        new FileExtraction(extraction, folders, config, staging, json).check(steps);
    }
}
