package dev.millrace.gateway.store;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.convert.ConversionContext;
import io.micronaut.data.annotation.TypeDef;
import io.micronaut.data.model.DataType;
import io.micronaut.data.model.runtime.convert.AttributeConverter;
import jakarta.inject.Singleton;
import java.util.Arrays;

/** The state of a step of a run. */
@TypeDef(type = DataType.STRING, converter = TaskState.Stored.class)
public enum TaskState {
    /** Not to be posted before the runs that its run comes after have ended. */
    WAITING,
    /** To be posted to its service. */
    READY,
    /** Posted, or about to be. */
    DISPATCHED,
    /** Done by the tasks of its slices. */
    SLICED,
    DONE,
    FAILED,
    /** The run was cancelled meanwhile. */
    STOPPED,
    /** One that a newer version has stored, and only that knows: nothing is done about the task here. */
    UNKNOWN;

    /** Reads what is stored: one row that can't be read must not keep others from being read. */
    @Singleton
    static final class Stored implements AttributeConverter<TaskState, String> {
        @Override
        public @Nullable String convertToPersistedValue(@Nullable TaskState state, ConversionContext context) {
            return state == null ? null : state.name();
        }

        @Override
        public @Nullable TaskState convertToEntityValue(@Nullable String stored, ConversionContext context) {
            return stored == null
                    ? null
                    : Arrays.stream(values())
                            .filter(state -> state.name().equals(stored))
                            .findFirst()
                            .orElse(UNKNOWN);
        }
    }
}
