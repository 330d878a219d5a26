/** Owns the warehouse: loads staged rows into tables, once, and answers queries. */
@Configuration
@Requires(env = "loader")
package dev.millrace.loader;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
