package dev.millrace.service;

import io.micronaut.aop.Around;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A declarative client whose methods call other services. Each request has a {@link Permission}, which becomes its
 * {@linkplain ServiceTokens token}, and goes once, since only the caller knows what a repetition means. A method returns
 * the answer, whatever its status; where there is none in time, or a successful one can't be read, it throws a
 * {@link dev.millrace.problem.MillraceException} with {@code SERVICE_UNAVAILABLE}, and an {@link InterruptedException}
 * when its thread is interrupted, after which the call may have arrived.
 */
@Around
@WithToken
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface ServiceCall {}
