package dev.millrace.task;

import dev.millrace.format.Documents;
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

    /** @throws UncheckedIOException when the text is nothing of the kind */
    public static CheckResults read(String text, ObjectMapper json) {
        try {
            return Documents.read(text, CheckResults.class, json);
        } catch (IOException e) {
            throw new UncheckedIOException("what was found of checks can't be read", e);
        }
    }

    /** What {@link #read} reads. */
    public String written(ObjectMapper json) {
        try {
            return json.writeValueAsString(this);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
