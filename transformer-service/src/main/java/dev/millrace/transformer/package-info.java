/** Shapes staged records into rows of the declared types, or says why it can't. */
@Configuration
@Requires(env = "transformer")
package dev.millrace.transformer;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
