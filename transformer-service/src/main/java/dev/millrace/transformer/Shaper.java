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
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * The shaper of records: makes rows of them, or says what is wrong with them. Immutable, for use by several threads.
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
    private final FieldTree tree;

    /**
     * @param texts whether all values are texts, so that JSON can only be one
     * @throws MillraceException with {@code PIPELINE_INVALID} when a format or a default doesn't fit its column
     */
    Shaper(Shaping shaping, MetadataValues.Known known, WarehouseJson json, boolean texts) {
        this.shaping = shaping;
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

    /** A record on its way. */
    private static final class Made {
        private final int line;
        private final List<Object[]> rows = new ArrayList<>(1);
        private long bytes;
        private List<ConversionWarnings.Change> changes = List.of();
        private List<Fault> faults = List.of();

        Made(int line) {
            this.line = line;
        }

        /** One by one: of nearly all records there is one row, for which addAll would make an array. */
        void addTo(List<Object[]> all) {
            for (int i = 0; i < rows.size(); i++) {
                all.add(rows.get(i));
            }
        }

        void reject(List<Fault> found) {
            faults = found;
            rows.clear();
        }

        boolean isRejected() {
            return !faults.isEmpty();
        }
    }

    private static List<Fault> ofRecord(Fault.Kind kind, String reason) {
        return List.of(new Fault(null, null, kind, reason));
    }

    /**
     * @param part number of the part that the lines are of
     * @param calculations null: the endpoint has no expressions
     */
    Shaped shape(Lines lines, int part, @Nullable Calculations calculations) throws SQLException {
        RecordScanner scanner =
                new RecordScanner(tree, paths.size(), shaping.surrogates() == TextRules.Surrogates.REPLACE);
        ConversionWarnings changes = new ConversionWarnings();
        Presence presence = presence();
        FaultRoom room = new FaultRoom();
        List<Made> records = new ArrayList<>(lines.count());
        for (int i = 0; i < lines.count(); i++) {
            Made made = new Made(i);
            records.add(made);
            if (lines.oversized()) {
                made.reject(ofRecord(Fault.Kind.RECORD_MALFORMED, "the record is longer than 16 MiB"));
            } else {
                read(made, scanner, lines, part, changes, presence, room);
            }
        }
        presence.add(scanner);
        long filteredRows = 0;
        if (calculations != null) {
            Calculations.Kit kit = calculations.take();
            filteredRows = calculate(records, kit.first(), changes, room);
            check(records, kit.checks());
            calculations.back(kit);
        }
        return shaped(lines, records, changes, filteredRows, presence);
    }

    private Shaped shaped(
            Lines lines, List<Made> records, ConversionWarnings changes, long filteredRows, Presence presence) {
        List<Object[]> rows = new ArrayList<>(records.size());
        List<Reject> rejects = new ArrayList<>();
        List<Reject> origins = new ArrayList<>();
        int filtered = 0;
        long rowBytes = 0;
        for (Made made : records) {
            if (made.isRejected()) {
                rejects.add(reject(lines, made.line, made.faults));
            } else if (made.rows.isEmpty()) {
                filtered++;
            } else {
                made.addTo(rows);
                rowBytes += made.bytes;
                if (shaping.origins()) {
                    origins.addAll(Collections.nCopies(made.rows.size(), reject(lines, made.line, UNKNOWN)));
                }
                changes.count(made.changes, lines, made.line);
            }
        }
        return new Shaped(rows, rowBytes, rejects, filtered, filteredRows, changes, origins, presence);
    }

    private void read(
            Made made,
            RecordScanner scanner,
            Lines lines,
            int part,
            ConversionWarnings changes,
            Presence presence,
            FaultRoom room) {
        int start = lines.start(made.line);
        int end = lines.end(made.line);
        try {
            Field[] fields = scanner.scan(lines.bytes(), start, end);
            List<Field[]> elements = scanner.elements();
            MetadataValues.About about = metadata.about(part, lines, made.line);
            if (elements.isEmpty()) {
                presence.count(columns, fields);
                made.rows.add(row(fields, about, null, changes, room));
            }
            for (int i = 0; i < elements.size(); i++) {
                presence.count(columns, elements.get(i));
            }
            for (int i = 0; i < elements.size(); i++) {
                made.rows.add(row(elements.get(i), about, i + 1L, changes, room));
            }
            int around = Math.max(0, end - start - scanner.explodedLength());
            made.bytes = end - start + (long) around * (made.rows.size() - 1);
            made.changes = changes.take();
        } catch (FaultRoom.RejectedRow e) {
            made.reject(e.faults());
            changes.forgetSince(0);
        } catch (InvalidFieldValue e) {
            made.reject(ofRecord(Fault.Kind.RECORD_MALFORMED, "the record " + e.reason()));
            changes.forgetSince(0);
        }
    }

    private Object[] row(
            Field[] fields,
            MetadataValues.About about,
            @Nullable Long element,
            ConversionWarnings changes,
            FaultRoom room)
            throws FaultRoom.RejectedRow {
        Object[] row = new Object[columns.size()];
        FaultRoom.OfRow faults = room.faults();
        for (int i = 0; i < row.length; i++) {
            ColumnReader column = columns.get(i);
            try {
                if (column.column().isRead()) {
                    row[i] = column.value(fields[i], changes);
                } else if (column.column().metadata() != null) {
                    row[i] = metadata.value(i, about, element, changes);
                }
            } catch (InvalidFieldValue e) {
                faults.add(column, e);
            }
        }
        faults.check();
        return row;
    }

    /**
     * Leaves out the rows that the filter doesn't let through, and calculates derived columns of the others.
     *
     * @return how many rows were left out of records of which others stay
     */
    private long calculate(List<Made> records, Calculation calculation, ConversionWarnings changes, FaultRoom room)
            throws SQLException {
        if (shaping.filter() == null && derived.isEmpty()) {
            return 0;
        }
        List<List<Calculation.Result>> results = calculation.of(rows(records));
        long filteredRows = 0;
        int next = 0;
        for (Made made : records) {
            List<Object[]> rows = List.copyOf(made.rows);
            int first = next;
            next += rows.size();
            made.rows.clear();
            try {
                for (int i = 0; i < rows.size(); i++) {
                    List<Calculation.Result> ofRow = results.get(first + i);
                    if (passes(ofRow)) {
                        derive(rows.get(i), ofRow, changes, room);
                        made.rows.add(rows.get(i));
                    }
                }
                made.bytes = made.rows.isEmpty() ? 0 : made.bytes / rows.size() * made.rows.size();
                filteredRows += made.rows.isEmpty() ? 0 : rows.size() - made.rows.size();
                made.changes = both(made.changes, changes.take());
            } catch (FaultRoom.RejectedRow e) {
                made.reject(e.faults());
                changes.forgetSince(0);
            } catch (InvalidFieldValue e) {
                made.reject(ofRecord(Fault.Kind.VALUE_INVALID, "the filter " + e.reason()));
                changes.forgetSince(0);
            }
        }
        return filteredRows;
    }

    private static List<Object[]> rows(List<Made> records) {
        List<Object[]> rows = new ArrayList<>(records.size());
        records.forEach(made -> made.addTo(rows));
        return rows;
    }

    private static List<ConversionWarnings.Change> both(
            List<ConversionWarnings.Change> some, List<ConversionWarnings.Change> more) {
        if (more.isEmpty()) {
            return some;
        }
        List<ConversionWarnings.Change> all = new ArrayList<>(some);
        all.addAll(more);
        return all;
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

    private void derive(Object[] row, List<Calculation.Result> ofRow, ConversionWarnings changes, FaultRoom room)
            throws FaultRoom.RejectedRow {
        int before = shaping.filter() == null ? 0 : 1;
        FaultRoom.OfRow faults = room.faults();
        for (int i = 0; i < derived.size(); i++) {
            ColumnReader column = columns.get(derived.get(i));
            try {
                row[derived.get(i)] = switch (ofRow.get(before + i)) {
                    case Calculation.Result.Value(String text) ->
                        column.value(text == null ? Field.NULL : new Field(Field.Kind.TEXT, text), changes);
                    case Calculation.Result.Failed(String reason) ->
                        column.refused(new InvalidFieldValue(reason), changes);
                };
            } catch (InvalidFieldValue e) {
                faults.add(column, e);
            }
        }
        faults.check();
    }

    /** Rejects the records with a row that doesn't meet a check. */
    private void check(List<Made> records, Calculation calculation) throws SQLException {
        if (shaping.checks().isEmpty()) {
            return;
        }
        Map<Integer, List<Calculation.Result>> unmet = calculation.unmet(rows(records));
        if (unmet.isEmpty()) {
            return;
        }
        int next = 0;
        for (Made made : records) {
            int first = next;
            next += made.rows.size();
            for (int row = first; row < next && !made.isRejected(); row++) {
                check(made, unmet.getOrDefault(row, List.of()));
            }
        }
    }

    private void check(Made made, List<Calculation.Result> ofRow) {
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
            made.reject(faults);
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
