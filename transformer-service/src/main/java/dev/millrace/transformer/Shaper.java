package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.RowCheck;
import dev.millrace.pipeline.Shaping;
import dev.millrace.pipeline.TextRules;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Drift;
import dev.millrace.staging.Fault;
import dev.millrace.staging.Origin;
import dev.millrace.staging.Reject;
import dev.millrace.task.Step;
import dev.millrace.transformer.engine.Calculation;
import dev.millrace.transformer.engine.Calculations;
import dev.millrace.transformer.engine.RowBuffers;
import dev.millrace.transformer.json.Field;
import dev.millrace.transformer.json.FieldTree;
import dev.millrace.transformer.json.InvalidFieldValue;
import dev.millrace.transformer.json.RecordScanner;
import dev.millrace.transformer.staged.Lines;
import dev.millrace.transformer.value.ColumnReader;
import dev.millrace.transformer.value.ConversionWarnings;
import dev.millrace.transformer.value.WarehouseJson;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * The shaper of records: makes rows of them, or says what is wrong with them. For use by several threads, each of which
 * makes rows in buffers that are used again.
 */
final class Shaper {
    private static final int LINES = 1024 * 1024;
    private static final int EXPLODED_LINES = 64 * 1024;

    /** Of a row with which nothing is wrong as far as anybody knows here. */
    private static final List<Fault> UNKNOWN = List.of(new Fault(null, null, Fault.Kind.OTHER, "accepted so far"));

    private final List<String> paths = new ArrayList<>();
    private final Shaping shaping;
    private final List<ColumnReader> columns;
    private final List<Integer> derived = new ArrayList<>();
    private final MetadataValues metadata;
    private final boolean templates;
    private final FieldTree tree;
    private final Queue<Desk> idle = new ConcurrentLinkedQueue<>();

    /** What one thread shapes with, again and again. */
    private record Desk(RowBuffers rows, Template template) {}

    /**
     * @param texts whether all values are texts, so that JSON can only be one
     * @throws MillraceException with {@code PIPELINE_INVALID} when a format or a default doesn't fit its column
     */
    Shaper(Shaping shaping, MetadataValues.Known known, WarehouseJson json, boolean texts) {
        this(shaping, known, json, texts, true);
    }

    /** @param templates whether usual records are read by a {@link Template}, as they are but by tests */
    Shaper(Shaping shaping, MetadataValues.Known known, WarehouseJson json, boolean texts, boolean templates) {
        this.shaping = shaping;
        this.templates = templates && shaping.explode() == null;
        this.columns = ColumnReader.of(shaping.schema(), paths, json, texts);
        this.tree = FieldTree.of(shaping, texts);
        this.metadata = new MetadataValues(columns, known);
        for (int i = 0; i < columns.size(); i++) {
            if (columns.get(i).column().expression() != null) {
                derived.add(i);
            }
        }
    }

    List<ColumnReader> columns() {
        return columns;
    }

    /** Of the columns of the table, among all. */
    List<Integer> staged() {
        return IntStream.range(0, columns.size())
                .filter(i -> !columns.get(i).column().helper())
                .boxed()
                .toList();
    }

    /** Bytes of lines to be shaped at once, about: fewer where a line may make very many rows. */
    int chunk() {
        return shaping.explode() == null ? LINES : EXPLODED_LINES;
    }

    /** @param column its number in {@link ConversionWarnings} */
    String path(int column) {
        return paths.get(column);
    }

    /** Of no records yet. */
    Presence presence() {
        return new Presence(paths.size());
    }

    Drift drift(Presence presence) {
        return presence.drift(columns, paths, new ReadElsewhere(shaping.readElsewhere()));
    }

    /** The same of a slice, which says also of what it says nothing. */
    Drift driftOfSlice(Presence presence) {
        return drift(presence).ofSlice(presence.unseen(columns, paths));
    }

    /** What becomes of lines. */
    private static final class Made {
        /** Of each line. */
        private final int[] rows;
        /** Likewise. */
        private final long[] bytes;

        private int usual;
        private final Map<Integer, List<Fault>> faults = new HashMap<>();
        private final Map<Integer, List<ConversionWarnings.Change>> changes = new HashMap<>();

