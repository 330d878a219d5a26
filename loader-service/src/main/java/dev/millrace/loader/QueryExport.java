package dev.millrace.loader;

import dev.millrace.pipeline.ExportFormat;
import dev.millrace.staging.StagingStore;
import io.micronaut.core.annotation.Nullable;

/**
 * A file that is to be written of what a query selects.
 *
 * @param run for whoever reads the warehouse's list of jobs
 * @param target of the file, for people
 * @param sql of users, unchecked
 * @param store that takes the file
 * @param file its name there; nobody else writes it
 * @param credentials name of the Google credentials to read with; null: those of the service
 */
public record QueryExport(
        String run,
        String target,
        String sql,
        ExportFormat format,
        StagingStore store,
        String file,
        @Nullable String credentials) {}
