package dev.millrace.extractor.secret;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import java.nio.file.Path;

/** @param folder with one file for each secret; null: secrets come from the environment only */
@ConfigurationProperties("millrace.secrets")
record SecretsConfig(@Nullable Path folder) {}
