package dev.millrace.extractor.database;

import dev.millrace.pipeline.NullCursors;
import dev.millrace.pipeline.Overlap;
import dev.millrace.pipeline.database.DatabaseCursor;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Work;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * The rows that a run reads by its cursor: from the end of the run before on, that included, up to the largest value that
 * there is in the same snapshot from which the rows are read. So no row can come between what was read and the bound.
 * Values are texts of the server's, which compares them itself; no digit of them is lost on the way.
 *
 * @param condition SQL that the rows meet
 * @param next the cursor when they are loaded; null: there is none
 * @param withoutCursor rows without a value, whether they are read or not
 */
record CursorBounds(String condition, @Nullable String next, long withoutCursor) {
    private static final DateTimeFormatter MICROSECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSS", Locale.ROOT);

    /**
     * Asks for the bounds, in the transaction in which the rows are read next.
     *
     * @param now by the server's clock, in UTC, before its snapshot
     */
    static CursorBounds of(
            Connection connection,
            Dialect dialect,
            ReadRows rows,
            List<SourceColumn> columns,
            DatabaseCursor cursor,
            Work.ExtractIncrement increment,
            LocalDateTime now,
            TaskContext context)
            throws SQLException {
        return new Finder(connection, dialect, rows, column(rows, columns, cursor, dialect), cursor, context)
                .find(increment, now);
    }

    private static SourceColumn column(
            ReadRows rows, List<SourceColumn> columns, DatabaseCursor cursor, Dialect dialect) {
        SourceColumn column = columns.stream()
                .filter(one -> one.name().equals(cursor.column()))
                .findFirst()
                .orElseThrow(() -> refused(rows.name() + " has no column '" + cursor.column()
                        + "', which is to be its cursor (expected: one of its columns)"));
        CursorKind kind = dialect.cursorKind(column);
        if (kind == null) {
            throw refused("column " + column.name() + " of " + rows.name() + " is of type " + column.type()
                    + ", which can't be a cursor (expected: a whole or exact number, a date, or a date and time; texts have"
                    + " another order in each collation)");
        }
        if (cursor.settle() != null && !kind.isTime()) {
            throw refused("settle is " + cursor.settle() + ", but column " + column.name() + " is of type "
                    + column.type() + " (expected: no settle, or a column with a time)");
        }
        if (cursor.overlap() != null
                && kind.isTime() != Overlap.duration(cursor.overlap()).isPresent()) {
            throw refused("overlap is " + cursor.overlap() + ", but column " + column.name() + " is of type "
                    + column.type() + " (expected: "
                    + (kind.isTime() ? "a duration such as 10m" : "a number such as 1000")
                    + ")");
        }
        return column;
    }

    private static MillraceException refused(String message) {
        return new MillraceException(ErrorCode.SOURCE_REFUSED, message);
    }

