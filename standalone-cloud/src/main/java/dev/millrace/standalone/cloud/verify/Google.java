package dev.millrace.standalone.cloud.verify;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.auth.Credentials;
import com.google.cloud.NoCredentials;
import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.BigQueryOptions;
import com.google.cloud.bigquery.Dataset;
import com.google.cloud.bigquery.DatasetId;
import com.google.cloud.bigquery.DatasetInfo;
import com.google.cloud.bigquery.InsertAllRequest;
import com.google.cloud.bigquery.InsertAllResponse;
import com.google.cloud.bigquery.Job;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.JobStatistics;
import com.google.cloud.bigquery.Table;
import com.google.cloud.bigquery.TableId;
import com.google.cloud.bigquery.TableInfo;
import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.StorageOptions;
import dev.failsafe.RetryPolicy;
import dev.millrace.service.Retries;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What a person would do beside Millrace: look at tables, make a mess of them, and clean up. By the client libraries. */
final class Google {
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration LIFETIME = Duration.ofDays(1);
    private static final Duration STREAMING_ALLOWED = Duration.ofMinutes(3);
    private static final Duration PAUSE = Duration.ofSeconds(5);

    private final Target target;
    private final BigQuery bigquery;
    private final Storage storage;

    /** @throws IOException when there are no application-default credentials */
    Google(Target target) throws IOException {
        Credentials credentials = target.credentials();
        this.target = target;
        this.bigquery = BigQueryOptions.newBuilder()
                .setProjectId(target.project())
                .setLocation(target.location())
                .setHost(target.bigquery().toString())
                .setCredentials(credentials)
                .build()
                .getService();
        this.storage = StorageOptions.newBuilder()
                .setProjectId(target.project())
                .setHost(target.storage().toString())
                .setCredentials(credentials)
                .build()
                .getService();
    }

    /** Makes the datasets, whose tables expire even if nobody comes to delete them, and tries the bucket. */
    void prepare(Names names) {
        for (String dataset : List.of(names.tables(), names.ledger())) {
            bigquery.create(DatasetInfo.newBuilder(target.project(), dataset)
                    .setLocation(target.location())
                    .setDescription("Made by millrace verify-cloud, which deletes it when it ends.")
                    .setDefaultTableLifetime(LIFETIME.toMillis())
                    .build());
        }
        storage.create(
                BlobInfo.newBuilder(target.bucket(), names.folder() + "/started")
                        .build(),
                names.id().getBytes(StandardCharsets.UTF_8),
                Storage.BlobTargetOption.doesNotExist());
    }

    /** Deletes all that a call has made, and returns what it was. */
    List<String> remove(Names names) {
        List<String> removed = new ArrayList<>();
        List<String> datasets = datasets(names.tables());
        datasets.parallelStream().forEach(this::deleteDataset);
        datasets.forEach(dataset -> removed.add("dataset " + dataset));
        List<BlobId> objects = new ArrayList<>();
        for (String prefix : List.of(names.folder() + "/", names.tables())) {
            for (Blob blob : list(prefix)) {
                objects.add(blob.getBlobId());
            }
        }
        if (!objects.isEmpty()) {
            objects.parallelStream().forEach(storage::delete);
            removed.add(objects.size() + " objects in gs://" + target.bucket());
        }
        return removed;
    }

    /** Deletes what calls have left behind that were killed. */
    List<String> removeLeftovers(Names names, Instant now) {
        Set<String> ids = new TreeSet<>();
        datasets(names.datasets()).forEach(name -> Names.left(name, now).ifPresent(ids::add));
        for (String prefix : List.of(Names.FOLDER, names.datasets())) {
            for (Blob blob : list(prefix)) {
                Names.left(blob.getName(), now).ifPresent(ids::add);
            }
        }
        List<String> removed = new ArrayList<>();
        ids.forEach(id -> removed.addAll(remove(new Names(names.dataset(), id))));
        return removed;
    }

    private List<String> datasets(String prefix) {
        List<String> found = new ArrayList<>();
        for (Dataset dataset : bigquery.listDatasets(target.project()).iterateAll()) {
            String name = dataset.getDatasetId().getDataset();
            if (name.startsWith(prefix)) {
                found.add(name);
            }
        }
        return found;
    }

