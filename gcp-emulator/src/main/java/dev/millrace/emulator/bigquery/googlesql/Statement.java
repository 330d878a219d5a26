package dev.millrace.emulator.bigquery.googlesql;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A statement of a script; SQL in it is the engine's. */
public sealed interface Statement {
    /** Tables that it names, which have to exist. */
    default Set<TableName> tables() {
        return Set.of();
    }

    record Begin() implements Statement {}

    record Commit() implements Statement {}

    record Rollback() implements Statement {}

    /** @param description empty: none */
    record Assert(String condition, String description, Set<TableName> tables) implements Statement {}

    /** @param sql assigns, see {@link Script} */
    record SetVariable(String sql, Set<TableName> tables) implements Statement {}

    record Select(Query query, Set<TableName> tables) implements Statement {}

    /**
     * @param columns empty: all
     * @param source of the rows
     */
    record Insert(TableName table, List<String> columns, Query source, Set<TableName> tables) implements Statement {}

    /**
     * RowChanges or removes rows.
     *
     * @param type as the statistics of a job name it: UPDATE, DELETE, MERGE, TRUNCATE_TABLE
     * @param ambiguous a query that finds a row of the target which two of the source match; null: the engine finds it
     */
    record Change(
            String type,
            TableName table,
            String sql,
            @Nullable String ambiguous,
            Set<TableName> tables) implements Statement {}

    /** @param temporary a table of the script alone, named by its table part */
    record CreateTableAs(TableName table, boolean temporary, boolean replace, Query source, Set<TableName> tables)
            implements Statement {}

    /** @param type the engine's */
    record NewColumn(String name, String type, String description, boolean ifNotExists) {}

    record AddColumns(TableName table, List<NewColumn> columns) implements Statement {}

    record DropNotNull(TableName table, String column) implements Statement {}

    /** @param type the engine's */
    record SetType(TableName table, String column, String type) implements Statement {}

    record DropTable(TableName table, boolean temporary, boolean ifExists) implements Statement {}

    /** As the statistics of a job name it. */
    default String type() {
        return switch (this) {
            case Begin _ -> "BEGIN_TRANSACTION";
            case Commit _ -> "COMMIT_TRANSACTION";
            case Rollback _ -> "ROLLBACK_TRANSACTION";
            case Assert _ -> "ASSERT";
            case SetVariable _ -> "SET";
            case Select _ -> "SELECT";
            case Insert _ -> "INSERT";
            case Change change -> change.type();
            case CreateTableAs _ -> "CREATE_TABLE_AS_SELECT";
            case AddColumns _, DropNotNull _, SetType _ -> "ALTER_TABLE";
            case DropTable _ -> "DROP_TABLE";
        };
    }
}
