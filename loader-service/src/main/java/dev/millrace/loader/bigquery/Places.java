package dev.millrace.loader.bigquery;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.StagingStore;
import io.micronaut.core.type.Argument;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;

/** Keeps the place of each load in the run's folder of staging, where every attempt and abort finds it. */
final class Places {
    private final Place configured;
    private final StagingStore staging;
    private final ObjectMapper json;

    Places(Place configured, StagingStore staging, ObjectMapper json) {
        this.configured = configured;
        this.staging = staging;
        this.json = json;
    }

    /** Where the load's jobs run: the first that asks decides. */
    Place of(String load) {
        String path = "runs/" + load + "/bigquery.json";
        try {
            if (staging.createIfAbsent(path, json.writeValueAsBytes(configured))) {
                return configured;
            }
            try (InputStream in = staging.open(path)) {
                Place place = json.readValue(in, Argument.of(Place.class));
                if (place != null) {
                    return place;
                }
            }
        } catch (IOException e) {
            throw new MillraceException(ErrorCode.STAGING_CORRUPT, path + " can't be read", e);
        }
        throw new MillraceException(ErrorCode.STAGING_CORRUPT, path + " is empty");
    }
}
