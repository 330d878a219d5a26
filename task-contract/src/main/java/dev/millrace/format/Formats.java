package dev.millrace.format;

import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.rest.Pagination;
import dev.millrace.pipeline.rest.Retry;
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
import dev.millrace.task.Sample;
import dev.millrace.task.SourceTables;
import dev.millrace.task.TableFacts;
import dev.millrace.task.TableRows;
import dev.millrace.task.TableSchema;
import dev.millrace.task.Task;
import dev.millrace.task.TokenRequest;
import dev.millrace.task.TokenReturn;
import dev.millrace.task.Work;
import dev.millrace.task.WriteCheck;
import dev.millrace.warehouse.Capabilities;
import io.micronaut.context.annotation.Factory;
import io.micronaut.serde.Deserializer;
import io.micronaut.serde.ObjectMapper;
import io.micronaut.serde.Serializer;
import jakarta.inject.Singleton;

/**
 * The messages between services and the documents in staging, each read as {@link FormatDeserializer} does. A service's
 * own stored documents are beside their types.
 */
@Factory
final class Formats {
    private final ObjectMapper json;

    Formats(ObjectMapper json) {
        this.json = json;
    }

    @Singleton
    Deserializer<Task> task() {
        return new FormatDeserializer<>(Task.class, json);
    }

    @Singleton
    Deserializer<Work> work() {
        return new FormatDeserializer<>(Work.class, json);
    }

    @Singleton
    Deserializer<Claim> claim() {
        return new FormatDeserializer<>(Claim.class, json);
    }

    @Singleton
    Deserializer<Heartbeat> heartbeat() {
        return new FormatDeserializer<>(Heartbeat.class, json);
    }

    @Singleton
    Deserializer<Heartbeat.Answer> heartbeatAnswer() {
        return new FormatDeserializer<>(Heartbeat.Answer.class, json);
    }

    @Singleton
    Deserializer<PermitRequest> permitRequest() {
        return new FormatDeserializer<>(PermitRequest.class, json);
    }

    @Singleton
    Deserializer<PermitRequest.Grant> permitGrant() {
        return new FormatDeserializer<>(PermitRequest.Grant.class, json);
    }

    @Singleton
    Deserializer<TokenRequest> tokenRequest() {
        return new FormatDeserializer<>(TokenRequest.class, json);
    }

    @Singleton
    Deserializer<TokenRequest.Grant> tokenGrant() {
        return new FormatDeserializer<>(TokenRequest.Grant.class, json);
    }

    @Singleton
    Deserializer<TokenReturn> tokenReturn() {
        return new FormatDeserializer<>(TokenReturn.class, json);
    }

    @Singleton
    Deserializer<TokenReturn.Answer> tokenReturnAnswer() {
        return new FormatDeserializer<>(TokenReturn.Answer.class, json);
    }

    @Singleton
    Deserializer<Report> report() {
        return new FormatDeserializer<>(Report.class, json);
    }

    @Singleton
    Deserializer<Abort> abort() {
        return new FormatDeserializer<>(Abort.class, json);
    }

    @Singleton
    Deserializer<Rollback> rollback() {
        return new FormatDeserializer<>(Rollback.class, json);
    }

    @Singleton
    Deserializer<Rollback.Done> rollbackDone() {
        return new FormatDeserializer<>(Rollback.Done.class, json);
    }

    @Singleton
    Deserializer<Abort.Answer> abortAnswer() {
        return new FormatDeserializer<>(Abort.Answer.class, json);
    }

    @Singleton
    Deserializer<RunLogCopy> runLogCopy() {
        return new FormatDeserializer<>(RunLogCopy.class, json);
    }

    @Singleton
    Deserializer<Query> query() {
        return new FormatDeserializer<>(Query.class, json);
    }

    @Singleton
    Deserializer<Query.Versioned> queryVersioned() {
        return new FormatDeserializer<>(Query.Versioned.class, json);
    }

    @Singleton
    Deserializer<Query.Tables> queryTables() {
        return new FormatDeserializer<>(Query.Tables.class, json);
    }

    @Singleton
    Deserializer<CursorChange> cursorChange() {
        return new FormatDeserializer<>(CursorChange.class, json);
    }

    @Singleton
    Deserializer<Cursors.Wanted> cursorsWanted() {
        return new FormatDeserializer<>(Cursors.Wanted.class, json);
    }

    @Singleton
    Deserializer<Cursors> cursors() {
        return new FormatDeserializer<>(Cursors.class, json);
    }

