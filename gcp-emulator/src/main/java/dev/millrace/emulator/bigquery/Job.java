package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.http.ApiException;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A job and what has become of it. Safe for use by several threads.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/Job">Job</a>
 */
final class Job {
    /** A job is seen to be running before it is seen to be done, however fast it was. */
    private static final int POLLS = 2;

    private final ObjectNode resource;
    private final Clock clock;
    private final CountDownLatch finished = new CountDownLatch(1);
    private @Nullable ApiException failure;
    private Engine.@Nullable Session session;
    private boolean stopped;
    private int polls;

    /** @param resource changed while the job runs */
    Job(ObjectNode resource, Clock clock) {
        this.resource = resource;
        this.clock = clock;
        statistics().put("creationTime", now());
        resource.putObject("status").put("state", "PENDING");
    }

    /** One that was done when the emulator was stopped. */
    static Job stored(ObjectNode resource, Clock clock) {
        Job job = new Job(resource.deepCopy(), clock);
        job.resource.setAll(resource);
        JsonNode error = resource.path("status").path("errorResult");
        if (error.isObject()) {
            job.failure = new ApiException(
                    400, error.path("reason").asText(), error.path("message").asText());
        }
        job.polls = POLLS;
        job.finished.countDown();
        return job;
    }

    private String now() {
        return Long.toString(clock.millis());
    }

    String id() {
        return reference("jobId");
    }

    String project() {
        return reference("projectId");
    }

    String location() {
        return reference("location");
    }

    /** Of all jobs. */
    String key() {
        return key(project(), location(), id());
    }

    static String key(String project, String location, String id) {
        return project + ":" + location.toUpperCase(Locale.ROOT) + "." + id;
    }

    private String reference(String part) {
        return resource.path("jobReference").path(part).asText();
    }

    JsonNode configuration() {
        return resource.path("configuration");
    }

    private ObjectNode statistics() {
        return resource.withObject("/statistics");
    }

    /** @param kind load or query */
    synchronized ObjectNode statistics(String kind) {
        return resource.withObject("/statistics/" + kind);
    }

    synchronized void start(Engine.Session used) {
        session = used;
        statistics().put("startTime", now());
    }

    /** Only the first end counts. */
    synchronized void end(@Nullable ApiException error) {
        session = null;
        failure = error;
        statistics().put("endTime", now());
        ObjectNode status = resource.putObject("status").put("state", "DONE");
        if (error != null) {
            status.set("errorResult", Errors.proto(error));
            status.putArray("errors").add(Errors.proto(error));
        }
        finished.countDown();
    }

    synchronized void changed(long rows, String type) {
        resource.remove("result");
        statistics("query").remove("schema");
        statistics("query").put("numDmlAffectedRows", Long.toString(rows));
        ObjectNode counts = statistics("query").putObject("dmlStats");
        switch (type) {
            case "INSERT" -> counts.put("insertedRowCount", Long.toString(rows));
            case "DELETE", "TRUNCATE_TABLE" -> counts.put("deletedRowCount", Long.toString(rows));
            case "UPDATE" -> counts.put("updatedRowCount", Long.toString(rows));
            default -> statistics("query").remove("dmlStats");
        }
    }

    /**
     * Rows of the statement that was executed last are in a table, which the job names when it is done.
     *
     * @see <a href="https://cloud.google.com/bigquery/docs/writing-results#temporary_and_permanent_tables">Temporary and
     *     permanent tables</a>
     */
    synchronized void result(TableName table, List<Field> schema, long rows) {
        resource.putObject("result").put("rows", rows).set("fields", Field.array(schema));
        resource.withObject("/configuration/query")
                .putObject("destinationTable")
                .put("projectId", table.project())
                .put("datasetId", table.dataset())
                .put("tableId", table.table());
        statistics("query").putObject("schema").set("fields", Field.array(schema));
    }

    /** Schema and count of the result; empty when there is none. */
    synchronized ObjectNode result() {
        return resource.path("result").isObject()
                ? ((ObjectNode) resource.path("result")).deepCopy()
                : JsonNodeFactory.instance.objectNode();
    }

    /** Where the result is. */
    synchronized TableName destination() {
        return Catalog.reference(
                (ObjectNode) resource.path("configuration").path("query").path("destinationTable"));
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/cancel">jobs.cancel</a> */
    synchronized void stop() throws SQLException {
        stopped = true;
        if (session != null) {
            session.cancel();
        }
    }

    synchronized void checkStopped() {
        if (stopped) {
            throw new ApiException(200, "stopped", "Job execution was cancelled: User requested cancellation");
        }
    }

    /** Waits for the end; false when it hasn't come. */
    boolean await(long milliseconds) throws InterruptedException {
        return finished.await(milliseconds, TimeUnit.MILLISECONDS);
    }

    synchronized @Nullable ApiException failure() {
        return failure;
    }

    /** As jobs.get answers it; each look is a poll. */
    synchronized ObjectNode poll() {
        polls++;
        return view();
    }

    /** As it has been seen so far. */
    synchronized ObjectNode view() {
        ObjectNode view = resource.deepCopy();
        view.remove("result");
        if (finished.getCount() > 0 || polls < POLLS) {
            view.putObject("status").put("state", polls == 0 ? "PENDING" : "RUNNING");
        }
        return view;
    }

    /** As it is kept. */
    synchronized ObjectNode stored() {
        return resource.deepCopy();
    }
}
