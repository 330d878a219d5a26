package dev.millrace.loader.duckdb;

import dev.millrace.loader.CheckQueries;
import dev.millrace.loader.KeyedChange;
import dev.millrace.loader.RejectedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.CheckResult;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import io.micronaut.core.annotation.Nullable;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** The transaction that moves a {@link Stage} into its table and writes it down in the {@link Ledger}. */
final class Commit {
    private static final KeyedChange.Dialect DIALECT = new KeyedChange.Dialect() {
        @Override
        public String name(String identifier) {
            return Sql.name(identifier);
        }

        @Override
        public String temporary(String name) {
            return "temp.main." + name;
        }

        @Override
        public String comparable(Column column, String value) {
            return value;
        }

        @Override
        public String now() {
            return "now()";
        }
    };

    /** Of checks. */
    static final CheckQueries.Dialect CHECKS = new CheckQueries.Dialect() {
        @Override
        public String name(String identifier) {
            return Sql.name(identifier);
        }

        @Override
        public String text(String value) {
            return Sql.text(value);
        }

        @Override
        public String type(Column column) {
            return Types.of(column);
        }

        @Override
        public String texts() {
            return "VARCHAR";
        }

        @Override
        public String reals() {
            return "DOUBLE";
        }

        @Override
        public String table(String name) {
            return Table.of(name).quoted();
        }

        @Override
        public String json(String value) {
            return "CAST(to_json(" + value + ") AS VARCHAR)";
        }

        @Override
        public String divided(String number, String by) {
            return number + " / " + by; // of floating point, whatever they are
        }

        @Override
        public String finite(String number) {
            return "IF(isfinite(" + number + "), " + number + ", NULL)";
        }

        // the first few in their order: an aggregate whose memory doesn't grow with the rows
        @Override
        public String sample(String row, int most) {
            return json("min(" + json(row) + ", " + most + ")");
        }
    };

    /** Of a table, which the engine writes into the file before the transaction commits, past its log. */
    static final int ROW_GROUP = 122_880;

    private final Session session;
    private final TableLoad tableLoad;
    private final long rows;
    private final RejectedRows.Written rejected;
    private final Table table;
    private final int rollbacks;
    private final String columns;
    /** Which was kept of an earlier load. */
    private boolean droppedLarge;

    /**
     * @param rows that were staged, as whoever staged them says, without the rejected ones
     * @param rollbacks of how many loads of the table it is kept what was before
     */
    Commit(Session session, TableLoad tableLoad, long rows, RejectedRows.Written rejected, Table table, int rollbacks) {
        this.session = session;
        this.tableLoad = tableLoad;
        this.rows = rows;
        this.rejected = rejected;
        this.table = table;
        this.rollbacks = rollbacks;
        this.columns = tableLoad.schema().stream()
                .map(column -> Sql.name(column.name()))
                .collect(Collectors.joining(", "));
    }

    /** @return what this transaction did, or what an earlier one of the same load did */
    LoadResult run() throws SQLException {
        return session.transaction(() -> {
            Optional<LoadResult> earlier = committed(session, tableLoad.load(), tableLoad.generation());
            if (earlier.isPresent()) {
                return earlier.get();
            }
            checkStaged();
            Table.Preparation preparation = preparation();
            checkCursor(preparation);
            for (String statement : preparation.statements()) {
                session.execute(statement);
            }
            checkReplace(preparation);
            checkDrift(preparation);
            String before = Undo.keep(session, tableLoad, table, rollbacks);
            Map<KeyedChange.Counter, Long> counts = change(before);
            LoadResult result = new LoadResult(
                    rows,
                    counts.getOrDefault(KeyedChange.Counter.SUPERSEDED, 0L),
                    session.number("SELECT count(*) FROM " + table.quoted()),
                    counts.getOrDefault(KeyedChange.Counter.OUTDATED, 0L),
                    counts.getOrDefault(KeyedChange.Counter.TIED, 0L),
                    counts.getOrDefault(KeyedChange.Counter.DELETED, 0L),
                    checks(),
                    rejected.rows(),
                    rejected.manifest());
            Ledger.commit(session, tableLoad, result, table.key(), before);
            droppedLarge = Undo.forget(session, table, rollbacks);
            if (tableLoad.destination().contract() == Destination.Contract.INFER) {
                Ledger.keep(session, table.key(), preparation.columns());
            }
            return result;
        });
    }

