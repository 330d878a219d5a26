package dev.millrace.pipeline;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Which references a text, or the values of a mapping, may hold. A component without it takes none. */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.PARAMETER, ElementType.FIELD})
public @interface References {
    Allowed value();

    enum Allowed {
        NONE,
        /** Any number of {@link SecretReference}s. */
        SECRETS,
        /** {@link DayReference}s. */
        DAY,
        /** Secret references, and what a run knows: {@link DayReference}s and {@link CursorReference}s. */
        SECRETS_AND_RUN,
        /** At least one secret reference: what it stands for must not be in the file. */
        SECRET_REQUIRED
    }
}
