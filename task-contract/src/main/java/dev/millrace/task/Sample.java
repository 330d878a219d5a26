package dev.millrace.task;

import dev.millrace.pipeline.Default;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Reject;
import io.micronaut.core.annotation.Creator;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * The first records of a source as they are sent, of which nothing is staged: what the extractor answers to a {@link Wanted}
 * at {@code POST /samples}.
 *
 * @param records how many there are in {@code lines}
 * @param lines the records, each on a line, in zstd and base64
 * @param origins where they stood in the source, by their first rows
 * @param texts whether the source knows texts only
 * @param rejected what was read and can't be a record; {@code rejects} are the first of it
 * @param complete whether the source has no more
 * @param log what the reading has said, without secrets
 * @param declared what the source says of the fields; empty: nothing
 * @param keys fields by which the source tells records apart; empty: it doesn't say
 * @param format by which the records were read, since the task's says nothing of how: its keys, as lines of a pipeline file; empty:
 *     they were read by the task's
 */
@Serdeable
public record Sample(
        int records,
        String lines,
        @Default("[]") List<Origin> origins,
        boolean texts,
        long rejected,
        List<Reject> rejects,
        boolean complete,
        List<Heartbeat.LogLine> log,
        @Default("[]") List<DeclaredColumn> declared,
        @Default("[]") List<String> keys,
        @Default("[]") List<String> format) {
    /** Of records; a request for more is refused. */
    public static final int MOST = 1_000;

    /** Of rejects that are told. */
    public static final int MOST_REJECTS = 100;

    @Creator // of two constructors, that which reads JSON
    public Sample {
        origins = List.copyOf(origins);
        rejects = List.copyOf(rejects);
        log = List.copyOf(log);
        declared = List.copyOf(declared);
        keys = List.copyOf(keys);
        format = List.copyOf(format);
    }

    /** What was read by the task's own format. */
    public Sample(
            int records,
            String lines,
            List<Origin> origins,
            boolean texts,
            long rejected,
            List<Reject> rejects,
            boolean complete,
            List<Heartbeat.LogLine> log,
            List<DeclaredColumn> declared,
            List<String> keys) {
        this(records, lines, origins, texts, rejected, rejects, complete, log, declared, keys, List.of());
    }

    /**
     * @param task with a {@link Work.Extracting}, of which everything counts but the cursor; its callback answers for permits and tokens, and wants no reports
     * @param records how many at most, from 1
     * @param propose whether a format is to be proposed where the task's says nothing of how records are found
     */
    @Serdeable
    public record Wanted(
            Task task, int records, @Default("false") boolean propose) {
        @Creator // of two constructors, that which reads JSON
        public Wanted {
            if (records < 1 || records > MOST) {
                throw new IllegalArgumentException("records: " + records + " (expected: 1 to " + MOST + ")");
            }
        }

        /** Records as the task has them. */
        public Wanted(Task task, int records) {
            this(task, records, false);
        }
    }
}
