package dev.millrace.loader.bucket;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import java.nio.file.Path;

/** @param folder whose subfolders are the buckets that pipelines may publish to, made when missing; null: none may */
@ConfigurationProperties("millrace.publish")
record PublishConfig(@Nullable Path folder) {}
