package dev.millrace.extractor;

import dev.millrace.extractor.check.Steps;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.Read;
import dev.millrace.pipeline.Source;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Outcome;
import dev.millrace.task.SourceTables;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import dev.millrace.worker.TaskHandler;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import jakarta.inject.Singleton;
import java.util.List;

/** The extractor's task handler: reads the source's records and stages them as they were sent. */
@Singleton
final class Extractions implements TaskHandler<Work.Extracting> {
    private final List<SourceReader<?, ?>> readers;
    private final StagingStore staging;
    private final ObjectMapper json;
    private final ExtractorConfig config;

    Extractions(List<SourceReader<?, ?>> readers, StagingStore staging, ObjectMapper json, ExtractorConfig config) {
        this.readers = readers;
        this.staging = staging;
        this.json = json;
        this.config = config;
    }

    @Override
    public Class<Work.Extracting> work() {
        return Work.Extracting.class;
    }

    @Override
    public Outcome handle(Task task, Work.Extracting wanted, TaskContext context) throws InterruptedException {
        Work.Extract work = wanted.extract();
        try (StagedRecords staged = new StagedRecords(staging, json, task, context, config.partBytes(), work.parts())) {
            switch (wanted) {
                case Work.PlanSlices plan -> {
                    return plan(reader(work), task, plan, staged, context);
                }
                case Work.ExtractSlice slice -> read(reader(work), task, slice, staged, context);
                case Work.Extract _, Work.ExtractIncrement _, Work.ExtractEach _, Work.ExtractNew _ ->
                    read(task, work, wanted.increment(), staged, context);
            }
            return staged.finish();
        }
    }

    private static <S extends Source, R extends Read> Outcome plan(
            SourceReader<S, R> reader, Task task, Work.PlanSlices plan, StagedRecords staged, TaskContext context)
            throws InterruptedException {
        return reader.plan(extraction(reader, task, plan.extract(), null, staged, context), plan.slices());
    }

    private static <S extends Source, R extends Read> void read(
            SourceReader<S, R> reader, Task task, Work.ExtractSlice work, StagedRecords staged, TaskContext context)
            throws InterruptedException {
        reader.read(extraction(reader, task, work.extract(), null, staged, context), work.plan(), work.slice());
    }

    private static <S extends Source, R extends Read> Extraction<S, R> extraction(
            SourceReader<S, R> reader,
            Task task,
            Work.Extract work,
            Work.@Nullable ExtractIncrement increment,
            StagedRecords staged,
            TaskContext context) {
        S source = reader.source().cast(work.source());
        R read = reader.read().cast(work.read());
        return new Extraction<>(task, source, read, work.columns(), increment, staged, context);
    }

    /**
     * Stages what the source has, as its {@link SourceReader} does.
     *
     * @param increment null: everything is read
     */
    void read(
            Task task,
            Work.Extract work,
            Work.@Nullable ExtractIncrement increment,
            StagedRecords staged,
            TaskContext context)
            throws InterruptedException {
        read(reader(work), task, work, increment, staged, context);
    }

    /** What a task would read by a format that is proposed; null: there is none. */
    SourceReader.@Nullable Proposed<?> proposed(Task task, Work.Extract work, StagedRecords staged, TaskContext context)
            throws InterruptedException {
        return proposed(reader(work), task, work, staged, context);
    }

    private static <S extends Source, R extends Read> SourceReader.@Nullable Proposed<R> proposed(
            SourceReader<S, R> reader, Task task, Work.Extract work, StagedRecords staged, TaskContext context)
            throws InterruptedException {
        return reader.proposed(extraction(reader, task, work, null, staged, context));
    }

    /** Tries the way to the source, as its {@link SourceReader} does. */
    void check(Task task, Work.Extract work, StagedRecords staged, TaskContext context, Steps steps)
            throws InterruptedException {
        check(reader(work), task, work, staged, context, steps);
    }

    private static <S extends Source, R extends Read> void check(
            SourceReader<S, R> reader,
            Task task,
            Work.Extract work,
            StagedRecords staged,
            TaskContext context,
            Steps steps)
            throws InterruptedException {
        reader.check(extraction(reader, task, work, null, staged, context), steps);
    }

    /** The tables of a source, as its {@link SourceReader} lists them. */
    List<SourceTables.Table> tables(SourceTables.Wanted wanted, TaskContext context) throws InterruptedException {
        for (SourceReader<?, ?> reader : readers) {
            if (reader.source().isInstance(wanted.source())) {
                return tables(reader, wanted, context);
            }
        }
        throw new MillraceException(
                ErrorCode.REQUEST_INVALID,
                "nothing reads a " + wanted.source().getClass().getSimpleName());
    }

    private static <S extends Source> List<SourceTables.Table> tables(
            SourceReader<S, ?> reader, SourceTables.Wanted wanted, TaskContext context) throws InterruptedException {
        return reader.tables(reader.source().cast(wanted.source()), wanted, context);
    }

    private SourceReader<?, ?> reader(Work.Extract work) {
        return readers.stream()
                .filter(reader -> reader.source().isInstance(work.source())
                        && reader.read().isInstance(work.read()))
                .findFirst()
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.REQUEST_INVALID,
                        "nothing reads a " + work.read().getClass().getSimpleName() + " of a "
                                + work.source().getClass().getSimpleName()));
    }

    private static <S extends Source, R extends Read> void read(
            SourceReader<S, R> reader,
            Task task,
            Work.Extract work,
            Work.@Nullable ExtractIncrement increment,
            StagedRecords staged,
            TaskContext context)
            throws InterruptedException {
        reader.read(extraction(reader, task, work, increment, staged, context));
    }
}
