package dev.millrace.pipeline;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a component whose own keys stand in the file beside those of the record that it is of. Its type is a record; or
 * an interface of which that variant is meant that has the name of the pipeline's {@link Source}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Flat {}
