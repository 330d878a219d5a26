package dev.millrace.gateway.store;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.convert.ConversionContext;
import io.micronaut.data.annotation.TypeDef;
import io.micronaut.data.model.DataType;
import io.micronaut.data.model.runtime.convert.AttributeConverter;
import jakarta.inject.Singleton;
import java.util.Arrays;

/** The state of a run. */
@TypeDef(type = DataType.STRING, converter = RunState.Stored.class)
public enum RunState {
    QUEUED,
    EXTRACTING,
    TRANSFORMING,
    LOADING,
    SUCCEEDED,
    FAILED,
    /** To be cancelled as soon as the loader has made sure that nothing commits any more. */
    CANCELLING,
    CANCELLED,
    /** One that a newer version has stored, and only that knows: nothing is done about the run here. */
    UNKNOWN;

    /** All others, as SQL. */
    public static final String KNOWN =
            "('QUEUED', 'EXTRACTING', 'TRANSFORMING', 'LOADING', 'SUCCEEDED', 'FAILED', 'CANCELLING', 'CANCELLED')";

    public boolean finished() {
        return this == SUCCEEDED || this == FAILED || this == CANCELLED;
    }

    /** Reads what is stored: one row that can't be read must not keep others from being read. */
    @Singleton
    static final class Stored implements AttributeConverter<RunState, String> {
        @Override
        public @Nullable String convertToPersistedValue(@Nullable RunState state, ConversionContext context) {
            return state == null ? null : state.name();
        }

        @Override
        public @Nullable RunState convertToEntityValue(@Nullable String stored, ConversionContext context) {
            return stored == null
                    ? null
                    : Arrays.stream(values())
                            .filter(state -> state.name().equals(stored))
                            .findFirst()
                            .orElse(UNKNOWN);
        }
    }
}
