package dev.millrace.extractor;

import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.pipeline.Read;
import dev.millrace.pipeline.Source;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/**
 * One attempt to read what an endpoint wants of its source.
 *
 * @param read what of the source
 * @param columns what records of fields alone have to name; empty: none
 * @param increment what is known of the runs before; null: everything is read
 * @param staged takes the records; closed by whoever made it
 */
public record Extraction<S extends Source, R extends Read>(
        Task task,
        S source,
        R read,
        List<String> columns,
        Work.@Nullable ExtractIncrement increment,
        StagedRecords staged,
        TaskContext context) {}