    /**
     * Whether tables came and went in the file without the engine's noticing, which looks for space that is free when its log
     * is long.
     */
    boolean leavesSpace() {
        boolean replacedByMany =
                rows >= ROW_GROUP && tableLoad.destination().write() == Write.REPLACE && tableLoad.window() == null;
        return replacedByMany || droppedLarge;
    }

    /**
     * What the table is found to be, as this transaction leaves it.
     *
     * @throws dev.millrace.loader.ChecksUnmet when it must not be so
     */
    private List<CheckResult> checks() throws SQLException {
        List<String> answers = new ArrayList<>();
        CheckQueries queries = new CheckQueries(
                tableLoad, CHECKS, table.quoted(), tableLoad.window() == null ? null : replaced(), Instant.now());
        for (CheckQueries.Query query : queries.queries()) {
            answers.addAll(session.rows(query.sql(), row -> row.getString(1)));
        }
        List<CheckResult> results = Ledger.checked(answers).results();
        CheckQueries.judge(tableLoad.destination().table(), results);
        return results;
    }

    /** What {@link #run} would do; the engine refuses every change meanwhile. */
    LoadPlan plan() throws SQLException {
        return session.reading(() -> {
            checkStaged();
            Table.Preparation preparation = preparation();
            checkCursor(preparation);
            checkReplace(preparation);
            checkDrift(preparation);
            long present = preparation.missing() ? 0 : session.number("SELECT count(*) FROM " + table.quoted());
            List<String> steps = new ArrayList<>(preparation.plan(tableLoad.destination()));
            steps.add(change(preparation, present));
            tableLoad.destination().checks().forEach(check -> steps.add("would check " + check.title()));
            if (tableLoad.cursor() != null) {
                steps.add(tableLoad.cursor().words(true));
            }
            return new LoadPlan(rows, steps);
        });
    }

    private String change(Table.Preparation preparation, long present) throws SQLException {
        String name = tableLoad.destination().table();
        return switch (tableLoad.destination().write()) {
            case REPLACE -> {
                yield String.format(
                        Locale.ROOT,
                        "would replace %,d rows of %s%s with %,d rows",
                        replacedRows(preparation),
                        name,
                        tableLoad.ofWindow(),
                        rows);
            }
            case APPEND ->
                String.format(Locale.ROOT, "would append %,d rows to %s, which has %,d", rows, name, present);
            case INSERT_ONLY -> keyedPlan("insert", name, present);
            case MERGE -> {
                if (KeyedChange.isOf(tableLoad.destination())) {
                    yield keyedPlan("merge", name, present);
                }
                boolean fresh = preparation.missing()
                        || tableLoad.destination().keys().stream().anyMatch(preparation::adds);
                long matched = fresh
                        ? 0
                        : session.number("SELECT count(*) FROM " + table.quoted() + " AS present WHERE " + isStaged());
                yield String.format(
                        Locale.ROOT,
                        "would merge %,d rows into %s, which has %,d: %,d of these would be replaced, %,d rows superseded",
                        rows,
                        name,
                        present,
                        matched,
                        rows - session.number("SELECT count(*) FROM " + Stage.TABLE + " WHERE " + last()));
            }
        };
    }

    private String keyedPlan(String verb, String name, long present) {
        return String.format(
                Locale.ROOT,
                "would %s %,d rows into %s, which has %,d; %s",
                verb,
                rows,
                name,
                present,
                KeyedChange.words(tableLoad.destination()));
    }

    /**
     * What the load did earlier; empty when it may commit now.
     *
     * @throws MillraceException with {@code LOAD_ABORTED} when it may not
     */
    static Optional<LoadResult> committed(Session session, String load, int generation) throws SQLException {
        return switch (Ledger.find(session, load).orElse(null)) {
            case Ledger.Entry.Committed(LoadResult result) -> Optional.of(result);
            case Ledger.Entry.Aborted(int closed) -> {
                if (closed >= generation) {
                    throw new MillraceException(
                            ErrorCode.LOAD_ABORTED, "load " + load + " was aborted before it could commit");
                }
                yield Optional.empty();
            }
            case null -> Optional.empty();
        };
    }