        Made(int lines) {
            this.rows = new int[lines];
            this.bytes = new long[lines];
        }

        int lines() {
            return rows.length;
        }

        void reject(int line, List<Fault> found) {
            List<Fault> _ = faults.put(line, found);
            rows[line] = 0;
        }

        boolean isRejected(int line) {
            return !faults.isEmpty() && faults.containsKey(line);
        }

        void change(int line, List<ConversionWarnings.Change> some) {
            if (!some.isEmpty()) {
                changes.computeIfAbsent(line, _ -> new ArrayList<>()).addAll(some);
            }
        }
    }

    private static List<Fault> ofRecord(Fault.Kind kind, String reason) {
        return List.of(new Fault(null, null, kind, reason));
    }

    /**
     * @param part number of the part that the lines are of
     * @param calculations null: the endpoint has no expressions
     * @param taker called last, and only if there are rows, which are gone when it returns
     */
    <R> Shaped<R> shape(Lines lines, int part, @Nullable Calculations calculations, Function<RowBuffers, R> taker)
            throws SQLException {
        Desk desk = idle.poll();
        if (desk == null) {
            RowBuffers rows = RowBuffers.of(columns);
            desk = new Desk(rows, new Template(tree, columns, metadata, rows));
        }
        try {
            return shape(lines, part, calculations, desk, taker);
        } finally {
            desk.rows.clear();
            idle.add(desk);
        }
    }

    private <R> Shaped<R> shape(
            Lines lines, int part, @Nullable Calculations calculations, Desk desk, Function<RowBuffers, R> taker)
            throws SQLException {
        RowBuffers rows = desk.rows;
        RecordScanner scanner =
                new RecordScanner(tree, paths.size(), shaping.surrogates() == TextRules.Surrogates.REPLACE);
        ConversionWarnings changes = new ConversionWarnings();
        Presence presence = presence();
        FaultRoom room = new FaultRoom();
        Made made = new Made(lines.count());
        for (int i = 0; i < lines.count(); i++) {
            if (lines.oversized()) {
                made.reject(i, ofRecord(Fault.Kind.RECORD_MALFORMED, "the record is longer than 16 MiB"));
            } else {
                read(made, i, desk, scanner, lines, part, changes, presence, room);
            }
        }
        desk.template.tell(presence);
        presence.add(scanner);
        long filteredRows = 0;
        if (calculations != null) {
            Calculations.Kit kit = calculations.take();
            filteredRows = calculate(made, rows, kit.first(), changes, room);
            check(made, rows, kit.checks());
            calculations.back(kit);
        }
        return shaped(lines, made, rows, changes, filteredRows, presence, taker);
    }

    private <R> Shaped<R> shaped(
            Lines lines,
            Made made,
            RowBuffers rows,
            ConversionWarnings changes,
            long filteredRows,
            Presence presence,
            Function<RowBuffers, R> taker) {
        List<Reject> rejects = new ArrayList<>();
        List<Reject> origins = new ArrayList<>();
        int filtered = 0;
        long rowBytes = 0;
        for (int line = 0; line < made.lines(); line++) {
            List<Fault> faults = made.faults.get(line);
            if (faults != null) {
                rejects.add(reject(lines, line, faults));
            } else if (made.rows[line] == 0) {
                filtered++;
            } else {
                rowBytes += made.bytes[line];
                if (shaping.origins()) {
                    origins.addAll(Collections.nCopies(made.rows[line], reject(lines, line, UNKNOWN)));
                }
                List<ConversionWarnings.Change> ofLine = made.changes.isEmpty() ? null : made.changes.get(line);
                if (ofLine != null) {
                    changes.count(ofLine, lines.origin(line));
                }
            }
        }
        R taken = rows.size() == 0 ? null : taker.apply(rows);
        return new Shaped<>(
                taken, rows.size(), made.usual, rowBytes, rejects, filtered, filteredRows, changes, origins, presence);
    }

    private void read(
            Made made,
            int line,
            Desk desk,
            RecordScanner scanner,
            Lines lines,
            int part,
            ConversionWarnings changes,
            Presence presence,
            FaultRoom room) {
        int start = lines.start(line);
        int end = lines.end(line);
        MetadataValues.About about = metadata.about(part, lines, line);
        if (templates && desk.template.read(lines.bytes(), start, end, scanner, about, changes, presence)) {
            made.usual++;
            made.rows[line] = 1;
            made.bytes[line] = (long) end - start;
            made.change(line, changes.take());
        } else {
            readClosely(made, line, desk, scanner, lines, about, changes, presence, room);
        }
    }

