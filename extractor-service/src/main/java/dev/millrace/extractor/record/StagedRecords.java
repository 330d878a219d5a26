package dev.millrace.extractor.record;

import dev.millrace.staging.Counts;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Manifests;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Part;
import dev.millrace.staging.Receipt;
import dev.millrace.staging.Reject;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.DeclaredColumn;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Outcome;
import dev.millrace.task.Step;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/** All that one attempt stages: parts of records, parts of rejects and, at the end, the manifest. For one thread. */
public final class StagedRecords implements AutoCloseable {
    /** For the archive. */
    private static final Work.Parts PACKED = new Work.Parts(Manifest.Format.NDJSON_GZIP, null, false);

    private final StagingStore staging;
    private final ObjectMapper json;
    private final Task task;
    private final TaskContext context;
    private final Manifest.Format format;
    private final boolean validated;
    private final long partBytes;
    private final StagedLines records;
    private final StagedLines rejects;
    private final long most;
    private final boolean mayComeInPieces;
    private boolean more;
    private long rows;
    private long rejectedRows;
    private @Nullable Receipt receipt;
    private boolean texts;
    private @Nullable String startCursor;
    private @Nullable String nextCursor;
    private List<DeclaredColumn> declared = List.of();
    private List<String> keys = List.of();

    /**
     * @param partBytes uncompressed size at which a part ends
     * @param parts how records are written; rejects are always in gzip, for they are archived
     */
    public StagedRecords(
            StagingStore staging, ObjectMapper json, Task task, TaskContext context, long partBytes, Work.Parts parts) {
        this(staging, json, task, context, partBytes, parts, Long.MAX_VALUE);
    }

    /**
     * Of a sample.
     *
     * @param most records, rejected ones included, that are wanted; what comes in pages is taken to the end of the page
     */
    public StagedRecords(
            StagingStore staging,
            ObjectMapper json,
            Task task,
            TaskContext context,
            long partBytes,
            Work.Parts parts,
            long most) {
        this.most = most;
        this.staging = staging;
        this.json = json;
        this.task = task;
        this.context = context;
        this.format = parts.format();
        this.validated = parts.validated();
        // pieces are packed as parts for the transformer are, and end none after a number of rows; samples end at one
        this.mayComeInPieces = parts.equals(Work.Parts.TO_TRANSFORM) && most == Long.MAX_VALUE;
        this.partBytes = partBytes;
        this.records = new StagedLines(staging, task.folder() + "/part", partBytes, parts);
        this.rejects = new StagedLines(staging, task.folder() + "/rejects", partBytes, PACKED);
    }

    /**
     * A sink that stages at once, for a source that is not read again when it fails.
     *
     * @param place where the records stand, for rejects
     */
    public RecordSink from(String place) {
        return from(place, 0);
    }

    /** @param before records that stand there before the first of these */
    public RecordSink from(String place, long before) {
        return checked(new RecordSink() {
            private String within = place;
            private long row = before;
            private long line;
            private int column;
            private Origin.@Nullable Cells cells;

            @Override
            public void beginsAt(long beginning) {
                line = beginning;
                column = 0;
            }

            @Override
            public void onSheet(String name, Map<String, Integer> columns) {
                within = place + "!" + name;
                cells = new Origin.Cells(null, columns);
            }

            @Override
            public void beginsAt(long beginning, int inColumn) {
                line = beginning;
                column = inColumn;
            }

            @Override
            public void record(byte[] bytes, int offset, int length) {
                wantOneMore();
                row++;
                rows++;
                records.origin(within, row, line, column, cells);
                records.line(bytes, offset, length);
                checkSometimes();
            }

            @Override
            public void reject(String reason, String start) {
                wantOneMore();
                row++;
                rejectedRows++;
                String where = column == 0 ? within : within + "!" + Origin.Cells.letters(column) + line;
                byte[] rejected = rejectLine(where, row, line == 0 ? null : line, reason, start);
                rejects.line(rejected, 0, rejected.length);
                checkSometimes();
            }

            @Override
            public @Nullable PieceSink pieces() {
                return mayComeInPieces ? this::take : null;
            }

            private void take(RecordPiece piece) {
                context.checkStopped();
                records.piece(
                        piece,
                        beginning -> {
                            row++;
                            rows++;
                            records.origin(within, row, beginning, 0, null);
                        },
                        (beginning, reason, start) -> {
                            row++;
                            rejectedRows++;
                            byte[] rejected = rejectLine(within, row, beginning, reason, start);
                            rejects.line(rejected, 0, rejected.length);
                        });
            }

            private void checkSometimes() {
                if (row % 1024 == 0) {
                    context.checkStopped();
                }
            }
        });
    }

    private void wantOneMore() {
        if (count() >= most) {
            more = true;
            throw new EnoughRecords();
        }
    }

    /** Whether only the first records are wanted, so that nothing is to be read ahead. */
    public boolean isSample() {
        return most < Long.MAX_VALUE;
    }

    /** Says what the source says of the fields of a sample's records, and by which of them it tells them apart. */
    public void declare(List<DeclaredColumn> columns, List<String> byKeys) {
        declared = List.copyOf(columns);
        keys = List.copyOf(byKeys);
    }

