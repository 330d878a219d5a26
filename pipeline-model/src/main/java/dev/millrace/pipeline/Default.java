package dev.millrace.pipeline;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a key means when it is left out, of the pipeline file, a message or a stored document; written as it would be in
 * YAML. A component without it, and not nullable, is a key that must be there. On a sealed interface it names the variant that is meant
 * when the type is left out.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.RECORD_COMPONENT, ElementType.PARAMETER, ElementType.FIELD, ElementType.TYPE})
public @interface Default {
    String value();
}