    /** What is the same for all statements. */
    private record Finder(
            Connection connection,
            Dialect dialect,
            ReadRows rows,
            SourceColumn column,
            DatabaseCursor cursor,
            TaskContext context) {
        /**
         * What the source has.
         *
         * @param largest of all values; null: there is none
         * @param bound the largest that is read; null: none is
         * @param behind whether that is less than where the last run ended
         */
        private record Found(
                @Nullable String largest, @Nullable String bound, boolean behind, long without) {}

        CursorBounds find(Work.ExtractIncrement increment, LocalDateTime now) throws SQLException {
            String start = increment.start();
            if (start != null) {
                check(start);
            }
            Found found = found(start, limit(now));
            checkFound(found);
            boolean moves = found.bound() != null && !found.behind();
            // whoever reads everything begins anew, whatever was committed before
            String next = moves || increment.full() ? found.bound() : start;
            tell(found, start, next);
            if (cursor.unique() && found.bound() != null) {
                checkUnique(start, found.bound());
            }
            return new CursorBounds(condition(start, found.bound()), next, found.without());
        }

        private void check(String start) {
            if (!kind().mayBe(start)) {
                throw refused("the cursor '" + start + "' is no value of column " + column.name() + ", of type "
                        + column.type() + " (expected: another one, which cursor set gives it, or a full run)");
            }
        }

        private CursorKind kind() {
            return Objects.requireNonNull(dialect.cursorKind(column)); // it was asked for, and is one
        }

        private String name() {
            return dialect.quoted(column.name());
        }

        /** The last value that has settled, as SQL; null: all have. */
        private @Nullable String limit(LocalDateTime now) {
            Duration settle = cursor.settle();
            if (settle == null) {
                return null;
            }
            ZoneId zone = kind() == CursorKind.INSTANT ? ZoneOffset.UTC : cursor.timezone();
            LocalDateTime limit = now.atZone(ZoneOffset.UTC)
                    .minus(settle)
                    .withZoneSameInstant(zone)
                    .toLocalDateTime();
            return dialect.cursorValue(
                    column, kind() == CursorKind.DATE ? limit.toLocalDate().toString() : MICROSECONDS.format(limit));
        }

        private Found found(@Nullable String start, @Nullable String limit) throws SQLException {
            String bound = limit == null ? "largest" : "settled";
            String sql = "SELECT " + dialect.text("largest") + ", " + dialect.text(bound) + ", "
                    + (start == null
                            ? "0"
                            : "CASE WHEN " + bound + " < " + dialect.cursorValue(column, start) + " THEN 1 ELSE 0 END")
                    + ", missing FROM (SELECT " + aggregates(limit) + ") bounds";
            try (Statement statement = connection.createStatement();
                    QueryWatch _ = new QueryWatch(context, connection, statement::cancel);
                    ResultSet row = statement.executeQuery(sql)) {
                if (!row.next()) {
                    throw new IllegalStateException("an aggregate without a row");
                }
                return new Found(row.getString(1), row.getString(2), row.getInt(3) == 1, row.getLong(4));
            }
        }

        /** Of a table each by an index of its own accord; of a query all at once, since it may take its time. */
        private String aggregates(@Nullable String limit) {
            String name = name();
            if (rows.query() != null) {
                return "max(" + name + ") AS largest, "
                        + (limit == null
                                ? ""
                                : "max(CASE WHEN " + name + " <= " + limit + " THEN " + name + " END) AS settled, ")
                        + "count(*) - count(" + name + ") AS missing FROM " + rows.from();
            }
            String from = " FROM " + rows.from();
            return "(SELECT max(" + name + ")" + from + ") AS largest, "
                    + (limit == null
                            ? ""
                            : "(SELECT max(" + name + ")" + from + " WHERE " + name + " <= " + limit + ") AS settled, ")
                    + "(SELECT count(*)" + from + " WHERE " + name + " IS NULL) AS missing"
                    + dialect.oneRow();
        }

        private void checkFound(Found found) {
            if (found.largest() != null && !kind().mayBe(found.largest())) {
                throw new MillraceException(
                        ErrorCode.SOURCE_INCONSISTENT,
                        "the largest " + column.name() + " of " + rows.name() + " is " + found.largest()
                                + ", behind which no row could ever be new (expected: another value, or a query that"
                                + " leaves out such rows)");
            }
            if (found.without() > 0 && cursor.nulls() == NullCursors.FAIL) {
                throw new MillraceException(
                        ErrorCode.SOURCE_INCONSISTENT,
                        found.without() + " rows of " + rows.name() + " have no " + column.name()
                                + " (expected: a value in each; or nulls: include, which reads them in each run, or nulls:"
                                + " skip)");
            }
        }

        private void tell(Found found, @Nullable String start, @Nullable String next) {
            context.info(rows.name() + " by " + column.name() + ": "
                    + (start == null ? "everything" : "from " + start + " on")
                    + (cursor.overlap() == null || start == null ? "" : " less " + cursor.overlap())
                    + (found.bound() == null ? ", nothing is there" : ", up to " + found.bound())
                    + (cursor.settle() == null
                                    || found.largest() == null
                                    || found.largest().equals(found.bound())
                            ? ""
                            : "; newer rows, to " + found.largest() + ", are left to a later run")
                    + (found.without() == 0
                            ? ""
                            : "; " + found.without() + " rows without a value are "
                                    + (cursor.nulls() == NullCursors.INCLUDE ? "read" : "left out")));
            if (found.behind() && start != null && start.equals(next)) {
                context.warn("the largest " + column.name() + " of " + rows.name() + " is " + found.bound()
                        + ", which is less than the cursor, " + start
                        + "; the cursor stays. If values begin anew there, "
                        + "cursor set or a full run lets it begin anew too");
            }
        }

        private void checkUnique(@Nullable String start, String bound) throws SQLException {
            String name = name();
            String sql = "SELECT count(*) - count(DISTINCT " + name + ") FROM " + rows.from() + " WHERE "
                    + (start == null ? "" : name + " >= " + dialect.cursorValue(column, start) + " AND ") + name
                    + " <= "
                    + dialect.cursorValue(column, bound);
            try (Statement statement = connection.createStatement();
                    QueryWatch _ = new QueryWatch(context, connection, statement::cancel);
                    ResultSet row = statement.executeQuery(sql)) {
                if (row.next() && row.getLong(1) > 0) {
                    throw new MillraceException(
                            ErrorCode.SOURCE_INCONSISTENT,
                            row.getLong(1) + " rows of " + rows.name() + " have a " + column.name()
                                    + " that another row has too (expected: unique values, or unique: false and a merge"
                                    + " by keys)");
                }
            }
        }

        private String condition(@Nullable String start, @Nullable String bound) {
            List<String> both = new ArrayList<>();
            if (start != null) {
                both.add(name() + (cursor.unique() ? " > " : " >= ") + beginning(start));
            }
            both.add(bound == null ? "1 = 0" : name() + " <= " + dialect.cursorValue(column, bound));
            String condition = String.join(" AND ", both);
            return cursor.nulls() == NullCursors.INCLUDE ? "(" + condition + " OR " + name() + " IS NULL)" : condition;
        }

        /** Where the run begins: where the last one ended, or as far before as the overlap says. */
        private String beginning(String start) {
            String overlap = cursor.overlap();
            if (overlap == null) {
                return dialect.cursorValue(column, start);
            }
            return Overlap.duration(overlap)
                    .map(time -> dialect.earlier(column, dialect.cursorValue(column, start), time))
                    .orElseGet(() -> dialect.cursorValue(
                            column,
                            new BigDecimal(start)
                                    .subtract(new BigDecimal(overlap))
                                    .toPlainString()));
        }
    }
}