    public List<DeclaredColumn> declared() {
        return declared;
    }

    public List<String> keys() {
        return keys;
    }

    /**
     * Ends the reading of a sample that has enough.
     *
     * @param further whether there is anything that wasn't read
     */
    public void endIfEnough(boolean further) {
        if (count() >= most) {
            more |= further;
            throw new EnoughRecords();
        }
    }

    /** How many are wanted. */
    public long most() {
        return most;
    }

    /** Says that the source has more records than were read. */
    public void leftMore() {
        more = true;
    }

    /** Whether the source is known to have more records than were read. */
    public boolean hasMore() {
        return more;
    }

    /** The sink, or one before it that rejects what is no record, where nobody looks at records later. */
    public RecordSink checked(RecordSink sink) {
        return validated ? new ValidatedRecords(sink) : sink;
    }

    /**
     * One line for the rejects, without its end.
     *
     * @param line of the source on which the record begins, from 1; null: unknown
     */
    public byte[] rejectLine(String place, long row, @Nullable Long line, String reason, String start) {
        try {
            return json.writeValueAsBytes(new Reject(Step.EXTRACT.name(), place, row, line, reason, start));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
    }

    /**
     * Stages whole pages of lines that {@link #rejectLine} and a sink have made.
     *
     * @param place where the page stood, for rejects
     */
    public void stage(Spool recordLines, Spool rejectLines, String place) {
        records.write(recordLines, format == Manifest.Format.NDJSON_ZSTD ? place : null);
        rows += recordLines.lines();
        rejects.write(rejectLines, null);
        rejectedRows += rejectLines.lines();
    }

    /** Stages one reject that {@link #rejectLine} has made. */
    public void stageReject(byte[] line) {
        rejects.line(line, 0, line.length);
        rejectedRows++;
    }

    /**
     * What is staged so far.
     *
     * @param parts of records
     * @param rejects of rejects
     */
    public record Staged(List<Part> parts, List<Part> rejects) {
        /** What is staged beyond that, as what was there before stays. */
        public Staged since(Staged before) {
            return new Staged(
                    parts.subList(before.parts.size(), parts.size()),
                    rejects.subList(before.rejects.size(), rejects.size()));
        }
    }

    /** Ends the parts that were begun, so that all that was staged is in some. */
    public Staged cut() {
        return new Staged(records.finish(), rejects.finish());
    }

    /** Takes over what an earlier attempt has staged, before anything else is. */
    public void adopt(Staged earlier) {
        records.adopt(earlier.parts());
        rejects.adopt(earlier.rejects());
        rows += earlier.parts().stream().mapToLong(Part::rows).sum();
        rejectedRows += earlier.rejects().stream().mapToLong(Part::rows).sum();
    }

    /**
     * Lines beside the records, which this attempt or a later one reads again.
     *
     * @param name of their parts
     */
    public LinesAside aside(String name) {
        return new LinesAside(new StagedLines(staging, task.folder() + "/" + name, partBytes, Work.Parts.TO_TRANSFORM));
    }

    /** The lines of {@link Task#batches}. */
    public LinesAside batches() {
        return new LinesAside(
                new StagedLines(staging, Task.batches(task.run(), task.endpoint(), task.attempt()), partBytes, PACKED));
    }

    /** A line for {@link #batches}, without its end. */
    public byte[] batchLine(String message) {
        try {
            return json.writeValueAsBytes(context.line(Heartbeat.Level.DEBUG, message));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
    }

    /** The lines of parts that this attempt or an earlier one has staged {@link #aside}. */
    public AsideReader linesOf(List<Part> parts) {
        return new AsideReader(staging, parts);
    }

    /** By which an attempt after this one goes on. */
    public Checkpoints checkpoints() {
        return new Checkpoints(staging, task);
    }

    public long count() {
        return rows + rejectedRows;
    }

    /** Says that the records are of a kind of file that knows texts only. */
    public void ofTexts() {
        texts = true;
    }

    /**
     * Says which cursor of the ledger the records follow.
     *
     * @param start that the ledger has; null: none
     * @param next that it has when the records are loaded; null: none, as before
     */
    public void cursor(@Nullable String start, @Nullable String next) {
        startCursor = start;
        nextCursor = next;
    }

    /** Adds what the source sent to the manifest, and to the run's log. */
    public void receipt(Receipt ofTheSource) {
        receipt = ofTheSource;
        context.info(ofTheSource.line());
    }

    /** Writes the manifest, after which nothing can be added. */
    public Outcome.Staged finish() {
        Counts counts = new Counts(rows + rejectedRows, rows, rejectedRows, 0);
        Manifest manifest = new Manifest(
                task.id(),
                task.attempt(),
                format,
                records.finish(),
                rejects.finish(),
                counts,
                nextCursor,
                List.of(),
                receipt,
                null,
                startCursor,
                texts);
        return new Outcome.Staged(new Manifests(staging, json).write(task.folder(), manifest), counts, null);
    }

    @Override
    public void close() {
        try (records;
                rejects) {
            // both are closed, whatever the other one says
        }
    }
}
