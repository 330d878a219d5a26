package dev.millrace.transformer.json;

import dev.millrace.staging.Fault;
import io.micronaut.core.annotation.Nullable;

/** A value that its column can't hold unchanged. The message is one sentence for the reject. */
public final class InvalidFieldValue extends Exception {
    private final String path;
    private final @Nullable String value;
    private final boolean located;
    private final Fault.Kind kind;

    public InvalidFieldValue(String reason) {
        this(reason, "", null, false, Fault.Kind.VALUE_INVALID);
    }

    /** There is no value where there has to be one. */
    public static InvalidFieldValue missing(String reason) {
        return new InvalidFieldValue(reason, "", null, false, Fault.Kind.VALUE_MISSING);
    }

    /** Without a stack trace: there may be one for each record. */
    private InvalidFieldValue(String reason, String path, @Nullable String value, boolean located, Fault.Kind kind) {
        super(reason, null, false, false);
        this.kind = kind;
        this.path = path;
        this.value = value;
        this.located = located;
    }

    public String reason() {
        return String.valueOf(getMessage());
    }

    public Fault.Kind kind() {
        return kind;
    }

    /** Where in the column the value stands, such as {@code [3].amount}; empty for the column itself. */
    public String path() {
        return path;
    }

    /** As it was sent; null when nothing was. */
    @Nullable
    public String value() {
        return value;
    }

    /**
     * The same, seen from the array or record that the value stands in.
     *
     * @param step from there to the value, empty for the value itself
     * @param field what was sent for the value
     */
    public InvalidFieldValue at(String step, Field field) {
        String sent = field.isNothing() ? null : field.text();
        return new InvalidFieldValue(reason(), step + path, located ? value : sent, true, kind);
    }
}
