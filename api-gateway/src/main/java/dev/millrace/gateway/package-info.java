/** Owns the runs: accepts, dispatches, watches and closes them, and answers the public API. */
@Configuration
@Requires(env = "api-gateway")
package dev.millrace.gateway;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
