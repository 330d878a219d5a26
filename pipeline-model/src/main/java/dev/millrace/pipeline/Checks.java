package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import java.util.ArrayList;
import java.util.List;

/** Collects all that is wrong with a record, so that whoever wrote it hears of everything at once. */
public final class Checks {
    private final List<InvalidValue.Violation> violations = new ArrayList<>();

    /** @see InvalidValue.Violation */
    public void that(boolean valid, String field, @Nullable Object found, String expected) {
        if (!valid) {
            violations.add(new InvalidValue.Violation(field, String.valueOf(found), expected));
        }
    }

    /** Takes over what is wrong with a part that stands in {@code field}; empty: with the record itself. */
    public void all(String field, InvalidValue part) {
        for (InvalidValue.Violation wrong : part.violations()) {
            String path =
                    field.isEmpty() || wrong.field().isEmpty() ? field + wrong.field() : field + "." + wrong.field();
            violations.add(new InvalidValue.Violation(path, wrong.found(), wrong.expected()));
        }
    }

    /** @throws InvalidValue when something was wrong */
    public void done() {
        if (!violations.isEmpty()) {
            throw new InvalidValue(violations);
        }
    }
}
