package dev.millrace.loader.bigquery;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.core.bind.annotation.Bindable;
import io.micronaut.core.convert.format.ReadableBytes;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;

/**
 * The configuration of BigQuery as the warehouse.
 *
 * @param project in which jobs run and in which the tables are whose names have no project; null: that of
 *     {@code millrace.gcp.project}
 * @param location of jobs, and of datasets that are created: https://cloud.google.com/bigquery/docs/locations
 * @param dataset of the ledger
 * @param stageDataset of stage tables; null: the destination's
 * @param createDatasets whether a dataset that is missing is created
 * @param stageExpiration after which BigQuery deletes a stage table that was left behind
 * @param maximumBytesBilled by a commit or query, above which it fails and costs nothing; null: no limit
 * @param priority of commits
 * @param jobTimeout after which BigQuery ends a job
 * @param queryTimeout after which a query is cancelled
 * @param queryBytes that the values of one answer may take in memory
 * @param dailyLoads of one table that are warned of
 */
@ConfigurationProperties("millrace.warehouse.bigquery")
record BigQueryConfig(
        @Nullable String project,
        @Bindable(defaultValue = "US") String location,

        @Bindable(defaultValue = "millrace") @Pattern(regexp = "[A-Za-z0-9_]+")
        String dataset,

        @Nullable @Pattern(regexp = "[A-Za-z0-9_]+") String stageDataset,
        @Bindable(defaultValue = "true") boolean createDatasets,
        @Bindable(defaultValue = "24h") Duration stageExpiration,
        @Nullable @Min(1) Long maximumBytesBilled,
        @Bindable(defaultValue = "interactive") Priority priority,
        @Bindable(defaultValue = "6h") Duration jobTimeout,
        @Bindable(defaultValue = "60s") Duration queryTimeout,

        @Bindable(defaultValue = "32MB") @ReadableBytes @Min(1)
        long queryBytes,

        @Bindable(defaultValue = "1200") @Min(1) long dailyLoads) {
    /** https://cloud.google.com/bigquery/docs/running-queries */
    enum Priority {
        INTERACTIVE,
        /** Waits for idle resources. */
        BATCH
    }
}