    @Singleton
    Deserializer<TableSchema.Wanted> tableSchemaWanted() {
        return new FormatDeserializer<>(TableSchema.Wanted.class, json);
    }

    @Singleton
    Deserializer<TableSchema> tableSchema() {
        return new FormatDeserializer<>(TableSchema.class, json);
    }

    @Singleton
    Deserializer<CommittedLoads.Wanted> committedLoadsWanted() {
        return new FormatDeserializer<>(CommittedLoads.Wanted.class, json);
    }

    @Singleton
    Deserializer<CommittedLoads> committedLoads() {
        return new FormatDeserializer<>(CommittedLoads.class, json);
    }

    @Singleton
    Deserializer<TableFacts.Wanted> tableFactsWanted() {
        return new FormatDeserializer<>(TableFacts.Wanted.class, json);
    }

    @Singleton
    Deserializer<TableFacts> tableFacts() {
        return new FormatDeserializer<>(TableFacts.class, json);
    }

    @Singleton
    Deserializer<TableRows.Wanted> tableRowsWanted() {
        return new FormatDeserializer<>(TableRows.Wanted.class, json);
    }

    @Singleton
    Deserializer<TableRows> tableRows() {
        return new FormatDeserializer<>(TableRows.class, json);
    }

    @Singleton
    Deserializer<Query.Result> queryResult() {
        return new FormatDeserializer<>(Query.Result.class, json);
    }

    @Singleton
    Deserializer<Sample.Wanted> sampleWanted() {
        return new FormatDeserializer<>(Sample.Wanted.class, json);
    }

    @Singleton
    Deserializer<Sample> sample() {
        return new FormatDeserializer<>(Sample.class, json);
    }

    @Singleton
    Deserializer<Proposal.Wanted> proposalWanted() {
        return new FormatDeserializer<>(Proposal.Wanted.class, json);
    }

    @Singleton
    Deserializer<Proposal> proposal() {
        return new FormatDeserializer<>(Proposal.class, json);
    }

    @Singleton
    Deserializer<Checks> checks() {
        return new FormatDeserializer<>(Checks.class, json);
    }

    @Singleton
    Deserializer<SourceTables.Wanted> sourceTablesWanted() {
        return new FormatDeserializer<>(SourceTables.Wanted.class, json);
    }

    @Singleton
    Deserializer<BackupList.Wanted> backupListWanted() {
        return new FormatDeserializer<>(BackupList.Wanted.class, json);
    }

    @Singleton
    Deserializer<BackupList> backupList() {
        return new FormatDeserializer<>(BackupList.class, json);
    }

    @Singleton
    Deserializer<WriteCheck.Wanted> writeCheckWanted() {
        return new FormatDeserializer<>(WriteCheck.Wanted.class, json);
    }

    @Singleton
    Deserializer<WriteCheck> writeCheck() {
        return new FormatDeserializer<>(WriteCheck.class, json);
    }

    @Singleton
    Deserializer<SourceTables> sourceTables() {
        return new FormatDeserializer<>(SourceTables.class, json);
    }

    @Singleton
    Deserializer<Preview.Wanted> previewWanted() {
        return new FormatDeserializer<>(Preview.Wanted.class, json);
    }

    @Singleton
    Deserializer<Preview> preview() {
        return new FormatDeserializer<>(Preview.class, json);
    }

    @Singleton
    Deserializer<Capabilities> capabilities() {
        return new FormatDeserializer<>(Capabilities.class, json);
    }

    @Singleton
    Deserializer<Problem> problem() {
        return new FormatDeserializer<>(Problem.class, json);
    }

    @Singleton
    Deserializer<SlicePlan> slicePlan() {
        return new FormatDeserializer<>(SlicePlan.class, json);
    }

    @Singleton
    Deserializer<Manifest> manifest() {
        return new FormatDeserializer<>(Manifest.class, json);
    }

    @Singleton
    Deserializer<Reject> reject() {
        return new FormatDeserializer<>(Reject.class, json);
    }

    @Singleton
    Serializer<Work> workWritten() {
        return new FlatSerializer<>(Work.class, json);
    }

    @Singleton
    Serializer<Endpoint> endpoint() {
        return new FlatSerializer<>(Endpoint.class, json);
    }

    @Singleton
    Serializer<Pagination> pagination() {
        return new FlatSerializer<>(Pagination.class, json);
    }

    @Singleton
    Serializer<Retry> retry() {
        return new RetrySerializer();
    }
}
