package dev.millrace.task;

import dev.millrace.pipeline.Default;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/**
 * The columns that the records of a {@link Sample} would fill: what the transformer answers to a {@link Wanted} at {@code
 * POST /proposals}. Each takes every value of the sample.
 *
 * @param records that were looked at; those that are no JSON object are not among them
 * @param keys names of the columns by which the source tells records apart; empty: it doesn't say
 */
@Serdeable
public record Proposal(
        long records,
        List<ProposedColumn> columns,
        @Default("[]") List<String> keys) {
    public Proposal {
        columns = List.copyOf(columns);
        keys = List.copyOf(keys);
    }

    /**
     * @param flat whether fields don't nest, so that {@code from} is a name and no path
     * @param keys names of columns that rows are found by again
     */
    @Serdeable
    public record Wanted(Sample sample, boolean flat, List<String> keys) {
        public Wanted {
            keys = List.copyOf(keys);
        }
    }

    /**
     * @param from name or path of the field; null: it is called as the column is
     * @param type BigQuery's name of it
     * @param fields of a RECORD; empty for every other type
     * @param nulls records, or objects around it, that lack it or have null there
     * @param of how many there were
     * @param example the first value, shortened; null where there is none to be shown
     * @param note what to look at; null: nothing
     */
    @Serdeable
    public record ProposedColumn(
            String name,
            @Nullable String from,
            String type,
            String mode,
            List<ProposedColumn> fields,
            long nulls,
            long of,
            @Nullable String example,
            @Nullable String note) {
        public ProposedColumn {
            fields = List.copyOf(fields);
        }

        /**
         * The same of another type.
         *
         * @param other which has no fields, if it is another one
         */
        public ProposedColumn ofType(String other, @Nullable String otherNote) {
            boolean same = other.equals(type);
            String otherMode = !same && mode.equals("REPEATED") ? "NULLABLE" : mode;
            return new ProposedColumn(
                    name, from, other, otherMode, same ? fields : List.of(), nulls, of, example, otherNote);
        }
    }
}
