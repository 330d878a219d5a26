package dev.millrace.loader;

import dev.millrace.loader.backup.TableBackup;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.task.Abort;
import dev.millrace.task.CommittedLoads;
import dev.millrace.task.CursorChange;
import dev.millrace.task.Cursors;
import dev.millrace.task.LoadPlan;
import dev.millrace.task.LoadResult;
import dev.millrace.task.Query;
import dev.millrace.task.Rollback;
import dev.millrace.task.TableFacts;
import dev.millrace.task.TableRows;
import dev.millrace.task.TableSchema;
import dev.millrace.task.WriteCheck;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.worker.TaskContext;
import io.micronaut.core.annotation.Nullable;
import java.util.List;

/**
 * A store of tables. It keeps a ledger in which each load is committed at most once, in the same transaction that
 * changes the table. Safe for use by several threads, for the same load and the same table too.
 *
 * <p>Every method throws {@link dev.millrace.problem.MillraceException}; {@code WAREHOUSE_FAILED} is one that each can
 * throw. {@link InterruptedException} means that the call was cut short; whether a load committed, the ledger says.
 */
public interface Warehouse {
    /** What other services have to know of it; asks nobody, and stays the same while it is open. */
    Capabilities capabilities();

    /**
     * Changes the load's table as its destination says, or finds that the load has done so already.
     *
     * @return what the load did, now or before
     * @throws dev.millrace.problem.MillraceException {@code STAGING_CORRUPT}, {@code STAGING_UNAVAILABLE}, {@code
     *     TABLE_MISMATCH}, {@code EMPTY_REPLACE}, {@code SOURCE_INCONSISTENT} for rows of another day, {@code
     *     CURSOR_MOVED} when the ledger has another cursor than the load started from, {@code LOAD_ABORTED}; the table is as it was
     * @throws dev.millrace.worker.StoppedException when the attempt was stopped before its commit
     */
    LoadResult load(TableLoad tableLoad, TaskContext context) throws InterruptedException;

    /**
     * Changes the load's table to what its query selects, in the way and as often as {@link #load}: the query is
     * checked and staged, its rows are counted, and one transaction changes table and ledger. A table that is missing
     * is made with the types of the query's columns; one that is there must have them.
     *
     * @return what the load did, now or before
     * @throws dev.millrace.problem.MillraceException {@code QUERY_REFUSED}, {@code QUERY_FAILED}, {@code TABLE_MISMATCH},
     *     {@code EMPTY_REPLACE}, {@code LOAD_ABORTED}; the table is as it was
     * @throws dev.millrace.worker.StoppedException when the attempt was stopped before its commit
     */
    LoadResult select(ModelLoad modelLoad, TaskContext context) throws InterruptedException;

    /**
     * Says what {@link #load} would do now, and changes nothing; rows of a table that others change meanwhile may be
     * counted before or after.
     *
     * @throws dev.millrace.problem.MillraceException with the code with which the load would fail, as far as that can be
     *     seen without a change: always {@code TABLE_MISMATCH} and {@code EMPTY_REPLACE}
     * @throws dev.millrace.worker.StoppedException when the attempt was stopped
     */
    LoadPlan plan(TableLoad tableLoad, TaskContext context) throws InterruptedException;

    /**
     * Says what {@link #select} would do now, without running the query; so nobody knows how many rows it selects.
     *
     * @throws dev.millrace.problem.MillraceException {@code QUERY_REFUSED}, {@code QUERY_FAILED}, {@code TABLE_MISMATCH}
     */
    LoadPlan plan(ModelLoad modelLoad, TaskContext context) throws InterruptedException;

    /**
     * Writes what a query selects, all of one moment and in the query's order, into one file.
     *
     * @return the file
     * @throws dev.millrace.problem.MillraceException {@code QUERY_REFUSED}, {@code QUERY_FAILED}, also for a column that the
     *     format can't have; {@code STAGING_UNAVAILABLE}; then there is no file
     * @throws dev.millrace.worker.StoppedException when the attempt was stopped; likewise
     */
    default Part export(QueryExport export, TaskContext context) throws InterruptedException {
        throw unsupported();
    }

    /**
     * Finds out, without running the query, whether {@link #export} would write it.
     *
     * @param credentials name of the Google credentials to read with; null: those of the service
     * @throws dev.millrace.problem.MillraceException {@code QUERY_REFUSED} or {@code QUERY_FAILED} when it wouldn't
     */
    default void checkExport(String sql, ExportFormat format, @Nullable String credentials)
            throws InterruptedException {
        throw unsupported();
    }

    /** Sees to it that no generation up to the given one commits, unless one has. */
    Abort.Answer abort(Abort abort) throws InterruptedException;

    /**
     * Brings back the rows that a table had before its last load, and the cursor that the load moved, or finds that it has
     * done so already. Columns that the load has added or widened stay so.
     *
     * @throws dev.millrace.problem.MillraceException {@code ROLLBACK_REFUSED} when another load or somebody else has changed
     *     the table since, or what it was isn't kept; the table is as it was
     */
    Rollback.Done rollBack(Rollback rollback) throws InterruptedException;

