package dev.millrace.loader;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import jakarta.validation.constraints.Min;

/**
 * What queries may take of the loader.
 *
 * @param queries that run at once; further ones wait
 */
@ConfigurationProperties("millrace.warehouse")
record QueryConfig(@Bindable(defaultValue = "4") @Min(1) int queries) {}
