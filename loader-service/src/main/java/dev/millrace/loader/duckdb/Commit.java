package dev.millrace.loader.duckdb;

import dev.millrace.loader.Batch;
import dev.millrace.pipeline.Destination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.LoadResult;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The transaction that moves a {@link Stage} into its table and writes it down in the {@link Ledger}. */
final class Commit {
    private final Session session;
    private final Batch batch;
    private final long rows;
    private final Table table;
    private final String columns;

    /** @param rows that were staged, as whoever staged them says */
    Commit(Session session, Batch batch, long rows, Table table) {
        this.session = session;
        this.batch = batch;
        this.rows = rows;
        this.table = table;
        this.columns =
                batch.schema().stream().map(column -> Sql.name(column.name())).collect(Collectors.joining(", "));
    }

    /** @return what this transaction did, or what an earlier one of the same load did */
    LoadResult run() throws SQLException {
        return session.transaction(() -> {
            Optional<LoadResult> earlier = committed(session, batch.load(), batch.generation());
            if (earlier.isPresent()) {
                return earlier.get();
            }
            long found = session.number("SELECT count(*) FROM " + Stage.TABLE);
            if (found != rows) {
                throw new MillraceException(
                        ErrorCode.STAGING_CORRUPT,
                        found + " rows were staged for " + batch.destination().table() + " (expected: " + rows + ")");
            }
            table.prepare(session, batch.destination().contract(), batch.schema());
            long superseded = change();
            long tableRows = session.number("SELECT count(*) FROM " + table.quoted());
            LoadResult result = new LoadResult(rows, superseded, tableRows);
            Ledger.commit(session, batch, result);
            return result;
        });
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

    /** Returns how many staged rows were superseded by later ones. */
    private long change() throws SQLException {
        return switch (batch.destination().write()) {
            case REPLACE -> {
                replace();
                yield 0;
            }
            case APPEND -> {
                session.execute(insert(""));
                yield 0;
            }
            case MERGE -> merge();
        };
    }

    private void replace() throws SQLException {
        Batch.Window window = batch.window();
        String replaced = "TRUE";
        if (window != null) {
            replaced = "CAST(" + Sql.name(window.column()) + " AS DATE) = DATE "
                    + Sql.text(window.day().toString());
            checkDay(window, replaced);
        }
        if (rows == 0 && batch.destination().empty() == Destination.Empty.FAIL) {
            long present = session.number("SELECT count(*) FROM " + table.quoted() + " WHERE " + replaced);
            if (present > 0) {
                throw new MillraceException(
                        ErrorCode.EMPTY_REPLACE,
                        "no rows came for " + batch.destination().table()
                                + (window == null ? "" : " on " + window.day()) + ", which has " + present
                                + "; they stay (empty: allow would remove them)");
            }
        }
        session.execute("DELETE FROM " + table.quoted() + " WHERE " + replaced);
        session.execute(insert(""));
    }

    /** A row of another day would be there twice after that day's next run. */
    private void checkDay(Batch.Window window, String inWindow) throws SQLException {
        long others = session.number("SELECT count(*) FROM " + Stage.TABLE + " WHERE (" + inWindow + ") IS NOT TRUE");
        if (others > 0) {
            throw new MillraceException(
                    ErrorCode.SOURCE_INCONSISTENT,
                    others + " rows for " + batch.destination().table() + " have another day in " + window.column()
                            + " (expected: " + window.day() + " in UTC, which is what the run replaces)");
        }
    }

    private long merge() throws SQLException {
        List<String> keys = batch.destination().keys().stream().map(Sql::name).toList();
        String same = keys.stream()
                .map(key -> "present." + key + " = arriving." + key)
                .collect(Collectors.joining(" AND "));
        session.execute("DELETE FROM " + table.quoted() + " AS present WHERE EXISTS (SELECT 1 FROM " + Stage.TABLE
                + " AS arriving WHERE " + same + ")");
        String last = Stage.POSITION + " IN (SELECT max(" + Stage.POSITION + ") FROM " + Stage.TABLE + " GROUP BY "
                + String.join(", ", keys) + ")";
        long kept = session.number("SELECT count(*) FROM " + Stage.TABLE + " WHERE " + last);
        session.execute(insert(" WHERE " + last + " ORDER BY " + Stage.POSITION));
        return rows - kept;
    }

    private String insert(String conditionAndOrder) {
        return "INSERT INTO " + table.quoted() + " (" + columns + ") SELECT " + columns + " FROM " + Stage.TABLE
                + conditionAndOrder;
    }
}