    /** Deletes a dataset with its tables, if it is there. */
    void deleteDataset(String dataset) {
        bigquery.delete(DatasetId.of(target.project(), dataset), BigQuery.DatasetDeleteOption.deleteContents());
    }

    private Iterable<Blob> list(String prefix) {
        return storage.list(target.bucket(), Storage.BlobListOption.prefix(prefix))
                .iterateAll();
    }

    List<String> objects(String prefix) {
        List<String> names = new ArrayList<>();
        list(prefix).forEach(blob -> names.add(blob.getName()));
        return names;
    }

    void write(String object, String text) {
        storage.create(
                BlobInfo.newBuilder(target.bucket(), object).build(),
                text.getBytes(StandardCharsets.UTF_8),
                Storage.BlobTargetOption.doesNotExist());
    }

    String text(String object) {
        return new String(storage.readAllBytes(target.bucket(), object), StandardCharsets.UTF_8);
    }

    Table table(String dataset, String table) throws Mismatch {
        Table found = bigquery.getTable(TableId.of(target.project(), dataset, table));
        if (found == null) {
            throw new Mismatch("a table " + dataset + "." + table, "none");
        }
        return found;
    }

    boolean hasTable(String dataset, String table) {
        return bigquery.getTable(TableId.of(target.project(), dataset, table)) != null;
    }

    boolean hasDataset(String dataset) {
        return bigquery.getDataset(DatasetId.of(target.project(), dataset)) != null;
    }

    void update(TableInfo table) {
        bigquery.update(table);
    }

    /**
     * Adds a row by way of the streaming buffer, which may take a while to know a table that is new.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/streaming-data-into-bigquery#dataavailability">Streaming</a>
     */
    void stream(String dataset, String table, Map<String, Object> row) throws InterruptedException, Mismatch {
        RetryPolicy<InsertAllResponse> whileUnknown = RetryPolicy.<InsertAllResponse>builder()
                .handleIf(failure -> failure instanceof BigQueryException e && e.getCode() == 404)
                .withDelay(PAUSE)
                .withMaxAttempts(-1)
                .withMaxDuration(STREAMING_ALLOWED)
                .build();
        InsertAllRequest request = InsertAllRequest.newBuilder(TableId.of(target.project(), dataset, table))
                .addRow(row)
                .build();
        InsertAllResponse answer = Retries.run(whileUnknown, _ -> bigquery.insertAll(request));
        if (answer.hasErrors()) {
            throw new Mismatch("a row that is streamed", String.valueOf(answer.getInsertErrors()));
        }
    }

    /**
     * What BigQuery answers to a job whose id there is already: a status and a reason. Asked without the client library,
     * which reads the job that is there instead, and says nothing of it.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/insert">jobs.insert</a>
     */
    String secondJob(String id) throws IOException, InterruptedException {
        URI uri = URI.create(target.bigquery() + "/bigquery/v2/projects/" + target.project() + "/jobs");
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .timeout(Duration.ofMinutes(1))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(Map.of(
                        "jobReference",
                        Map.of("projectId", target.project(), "location", target.location(), "jobId", id),
                        "configuration",
                        Map.of("query", Map.of("query", "SELECT 1 AS one", "useLegacySql", false))))));
        Credentials credentials = target.credentials();
        if (!(credentials instanceof NoCredentials)) { // they have no metadata to ask for
            credentials
                    .getRequestMetadata(uri)
                    .forEach((name, values) -> values.forEach(value -> request.header(name, value)));
        }
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return answer.statusCode() + " "
                    + JSON.readTree(answer.body()).at("/error/errors/0/reason").asText();
        }
    }

    boolean hasJob(String id) {
        return bigquery.getJob(id(id)) != null;
    }

    /** What the jobs are charged for; one that can't be found counts nothing. */
    long billed(Collection<String> jobs) {
        long bytes = 0;
        for (String id : jobs) {
            Job job = bigquery.getJob(id(id));
            if (job != null && job.getStatistics() instanceof JobStatistics.QueryStatistics statistics) {
                Long billed = statistics.getTotalBytesBilled();
                bytes += billed == null ? 0 : billed;
            }
        }
        return bytes;
    }

    private JobId id(String job) {
        return JobId.newBuilder()
                .setProject(target.project())
                .setLocation(target.location())
                .setJob(job)
                .build();
    }
}
