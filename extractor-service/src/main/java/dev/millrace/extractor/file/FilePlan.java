package dev.millrace.extractor.file;

import dev.millrace.extractor.format.FileRange;
import dev.millrace.extractor.record.AsideReader;
import dev.millrace.extractor.record.LinesAside;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Manifests;
import dev.millrace.staging.Part;
import dev.millrace.staging.SlicePlan;
import dev.millrace.task.Outcome;
import dev.millrace.task.Slice;
import dev.millrace.task.Task;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Cuts the files of a run into slices of about the same size, whose files follow each other, and large files into ranges. What is kept in
 * memory of a file is eight bytes. For one thread.
 */
final class FilePlan implements AutoCloseable {
    /** What it costs to open a file, in bytes that could be read meanwhile. */
    private static final long OPENING = 64 * 1024;

    private final StagedRecords staged;
    private final Manifests manifests;
    private final ObjectMapper json;
    private final Task task;
    private final int most;
    private LinesAside inputs;
    private long[] weights = new long[1024];
    private int count;
    private long bytes;
    private long largest;

    /** @param most slices that are wanted */
    FilePlan(StagedRecords staged, Manifests manifests, ObjectMapper json, Task task, int most) {
        this.staged = staged;
        this.inputs = staged.aside("plan");
        this.manifests = manifests;
        this.json = json;
        this.task = task;
        this.most = most;
    }

    void add(PlannedFile file) {
        try {
            inputs.line(json.writeValueAsBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // of memory: can't be
        }
        if (count == weights.length) {
            weights = Arrays.copyOf(weights, Math.multiplyExact(count, 2));
        }
        weights[count++] = file.bytes() + OPENING;
        bytes += file.bytes();
        largest = Math.max(largest, file.bytes());
    }

    /** And ranges of files. */
    int files() {
        return count;
    }

    long bytes() {
        return bytes;
    }

    /** Finds where a large file may be cut. */
    interface Cutter {
        /**
         * @param each bytes of a range, about
         * @return nothing: it can't be cut
         */
        List<FileRange> ranges(PlannedFile file, long each) throws InterruptedException;
    }

    /**
     * Cuts those files that are more than a slice's share, so that the slices are of about the same size.
     *
     * @param least bytes of a range for which it is worth it
     * @return how many were cut
     */
    int cut(Cutter cutter, long least) throws InterruptedException {
        long share = Math.max(Math.ceilDiv(bytes, most), least);
        if (parts(largest, share) < 2) {
            return 0;
        }
        int cut = 0;
        List<Part> found = inputs.finish();
        inputs = staged.aside("cut");
        count = 0;
        bytes = 0;
        try (AsideReader lines = staged.linesOf(found)) {
            for (byte[] line = lines.next(); line != null; line = lines.next()) {
                PlannedFile file = read(json, line, task.folder());
                long parts = parts(file.size(), share);
                List<FileRange> ranges = parts < 2 ? List.of() : cutter.ranges(file, Math.ceilDiv(file.size(), parts));
                if (ranges.isEmpty()) {
                    add(file);
                }
                ranges.forEach(range -> add(file.of(range)));
                cut += ranges.isEmpty() ? 0 : 1;
            }
        }
        return cut;
    }

    /** How many slices would have it, if each had its share. */
    private static long parts(long size, long share) {
        return (size + share / 2) / share;
    }

    private static PlannedFile read(ObjectMapper json, byte[] line, String plan) {
        try {
            return Objects.requireNonNull(json.readValue(line, Argument.of(PlannedFile.class)));
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.STAGING_CORRUPT, plan + ": a line is no file of a plan", e);
        }
    }

    /** Writes the plan, after which nothing can be added. */
    Outcome.Planned finish() {
        List<Part> lines = inputs.finish();
        SlicePlan plan =
                new SlicePlan(task.id(), task.attempt(), lines, bytes, slices(Arrays.copyOf(weights, count), most));
        return new Outcome.Planned(
                manifests.write(task.folder(), plan), plan.slices().size(), plan.count(), bytes);
    }

    /** How many of the files each slice has: at least one, unless there is none at all. */
    static List<Long> slices(long[] weights, int most) {
        int slices = Math.clamp(weights.length, 1, most);
        long left = Arrays.stream(weights).sum();
        List<Long> counts = new ArrayList<>();
        int next = 0;
        for (int after = slices - 1; after >= 0; after--) {
            int first = next;
            long taken = 0;
            while (next < weights.length - after
                    && (next == first || after == 0 || isNearer(taken, weights[next], left, after + 1))) {
                taken += weights[next++];
            }
            left -= taken;
            counts.add((long) next - first);
        }
        return counts;
    }

    /** Whether a slice comes nearer to its share of what is left with one more file. */
    private static boolean isNearer(long taken, long more, long left, int slices) {
        return taken + more / 2 <= left / slices;
    }

    @Override
    public void close() {
        inputs.close();
    }

    /**
     * The files of one slice, one after the other. For one thread.
     */
    static final class Files implements AutoCloseable {
        private final AsideReader lines;
        private final ObjectMapper json;
        private final String plan;
        private long left;

        Files(StagedRecords staged, Manifests manifests, ObjectMapper json, String plan, Slice slice) {
            SlicePlan made = manifests.readPlan(plan);
            if (made.slices().size() != slice.of()) {
                throw new MillraceException(
                        ErrorCode.STAGING_CORRUPT,
                        plan + " has " + made.slices().size() + " slices (expected: " + slice.of() + ")");
            }
            long skipped = made.slices().stream()
                    .limit(slice.number() - 1L)
                    .mapToLong(Long::longValue)
                    .sum();
            List<Part> parts = new ArrayList<>(made.inputs());
            while (!parts.isEmpty() && parts.getFirst().rows() <= skipped) {
                skipped -= parts.removeFirst().rows();
            }
            this.json = json;
            this.plan = plan;
            this.left = made.slices().get(slice.number() - 1);
            this.lines = staged.linesOf(parts);
            for (long i = 0; i < skipped && left > 0; i++) {
                line();
            }
        }

        /** How many are left. */
        long left() {
            return left;
        }

        /** The next one; null: there are no more. */
        @Nullable
        PlannedFile next() {
            if (left == 0) {
                return null;
            }
            left--;
            return read(json, line(), plan);
        }

        private byte[] line() {
            byte[] line = lines.next();
            if (line == null) {
                throw new MillraceException(ErrorCode.STAGING_CORRUPT, plan + " has fewer files than its slices");
            }
            return line;
        }

        @Override
        public void close() {
            lines.close();
        }
    }
}
