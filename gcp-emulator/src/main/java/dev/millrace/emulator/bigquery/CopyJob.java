package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Copies what a table was at a time, all or nothing.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/access-historical-data#restore-a-table">Restore a table from a point
 *     in time</a>
 */
final class CopyJob {
    private static final Pattern AT = Pattern.compile("(.+)@([0-9]{1,18})");

    private final Tables tables;
    private final JobFaults faults;
    private final Job job;

    CopyJob(Tables tables, JobFaults faults, Job job) {
        this.tables = tables;
        this.faults = faults;
        this.job = job;
    }

    /** What is checked before a job is made. */
    static void check(JsonNode configuration) {
        String operation = configuration.path("operationType").asText("COPY");
        if (!operation.equals("COPY")) {
            throw Errors.invalid("The emulator does not know the operationType " + operation + " of a copy job");
        }
        if (!AT.matcher(source(configuration).path("tableId").asText()).matches()) {
            throw Errors.invalid("The emulator copies one table, as it was at a time: table@milliseconds");
        }
        String expires = configuration.path("destinationExpirationTime").asText("");
        try {
            if (!expires.isEmpty()) {
                Instant.parse(expires);
            }
        } catch (DateTimeException e) {
            throw Errors.invalid("Invalid value for destinationExpirationTime: " + expires);
        }
    }

    private static JsonNode source(JsonNode configuration) {
        JsonNode several = configuration.path("sourceTables");
        return several.size() == 1 ? several.path(0) : configuration.path("sourceTable");
    }

    void run() throws SQLException, InterruptedException {
        ObjectNode configuration = (ObjectNode) job.configuration().path("copy");
        TableName source = Catalog.reference((ObjectNode) source(configuration));
        Matcher at = AT.matcher(source.table());
        if (!at.matches()) {
            throw Errors.invalid("Invalid table ID \"" + source.table() + "\".");
        }
        faults.beforeCommit(job.id());
        job.checkStopped();
        long rows = tables.copy(
                new TableName(source.project(), source.dataset(), at.group(1)),
                Long.parseLong(at.group(2)),
                configuration,
                job.location());
        job.statistics("copy").put("copiedRows", Long.toString(rows));
    }
}