    private void readClosely(
            Made made,
            int line,
            Desk desk,
            RecordScanner scanner,
            Lines lines,
            MetadataValues.About about,
            ConversionWarnings changes,
            Presence presence,
            FaultRoom room) {
        RowBuffers rows = desk.rows;
        int start = lines.start(line);
        int end = lines.end(line);
        int before = rows.size();
        try {
            Field[] fields = scanner.scan(lines.bytes(), start, end);
            List<Field[]> elements = scanner.elements();
            if (elements.isEmpty()) {
                presence.count(columns, fields);
                add(rows, fields, about, null, changes, room);
            }
            for (int i = 0; i < elements.size(); i++) {
                presence.count(columns, elements.get(i));
            }
            for (int i = 0; i < elements.size(); i++) {
                add(rows, elements.get(i), about, i + 1L, changes, room);
            }
            int around = Math.max(0, end - start - scanner.explodedLength());
            made.rows[line] = rows.size() - before;
            made.bytes[line] = end - start + (long) around * (made.rows[line] - 1);
            made.change(line, changes.take());
            if (templates && made.rows[line] == 1) {
                desk.template.learn(lines.bytes(), start, end);
            }
        } catch (FaultRoom.RejectedRow e) {
            rows.truncate(before);
            made.reject(line, e.faults());
            changes.forgetSince(0);
        } catch (InvalidFieldValue e) {
            rows.truncate(before);
            made.reject(line, ofRecord(Fault.Kind.RECORD_MALFORMED, "the record " + e.reason()));
            changes.forgetSince(0);
        }
    }

    /** What it has added when it throws is for the caller to remove. */
    private void add(
            RowBuffers rows,
            Field[] fields,
            MetadataValues.About about,
            @Nullable Long element,
            ConversionWarnings changes,
            FaultRoom room)
            throws FaultRoom.RejectedRow {
        FaultRoom.OfRow faults = room.faults();
        for (int i = 0; i < fields.length; i++) {
            ColumnReader column = columns.get(i);
            try {
                if (column.column().isRead()) {
                    rows.column(i).append(column.value(fields[i], changes));
                } else if (column.column().metadata() != null) {
                    rows.column(i).append(metadata.value(i, about, element, changes));
                }
            } catch (InvalidFieldValue e) {
                faults.add(column, e);
            }
        }
        faults.check();
        rows.added();
    }

    /**
     * Leaves out the rows that the filter doesn't let through, and calculates derived columns of the others.
     *
     * @return how many rows were left out of records of which others stay
     */
    private long calculate(
            Made made, RowBuffers rows, Calculation calculation, ConversionWarnings changes, FaultRoom room)
            throws SQLException {
        if ((shaping.filter() == null && derived.isEmpty()) || rows.size() == 0) {
            return 0;
        }
        List<List<Calculation.Result>> results = calculation.of(rows);
        BitSet kept = new BitSet(rows.size());
        long filteredRows = 0;
        int next = 0;
        int count = 0;
        for (int line = 0; line < made.lines(); line++) {
            int first = next;
            int ofLine = made.rows[line];
            next += ofLine;
            int before = count;
            try {
                for (int row = first; row < next; row++) {
                    List<Calculation.Result> ofRow = results.get(row);
                    if (passes(ofRow)) {
                        derive(rows, ofRow, changes, room);
                        kept.set(row);
                        count++;
                    }
                }
                made.rows[line] = count - before;
                if (ofLine > 0) {
                    made.bytes[line] = made.bytes[line] / ofLine * (count - before);
                    filteredRows += count == before ? 0 : ofLine - (count - before);
                }
                made.change(line, changes.take());
            } catch (FaultRoom.RejectedRow e) {
                made.reject(line, e.faults());
            } catch (InvalidFieldValue e) {
                made.reject(line, ofRecord(Fault.Kind.VALUE_INVALID, "the filter " + e.reason()));
            }
            if (made.isRejected(line)) {
                changes.forgetSince(0);
                kept.clear(first, next);
                count = before;
                for (int column : derived) {
                    rows.column(column).truncate(count);
                }
            }
        }
        rows.keep(kept);
        return filteredRows;
    }

