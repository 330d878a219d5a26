/** Reads sources and stages what they hold, record by record, as it was sent. */
@Configuration
@Requires(env = "extractor")
package dev.millrace.extractor;

import io.micronaut.context.annotation.Configuration;
import io.micronaut.context.annotation.Requires;
