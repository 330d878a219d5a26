package dev.millrace.loader;

import dev.millrace.format.Documents;
import dev.millrace.pipeline.TableCheck;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Counts;
import dev.millrace.staging.Fault;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Manifests;
import dev.millrace.staging.Part;
import dev.millrace.staging.Reject;
import dev.millrace.staging.StagingStore;
import dev.millrace.staging.Upload;
import dev.millrace.task.Step;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Staged rows that a load leaves out, since a foreign key that rejects such rows isn't met: each becomes a reject, of what the
 * transformer has kept of it. Memory doesn't grow with them. For one thread.
 */
public final class RejectedRows implements AutoCloseable {
    private static final Pattern NAME = Pattern.compile("/part-([0-9]+)[.]parquet$");

    private final StagingStore staging;
    private final ObjectMapper json;
    private final TableLoad tableLoad;
    private final String folder;
    private final Upload upload;
    private final OutputStream out;
    private final Iterator<Part> origins;
    /** By the numbers of the parts. */
    private final Map<Long, Long> rowsBefore = new HashMap<>();

    private @Nullable BufferedReader lines;
    private long line = -1;
    private @Nullable Reject row;
    private long rows;
    private List<Fault> faults = new ArrayList<>();

    /**
     * What was left out.
     *
     * @param manifest object name of the list of rejects; null: there are none
     */
    public record Written(long rows, @Nullable String manifest) {
        /** Nothing. */
        public static final Written NOTHING = new Written(0, null);
    }

    /**
     * That a row doesn't meet a check.
     *
     * @param position of the row, {@link Manifest#POSITION}
     * @param check number among the destination's {@code rejecting}
     * @param found its values there, as a text
     */
    public record Unmet(long position, int check, String found) {}

    /**
     * @param count of all rows that are to come
     * @throws MillraceException with {@code REJECTS_ABOVE_LIMIT} when they are more than the load may reject
     */
    public RejectedRows(StagingStore staging, ObjectMapper json, TableLoad tableLoad, long count) {
        TableLoad.Rejecting rejecting = tableLoad.rejecting();
        if (rejecting == null || (tableLoad.rows() > 0 && rejecting.origins().isEmpty())) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT,
                    "rows of " + tableLoad.destination().table()
                            + " are to be rejected, and the transformer has not kept where they stood (expected: a"
                            + " transformer of this version)");
        }
        if (rejecting.most() != null && count > rejecting.most()) {
            throw new MillraceException(
                    ErrorCode.REJECTS_ABOVE_LIMIT,
                    count + " rows for " + tableLoad.destination().table() + " don't meet "
                            + tableLoad.destination().rejecting().getFirst().title()
                            + (tableLoad.destination().rejecting().size() > 1 ? " and other foreign keys" : "")
                            + " (allowed by the endpoint's share of rejects: " + rejecting.most()
                            + " more); nothing is loaded");
        }
        this.staging = staging;
        this.json = json;
        this.tableLoad = tableLoad;
        this.folder = rejecting.folder() + "/" + UUID.randomUUID();
        this.origins = rejecting.origins().iterator();
        long before = 0;
        for (Part part : tableLoad.parts()) {
            rowsBefore.put(number(part), before);
            before += part.rows();
        }
        this.upload = staging.upload(folder + "/rejects-00000.ndjson.gz");
        try {
            this.out = new GZIPOutputStream(upload.stream(), 64 * 1024);
        } catch (IOException e) {
            upload.close();
            throw failed(e);
        }
    }

    /** @param some by position, and of one row by check */
    public void add(List<Unmet> some) {
        try {
            for (Unmet unmet : some) {
                long number = number(unmet.position());
                if (number != line) {
                    end();
                    row = origin(number);
                }
                faults.add(fault(unmet));
            }
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** The transformer's name for a part ends in its number. */
    private static long number(Part part) {
        Matcher name = NAME.matcher(part.path());
        if (!name.find()) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT, part.path() + " in staging (expected: a part with a number)");
        }
        return Long.parseLong(name.group(1));
    }

    /** The number of a row among all of the load, from 0: a position is the number of its part and its place there. */
    private long number(long position) {
        Long before = rowsBefore.get(position >>> Integer.SIZE);
        if (before == null) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT, "no part has the number of a row's position, " + position);
        }
        return before + (position & 0xffff_ffffL);
    }

    private Reject origin(long number) throws IOException {
        while (true) {
            if (lines == null) {
                if (!origins.hasNext()) {
                    throw new MillraceException(
                            ErrorCode.STAGING_CORRUPT,
                            "there are " + (line + 1) + " origins of rows (expected: " + tableLoad.rows() + ")");
                }
                lines = new BufferedReader(new InputStreamReader(
                        new GZIPInputStream(staging.open(origins.next())), StandardCharsets.UTF_8));
            }
            String text = lines.readLine();
            if (text == null) {
                lines.close();
                lines = null;
            } else if (++line == number) {
                return Documents.read(text, Reject.class, json);
            }
        }
    }

    private Fault fault(Unmet unmet) {
        TableCheck.ForeignKey key = tableLoad.destination().rejecting().get(unmet.check());
        boolean one = key.columns().size() == 1;
        String columns = one ? key.columns().getFirst() : "(" + String.join(", ", key.columns()) + ")";
        String keys = one ? key.keys().getFirst() : "(" + String.join(", ", key.keys()) + ")";
        return new Fault(
                one ? columns : null,
                unmet.found(),
                Fault.Kind.CHECK_UNMET,
                columns + " refers to no row of " + key.references() + ", by its " + keys);
    }

    private void end() throws IOException {
        Reject ended = row;
        if (ended == null) {
            return;
        }
        Fault first = faults.getFirst();
        out.write(json.writeValueAsBytes(new Reject(
                Step.LOAD.name(),
                ended.part(),
                ended.row(),
                ended.line(),
                first.column(),
                first.value(),
                first.reason(),
                ended.record(),
                first.code(),
                faults.subList(1, faults.size()))));
        out.write('\n');
        rows++;
        row = null;
        faults = new ArrayList<>();
    }

    /** Ends the list, after which none can be added. */
    public Written finish() {
        try {
            end();
            out.close();
            Manifest manifest = new Manifest(
                    tableLoad.run(),
                    tableLoad.attempt(),
                    Manifest.Format.PARQUET,
                    List.of(),
                    List.of(upload.commit(rows)),
                    new Counts(rows, 0, rows, 0),
                    null,
                    List.of());
            return new Written(rows, new Manifests(staging, json).write(folder, manifest));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static MillraceException failed(IOException cause) {
        return new MillraceException(
                ErrorCode.STAGING_UNAVAILABLE, "can't keep rejected rows in staging: " + cause.getMessage(), cause);
    }

    @Override
    public void close() {
        upload.close();
        if (lines != null) {
            try {
                lines.close();
            } catch (IOException e) {
                throw failed(e);
            }
        }
    }
}
