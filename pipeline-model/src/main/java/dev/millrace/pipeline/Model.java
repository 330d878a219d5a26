package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;

/**
 * A table that is made of loaded tables, by SQL in the warehouse.
 *
 * @param after names of the endpoints and models of the same pipeline that it runs after; may be empty
 * @param sql one SELECT in the warehouse's dialect; the warehouse checks it when it runs
 */
@Serdeable
@Doc("A table that is made of loaded tables, by SQL in the warehouse.")
public record Model(
        @Default("[]") @Doc("Endpoints and models that it runs after, whenever one of them has run.")
        List<String> after,

        @Doc("The table that it fills.") Destination.Table destination,

        @Doc("One SELECT over tables of the warehouse, in its dialect.")
        String sql,

        @Doc("After how long without a successful run its table is stale, for example 26h.") @Nullable
        Duration staleAfter)
        implements FileRules {
    public Model {
        Checks checks = new Checks();
        Endpoint.checkStaleAfter(checks, staleAfter);
        after = List.copyOf(after);
        checks.that(new HashSet<>(after).size() == after.size(), "after", after, "each name once");
        checks.that(!sql.isBlank(), "sql", "nothing", "one SELECT");
        checks.done();
    }

    @Override
    public void check(Checks checks) {
        checks.that(
                !destination.write().hasKeys(),
                "destination.write",
                destination.write() == Write.MERGE ? "merge" : "insert-only",
                "replace or append: rows of a query have no order, so none of two with the same key is the later one");
        for (int i = 0; i < destination.checks().size(); i++) {
            checks.that(
                    destination.checks().get(i).severity() != TableCheck.Severity.REJECT,
                    "destination.checks[" + i + "].severity",
                    "reject",
                    "warn or fail: a model has no records to reject, and its query can leave rows out");
        }
    }
}