    /**
     * Returns what there is to be counted; what isn't there is 0.
     *
     * @param before what {@link Undo} has kept
     */
    private Map<KeyedChange.Counter, Long> change(@Nullable String before) throws SQLException {
        if (KeyedChange.isOf(tableLoad.destination())) {
            return keyedChange();
        }
        return switch (tableLoad.destination().write()) {
            case REPLACE -> {
                replace(before);
                yield Map.of();
            }
            case APPEND -> {
                session.execute(insert(""));
                yield Map.of();
            }
            case MERGE -> Map.of(KeyedChange.Counter.SUPERSEDED, merge());
            case INSERT_ONLY -> throw new IllegalStateException("rows that are only inserted are a keyed change");
        };
    }

    private Map<KeyedChange.Counter, Long> keyedChange() throws SQLException {
        Map<KeyedChange.Counter, Long> counts = new EnumMap<>(KeyedChange.Counter.class);
        String arriving = "SELECT " + columns + ", " + Stage.POSITION + " FROM " + Stage.TABLE;
        for (KeyedChange.Step step : new KeyedChange(tableLoad, rows, DIALECT, table.quoted(), arriving, "").steps()) {
            switch (step) {
                case KeyedChange.Step.Run(String sql) -> session.execute(sql);
                case KeyedChange.Step.Count(KeyedChange.Counter counter, String sql) ->
                    counts.merge(counter, session.number(sql), Long::sum);
            }
        }
        return counts;
    }

    private void replace(@Nullable String before) throws SQLException {
        if (!Undo.isAside(before)) {
            session.execute("DELETE FROM " + table.quoted() + " WHERE " + replaced());
        }
        session.execute(insert(""));
    }

    /** Which rows a replace replaces. */
    private String replaced() {
        TableLoad.Window window = tableLoad.window();
        return window == null ? "TRUE" : Undo.inWindow(window);
    }

    /** Whoever has loaded since from the same cursor has loaded these rows too. */
    private void checkCursor(Table.Preparation preparation) throws SQLException {
        TableLoad.CursorMove move = tableLoad.cursor();
        if (move != null) {
            Ledger.Moved last = Ledger.lastMove(session, move.pipeline(), move.endpoint());
            if (!Objects.equals(last.cursor(), move.start())) {
                throw new MillraceException(ErrorCode.CURSOR_MOVED, move.refused());
            }
            if (move.isPartial()) {
                checkPartial(move, last, preparation);
            }
        }
    }

    /** What was not read must be in the table. A cursor that was set by hand is as it is meant. */
    private void checkPartial(TableLoad.CursorMove move, Ledger.Moved last, Table.Preparation preparation)
            throws SQLException {
        String name = tableLoad.destination().table();
        boolean otherTable = last.table() != null && !last.table().equals(name);
        boolean otherValue = last.by() != null && !last.by().equals(move.by());
        if (otherTable || otherValue) {
            throw new MillraceException(ErrorCode.CURSOR_MISMATCH, move.refusedAsOther(name));
        }
        boolean empty = preparation.missing()
                || session.number("SELECT count(*) FROM (SELECT 1 FROM " + table.quoted() + " LIMIT 1)") == 0;
        if (last.tableRows() > 0 && empty) {
            throw new MillraceException(ErrorCode.CURSOR_MISMATCH, move.refusedAsEmpty(name));
        }
    }

    private void checkStaged() throws SQLException {
        long found = session.number("SELECT count(*) FROM " + Stage.TABLE);
        if (found != rows) {
            throw new MillraceException(
                    ErrorCode.STAGING_CORRUPT,
                    found + " rows were staged for " + tableLoad.destination().table() + " (expected: " + rows + ")");
        }
    }

    private Table.Preparation preparation() throws SQLException {
        return table.preparation(session, tableLoad.destination().contract(), tableLoad.tableSchema());
    }

