package dev.millrace.standalone.process;

import java.net.URI;
import java.util.Map;

/**
 * Google Cloud's services on this machine, which take the place of the folder for staging, of the DuckDB file and of the
 * secrets' files.
 *
 * @param http of Cloud Storage and BigQuery
 * @param secretManager gRPC without TLS
 * @param bucket for staging, which is there
 */
public record Cloud(URI http, URI secretManager, String project, String bucket) {
    private static final String LOCATION = "EU";

    /** What a service has to know to use them; the same for all services. */
    Map<String, Object> properties() {
        return Map.of(
                "millrace.gcp.project",
                project,
                "millrace.gcp.authentication",
                "none",
                "millrace.gcp.storage-host",
                http.toString(),
                "millrace.gcp.bigquery-host",
                http.toString(),
                "millrace.gcp.secret-manager-host",
                secretManager.toString(),
                "millrace.staging.type",
                "gcs",
                "millrace.staging.bucket",
                bucket,
                "millrace.secrets.type",
                "secret-manager",
                "millrace.warehouse.type",
                "bigquery",
                "millrace.warehouse.bigquery.location",
                LOCATION);
    }
}
