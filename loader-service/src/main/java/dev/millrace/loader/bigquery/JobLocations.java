package dev.millrace.loader.bigquery;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;

/** The location of each load's jobs, kept in the run's folder of staging, where every attempt and abort finds it. */
final class JobLocations {
    private final JobLocation configured;
    private final StagingStore staging;
    private final ObjectMapper json;

    JobLocations(JobLocation configured, StagingStore staging, ObjectMapper json) {
        this.configured = configured;
        this.staging = staging;
        this.json = json;
    }

    /** Where the load's jobs run: the first that asks decides. */
    JobLocation of(String load) {
        String path = "runs/" + load + "/bigquery.json";
        try {
            if (staging.createIfAbsent(path, json.writeValueAsBytes(configured))) {
                return configured;
            }
            try (InputStream in = staging.open(path)) {
                JobLocation location = json.readValue(in, Argument.of(JobLocation.class));
                if (location != null) {
                    return location;
                }
            }
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.STAGING_CORRUPT, path + " can't be read", e);
        }
        throw new MillraceException(ErrorCode.STAGING_CORRUPT, path + " is empty");
    }
}
