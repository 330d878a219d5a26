package dev.millrace.task;

import io.micronaut.serde.ObjectMapper;
import io.micronaut.serde.annotation.Serdeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** What a load has found of its table's checks, in their order: as ledgers and the run database keep it. */
@Serdeable
public record CheckResults(List<CheckResult> results) {
    public CheckResults {
        results = List.copyOf(results);
    }

    /** As a ledger keeps it. */
    public String written(ObjectMapper json) {
        try {
            return json.writeValueAsString(this);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
