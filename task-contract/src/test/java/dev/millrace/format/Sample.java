package dev.millrace.format;

import dev.millrace.problem.Problem;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Reject;
import dev.millrace.staging.SlicePlan;
import dev.millrace.task.Abort;
import dev.millrace.task.BackupList;
import dev.millrace.task.Checks;
import dev.millrace.task.Claim;
import dev.millrace.task.CommittedLoads;
import dev.millrace.task.CursorChange;
import dev.millrace.task.Cursors;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.PermitRequest;
import dev.millrace.task.Preview;
import dev.millrace.task.Proposal;
import dev.millrace.task.Query;
import dev.millrace.task.Report;
import dev.millrace.task.Rollback;
import dev.millrace.task.RunLogCopy;
import dev.millrace.task.SourceTables;
import dev.millrace.task.TableFacts;
import dev.millrace.task.TableRows;
import dev.millrace.task.TableSchema;
import dev.millrace.task.Task;
import dev.millrace.task.TokenRequest;
import dev.millrace.task.TokenReturn;
import dev.millrace.task.WriteCheck;
import dev.millrace.warehouse.Capabilities;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A message or document as some version writes it.
 *
 * @param name of its file, without its ending
 */
record Sample(String name, Class<?> type, String text) {
    private static final Path RESOURCES = Path.of("src/test/resources");

    /** What a sample is, by how its name begins; the first that fits. */
    private static final Map<String, Class<?>> TYPES = new LinkedHashMap<>();

    static {
        TYPES.put("task-", Task.class);
        TYPES.put("claim-", Claim.class);
        TYPES.put("report-", Report.class);
        TYPES.put("heartbeat-answer", Heartbeat.Answer.class);
        TYPES.put("permit-request", PermitRequest.class);
        TYPES.put("permit-grant", PermitRequest.Grant.class);
        TYPES.put("token-request", TokenRequest.class);
        TYPES.put("token-grant", TokenRequest.Grant.class);
        TYPES.put("token-return-answer", TokenReturn.Answer.class);
        TYPES.put("token-return", TokenReturn.class);
        TYPES.put("capabilities", Capabilities.class);
        TYPES.put("abort-closed", Abort.Answer.class);
        TYPES.put("abort-already-committed", Abort.Answer.class);
        TYPES.put("abort", Abort.class);
        TYPES.put("rollback-done", Rollback.Done.class);
        TYPES.put("rollback", Rollback.class);
        TYPES.put("run-log-copy", RunLogCopy.class);
        TYPES.put("cursor-change", CursorChange.class);
        TYPES.put("committed-loads-wanted", CommittedLoads.Wanted.class);
        TYPES.put("committed-loads", CommittedLoads.class);
        TYPES.put("table-schema-wanted", TableSchema.Wanted.class);
        TYPES.put("table-schema", TableSchema.class);
        TYPES.put("cursors-wanted", Cursors.Wanted.class);
        TYPES.put("cursors", Cursors.class);
        TYPES.put("sample-wanted", dev.millrace.task.Sample.Wanted.class);
        TYPES.put("sample", dev.millrace.task.Sample.class);
        TYPES.put("checks", Checks.class);
        TYPES.put("backup-list-wanted", BackupList.Wanted.class);
        TYPES.put("backup-list", BackupList.class);
        TYPES.put("write-check-wanted", WriteCheck.Wanted.class);
        TYPES.put("write-check", WriteCheck.class);
        TYPES.put("tables-wanted", SourceTables.Wanted.class);
        TYPES.put("tables", SourceTables.class);
        TYPES.put("proposal-wanted", Proposal.Wanted.class);
        TYPES.put("proposal", Proposal.class);
        TYPES.put("preview-wanted", Preview.Wanted.class);
        TYPES.put("preview", Preview.class);
        TYPES.put("table-facts-wanted", TableFacts.Wanted.class);
        TYPES.put("table-facts", TableFacts.class);
        TYPES.put("table-rows-wanted", TableRows.Wanted.class);
        TYPES.put("table-rows", TableRows.class);
        TYPES.put("query-result", Query.Result.class);
        TYPES.put("query-tables", Query.Tables.class);
        TYPES.put("query-versioned", Query.Versioned.class);
        TYPES.put("query", Query.class);
        TYPES.put("slice-plan", SlicePlan.class);
        TYPES.put("manifest", Manifest.class);
        TYPES.put("reject", Reject.class);
        TYPES.put("problem", Problem.class);
    }

    /** The samples in a folder of the test's resources, by their names; at least one. */
    static Stream<Sample> of(String folder) {
        try (Stream<Path> files = Files.list(RESOURCES.resolve(folder))) {
            List<Sample> samples = files.sorted().map(Sample::read).toList();
            if (samples.isEmpty()) {
                throw new IllegalStateException("no samples in " + folder);
            }
            return samples.stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Sample read(Path file) {
        String name = file.getFileName().toString().replace(".json", "");
        Class<?> type = TYPES.entrySet().stream()
                .filter(entry -> name.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("nobody knows what " + file + " is a sample of"));
        try {
            return new Sample(name, type, Files.readString(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