    /** Those of some loads that the ledger has as committed. */
    CommittedLoads committed(CommittedLoads.Wanted wanted) throws InterruptedException;

    /** The cursors of a pipeline's endpoints, each as the last load or change of it has left it. */
    Cursors cursors(Cursors.Wanted wanted) throws InterruptedException;

    /** The columns of a table, as far as a load can have them. */
    TableSchema schema(TableSchema.Wanted wanted) throws InterruptedException;

    /** Sets a cursor, so that a load which started from another one is refused. */
    void change(CursorChange change) throws InterruptedException;

    /**
     * Tries whether the account that would load may change tables, and leaves nothing.
     *
     * @return what was found, for people
     * @throws dev.millrace.problem.MillraceException when it may not
     */
    default String tryToWrite(WriteCheck.Wanted wanted) throws InterruptedException {
        return "whether tables may be changed, only a load says";
    }

    /**
     * Writes the rows of a table, as they are at one moment, into files, each type and NULL as it is. No load waits for it.
     *
     * @return what the files have
     * @throws dev.millrace.problem.MillraceException {@code BACKUP_REFUSED} when there is no such table, {@code
     *     TABLE_MISMATCH} for a column that no load can have, {@code STAGING_UNAVAILABLE}; files may be left then
     * @throws dev.millrace.worker.StoppedException when the attempt was stopped; likewise
     */
    default TableBackup.Contents backUp(TableBackup backup, TaskContext context) throws InterruptedException {
        throw new MillraceException(
                ErrorCode.BACKUP_REFUSED,
                capabilities().warehouse() + " is no warehouse whose tables can be backed up");
    }

    /**
     * Replaces a table's rows by those of a backup, or finds that the load has done so already; a table that is missing is
     * made. In the same transaction the ledger gets the load, those loads of the table that the backup doesn't have are in the
     * table no more, and the cursors of those who load it are as they were, if it is the table that was backed up.
     *
     * @return what the load did, now or before
     * @throws dev.millrace.problem.MillraceException {@code RESTORE_REFUSED} when the table can't take all that the backup
     *     has, {@code STAGING_CORRUPT}, {@code LOAD_ABORTED}; the table is as it was
     * @throws dev.millrace.worker.StoppedException when the attempt was stopped before its commit
     */
    default LoadResult restore(TableRestore restore, TaskContext context) throws InterruptedException {
        throw new MillraceException(
                ErrorCode.RESTORE_REFUSED,
                capabilities().warehouse() + " is no warehouse whose tables can be restored");
    }

    /**
     * Answers a single SELECT statement.
     *
     * @throws dev.millrace.problem.MillraceException {@code QUERY_REFUSED} or {@code QUERY_FAILED}
     */
    Query.Result query(Query query) throws InterruptedException;

    /**
     * The tables that a query reads, without running it; those that its WITH names are none.
     *
     * @return {@code dataset.table} of each, or {@code project.dataset.table} of one of another project
     * @throws dev.millrace.problem.MillraceException {@code QUERY_REFUSED} or {@code QUERY_FAILED}
     */
    default List<String> tablesOf(Query query) throws InterruptedException {
        throw unsupported();
    }

    /**
     * The version of the data that a query reads: another one after each change of that, and perhaps after others.
     *
     * @throws dev.millrace.problem.MillraceException {@code QUERY_REFUSED} or {@code QUERY_FAILED}
     */
    default String versionOf(Query query) throws InterruptedException {
        throw unsupported();
    }

    /** What is known of some tables. */
    default TableFacts tables(TableFacts.Wanted wanted) throws InterruptedException {
        throw unsupported();
    }

    /**
     * Rows of a table as they are after one load, whatever is loaded meanwhile; no load waits for it.
     *
     * @throws dev.millrace.problem.MillraceException {@code TABLE_UNKNOWN}, {@code REQUEST_INVALID}, {@code QUERY_FAILED}, or
     *     {@code PAGE_GONE} when the rows of the page before are no more
     */
    default TableRows rows(TableRows.Wanted wanted) throws InterruptedException {
        throw unsupported();
    }

    /**
     * The version of a table's rows: another one after each load.
     *
     * @throws dev.millrace.problem.MillraceException {@code TABLE_UNKNOWN}
     */
    default String versionOf(String table) throws InterruptedException {
        throw unsupported();
    }

    /**
     * All rows that are wanted as they are after one load, whatever is loaded meanwhile; no load waits for it.
     *
     * @param wanted whose limit and place don't count
     * @param format one of those of lines, or Parquet
     * @return to be closed by the caller
     * @throws dev.millrace.problem.MillraceException {@code TABLE_UNKNOWN}, {@code REQUEST_INVALID} or {@code QUERY_FAILED}
     */
    default AllRows all(TableRows.Wanted wanted, ExportFormat format) throws InterruptedException {
        throw unsupported();
    }

    private MillraceException unsupported() {
        return new MillraceException(
                ErrorCode.QUERY_REFUSED,
                capabilities().warehouse() + " is no warehouse whose tables can be read but by queries");
    }
}
