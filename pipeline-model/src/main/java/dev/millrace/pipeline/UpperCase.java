package dev.millrace.pipeline;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The constants are BigQuery's names and written as BigQuery writes them; those of other enums in lower case. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
@interface UpperCase {}
