package dev.millrace.pipeline.inline;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.millrace.pipeline.Checks;
import dev.millrace.pipeline.Doc;
import dev.millrace.pipeline.FileRules;
import dev.millrace.pipeline.Read;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The records of one endpoint. */
@Serdeable
@JsonTypeName("inline")
@Doc("What to read of the pipeline file.")
public record InlineRead(
        @Doc("The records, each of names and texts.") List<Map<String, String>> rows) implements Read, FileRules {
    public InlineRead {
        rows = List.copyOf(rows);
    }

    @Override
    public Scope scope() {
        return Scope.EVERYTHING;
    }

    @Override
    public @Nullable String cursorName() {
        return null;
    }

    @Override
    public void check(Checks checks) {
        checks.that(!rows.isEmpty(), "rows", "none", "at least one record");
    }

    @Override
    public @Nullable String keyWithDay(Predicate<String> about) {
        return null;
    }

    @Override
    public boolean isFlat() {
        return true;
    }

    @Override
    public @Nullable String keyForNames() {
        return null;
    }

    @Override
    public InlineRead named(List<String> fields) {
        return this;
    }
}