    /** @param before what the table was like before the load */
    private void checkReplace(Table.Preparation before) throws SQLException {
        if (tableLoad.window() != null && tableLoad.isOfWindowAlone()) {
            checkDay(replaced());
        }
        if (tableLoad.refusesToEmpty(rows)) {
            long present = replacedRows(before);
            if (present > 0) {
                throw new MillraceException(
                        ErrorCode.EMPTY_REPLACE,
                        "no rows came for " + tableLoad.destination().table()
                                + tableLoad.ofWindow() + ", which has " + present
                                + "; they stay (empty: allow would remove them)");
            }
        }
    }

    /** @param before what the table was like before the load */
    private void checkDrift(Table.Preparation before) throws SQLException {
        for (String path : tableLoad.missing()) {
            List<Column> way = tableLoad.way(path);
            if (!before.missing()
                    && !before.adds(way.getFirst().name())
                    && session.number("SELECT count(*) FROM (SELECT 1 FROM " + table.quoted() + " AS present WHERE "
                                    + hasValue("present", way, 0) + " LIMIT 1)")
                            > 0) {
                throw new MillraceException(ErrorCode.SCHEMA_DRIFT, tableLoad.drifted(path));
            }
        }
    }

    /**
     * That a column has a value.
     *
     * @param row SQL of what has the first of the columns
     * @param way to the column, which is its last, from {@code next} on
     */
    private static String hasValue(String row, List<Column> way, int next) {
        Column column = way.get(next);
        String value = row + "." + Sql.name(column.name());
        boolean repeated = column.mode() == Column.Mode.REPEATED;
        if (next == way.size() - 1) {
            return repeated ? "len(" + value + ") > 0" : value + " IS NOT NULL";
        }
        String element = "element" + next;
        return repeated
                ? "EXISTS (SELECT 1 FROM (SELECT unnest(" + value + ") AS " + element + ") WHERE "
                        + hasValue(element, way, next + 1) + ")"
                : hasValue(value, way, next + 1);
    }

    /** Rows that a replace would find; none has a value in a column that the table hasn't had before. */
    private long replacedRows(Table.Preparation before) throws SQLException {
        TableLoad.Window window = tableLoad.window();
        return before.missing() || (window != null && before.adds(window.column()))
                ? 0
                : session.number("SELECT count(*) FROM " + table.quoted() + " WHERE " + replaced());
    }

    private void checkDay(String inWindow) throws SQLException {
        long others = session.number("SELECT count(*) FROM " + Stage.TABLE + " WHERE (" + inWindow + ") IS NOT TRUE");
        if (others > 0) {
            throw new MillraceException(ErrorCode.SOURCE_INCONSISTENT, others + " " + tableLoad.refusedAsOtherDay());
        }
    }

    private long merge() throws SQLException {
        session.execute("DELETE FROM " + table.quoted() + " AS present WHERE " + isStaged());
        long kept = session.number("SELECT count(*) FROM " + Stage.TABLE + " WHERE " + last());
        session.execute(insert(" WHERE " + last() + " ORDER BY " + Stage.POSITION));
        return rows - kept;
    }

    /** That a row of the table, {@code present}, has the keys of a staged one. */
    private String isStaged() {
        return "EXISTS (SELECT 1 FROM " + Stage.TABLE + " AS arriving WHERE "
                + keys().stream()
                        .map(key -> "present." + key + " = arriving." + key)
                        .collect(Collectors.joining(" AND "))
                + ")";
    }

    /** That a staged row is the last one with its keys. */
    private String last() {
        return Stage.POSITION + " IN (SELECT max(" + Stage.POSITION + ") FROM " + Stage.TABLE + " GROUP BY "
                + String.join(", ", keys()) + ")";
    }

    private List<String> keys() {
        return tableLoad.destination().keys().stream().map(Sql::name).toList();
    }

    private String insert(String conditionAndOrder) {
        return "INSERT INTO " + table.quoted() + " (" + columns + ") SELECT " + columns + " FROM " + Stage.TABLE
                + conditionAndOrder;
    }
}
