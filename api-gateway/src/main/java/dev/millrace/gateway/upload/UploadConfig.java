package dev.millrace.gateway.upload;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.bind.annotation.Bindable;
import jakarta.validation.constraints.Min;

/**
 * @param maxBytes of a file that somebody sends
 * @param maxRows that it may have, those that can't be loaded included
 */
@ConfigurationProperties("millrace.gateway.upload")
record UploadConfig(
        @Bindable(defaultValue = "8388608") @Min(1) long maxBytes,
        @Bindable(defaultValue = "1000") @Min(1) int maxRows) {}
