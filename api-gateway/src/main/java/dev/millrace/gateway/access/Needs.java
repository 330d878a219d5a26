package dev.millrace.gateway.access;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The role that a route needs, of which each says its own: one without is closed to everybody. A method's annotation
 * counts in the place of its class's.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Needs {
    Role value();

    /** What the route is about, so that a token which is good for some pipelines or tables only is held to these. */
    Subject about() default Subject.EVERYTHING;

    /** Roles outside of these, as the framework names them, that open the route as well. */
    String[] alsoFor() default {};

    /** What a route is about. */
    enum Subject {
        /** All that there is: closed to a token that is good for some of it. */
        EVERYTHING,
        /** The caller, or nothing that is kept here. */
        NOTHING,
        /** The route leaves out what the caller's {@link Scope} doesn't have. */
        LIST,
        /** The pipeline that the path's {@code pipeline} names. */
        PIPELINE,
        /** The pipeline of the run that the path's {@code id} names. */
        RUN,
        /** The pipeline of the batch that the path's {@code id} names. */
        BATCH,
        /** The pipeline of the backfill that the path's {@code id} names. */
        BACKFILL,
        /** The table that the path's {@code table} names. */
        TABLE
    }
}