    private boolean passes(List<Calculation.Result> ofRow) throws InvalidFieldValue {
        return shaping.filter() == null || isTrue(ofRow.getFirst());
    }

    private static boolean isTrue(Calculation.Result result) throws InvalidFieldValue {
        return switch (result) {
            case Calculation.Result.Value(String text) -> "true".equals(text);
            case Calculation.Result.Failed(String reason) -> throw new InvalidFieldValue(reason);
        };
    }

    private void derive(RowBuffers rows, List<Calculation.Result> ofRow, ConversionWarnings changes, FaultRoom room)
            throws FaultRoom.RejectedRow {
        int before = shaping.filter() == null ? 0 : 1;
        FaultRoom.OfRow faults = room.faults();
        for (int i = 0; i < derived.size(); i++) {
            ColumnReader column = columns.get(derived.get(i));
            try {
                rows.column(derived.get(i))
                        .append(
                                switch (ofRow.get(before + i)) {
                                    case Calculation.Result.Value(String text) ->
                                        column.value(
                                                text == null ? Field.NULL : new Field(Field.Kind.TEXT, text), changes);
                                    case Calculation.Result.Failed(String reason) ->
                                        column.refused(new InvalidFieldValue(reason), changes);
                                });
            } catch (InvalidFieldValue e) {
                faults.add(column, e);
            }
        }
        faults.check();
    }

    /** Rejects the records with a row that doesn't meet a check. */
    private void check(Made made, RowBuffers rows, Calculation calculation) throws SQLException {
        if (shaping.checks().isEmpty() || rows.size() == 0) {
            return;
        }
        Map<Integer, List<Calculation.Result>> unmet = calculation.unmet(rows);
        if (unmet.isEmpty()) {
            return;
        }
        BitSet kept = new BitSet(rows.size());
        kept.set(0, rows.size());
        int next = 0;
        for (int line = 0; line < made.lines(); line++) {
            int first = next;
            next += made.rows[line];
            for (int row = first; row < next && !made.isRejected(line); row++) {
                check(made, line, unmet.getOrDefault(row, List.of()));
            }
            if (made.isRejected(line)) {
                kept.clear(first, next);
            }
        }
        rows.keep(kept);
    }

    private void check(Made made, int line, List<Calculation.Result> ofRow) {
        List<Fault> faults = new ArrayList<>();
        for (int i = 0; i < ofRow.size(); i++) {
            RowCheck check = shaping.checks().get(i);
            String name = "the check '" + check.name() + "' ";
            try {
                if (!isTrue(ofRow.get(i))) {
                    faults.add(
                            new Fault(null, null, Fault.Kind.CHECK_UNMET, name + "isn't met: " + check.expression()));
                }
            } catch (InvalidFieldValue e) {
                faults.add(new Fault(null, null, Fault.Kind.CHECK_UNMET, name + e.reason()));
            }
        }
        if (!faults.isEmpty()) {
            made.reject(line, faults);
        }
    }

    private Reject reject(Lines lines, int line, List<Fault> faults) {
        int start = lines.start(line);
        // a character takes four bytes at most
        int length = Math.min(lines.end(line) - start, 4 * Reject.MAX_RECORD);
        Origin origin = lines.origin(line);
        Fault first = faults.getFirst();
        return new Reject(
                Step.TRANSFORM.name(),
                origin.place(first.column() == null ? null : field(first.column())),
                origin.row(),
                origin.line(),
                first.column(),
                first.value(),
                first.reason(),
                new String(lines.bytes(), start, length, StandardCharsets.UTF_8),
                first.code(),
                faults.subList(1, faults.size()));
    }

    /** The field of flat records that a column is read from; its own name where that is none. */
    private String field(String column) {
        for (Column known : shaping.schema()) {
            if (known.name().equals(column) && known.from() != null) {
                return JsonPath.of(known.from()).steps().getFirst()
                                instanceof JsonPath.Step.Name(String name, boolean _)
                        ? name
                        : column;
            }
        }
        return column;
    }
}
