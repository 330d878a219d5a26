package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.JobId;
import io.micronaut.serde.annotation.Serdeable;

/**
 * The project and location in which all jobs of one load run. A job's id is unique within a project and a location
 * only, so a load keeps the location that it had first, whatever the configuration says by then.
 *
 * @param dataset of the ledger, in that project and location
 */
@Serdeable
record JobLocation(String project, String location, String dataset) {
    JobId job(String name) {
        return JobId.newBuilder()
                .setProject(project)
                .setLocation(location)
                .setJob(name)
                .build();
    }

    Table ledger() {
        return new Table(project, dataset, "ledger");
    }
}
