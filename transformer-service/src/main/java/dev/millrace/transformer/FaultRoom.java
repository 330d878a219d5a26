package dev.millrace.transformer;

import dev.millrace.staging.Fault;
import dev.millrace.transformer.json.InvalidFieldValue;
import dev.millrace.transformer.value.ColumnReader;
import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.List;

/**
 * The place for what is wrong with records that are shaped at once: all of it, up to a limit, beyond which only the first
 * fault of each record is kept. Very many records that lack very many columns are short. For one thread.
 */
final class FaultRoom {
    /** Of one record, whose columns may be thousands. */
    private static final int MOST_OF_RECORD = 1_000;

    private int further = 100_000;

    /** Values of columns that reject the record. */
    static final class RejectedRow extends Exception {
        private final transient List<Fault> faults;

        /** Without a stack trace: there may be one for each record. */
        private RejectedRow(List<Fault> faults) {
            super(faults.getFirst().reason(), null, false, false);
            this.faults = faults;
        }

        /** In the order of the columns, at least one. */
        List<Fault> faults() {
            return faults;
        }
    }

    OfRow faults() {
        return new OfRow();
    }

    /** The faults of one row; of nearly all rows there are none. */
    final class OfRow {
        private @Nullable List<Fault> found;

        void add(ColumnReader column, InvalidFieldValue invalid) {
            if (found == null) {
                found = new ArrayList<>();
            } else if (further == 0 || found.size() == MOST_OF_RECORD) {
                return;
            } else {
                further--;
            }
            String path = column.column().name() + invalid.path();
            found.add(new Fault(path, invalid.value(), invalid.kind(), path + " " + invalid.reason()));
        }

        void check() throws RejectedRow {
            if (found != null) {
                throw new RejectedRow(found);
            }
        }
    }
}
