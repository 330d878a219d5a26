package dev.millrace.emulator.bigquery;

import dev.millrace.emulator.bigquery.googlesql.TableName;
import java.util.HashMap;
import java.util.Map;

/**
 * Who changes or removes rows of which table. Of two transactions at once the second is aborted; a statement outside of
 * a transaction waits. Rows may be added at any time.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/transactions#transaction_concurrency">Transaction concurrency</a>
 */
final class Locks {
    private final Map<TableName, Holder> holders = new HashMap<>();
    private final Map<TableName, Long> changed = new HashMap<>();
    private long clock;

    /** A transaction, or a statement of its own. */
    static final class Holder {
        private final boolean transaction;
        private final long since;

        private Holder(boolean transaction, long since) {
            this.transaction = transaction;
            this.since = since;
        }
    }

    synchronized Holder open(boolean transaction) {
        return new Holder(transaction, clock);
    }

    synchronized void take(Holder holder, TableName table) throws InterruptedException {
        if (holder.transaction) {
            Holder other = holders.get(table);
            if ((other != null && other != holder) || changed.getOrDefault(table, 0L) > holder.since) {
                throw Errors.concurrentUpdate(table);
            }
        }
        while (holders.get(table) != null && holders.get(table) != holder) {
            wait();
        }
        holders.put(table, holder);
    }

    synchronized void release(Holder holder, boolean committed) {
        clock++;
        holders.entrySet().removeIf(entry -> {
            boolean held = entry.getValue() == holder;
            if (held && committed) {
                changed.put(entry.getKey(), clock);
            }
            return held;
        });
        notifyAll();
    }
}
