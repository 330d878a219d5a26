package dev.millrace.gateway.look;

import dev.millrace.gateway.GatewayConfig;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Endpoint;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.Read;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Proposal;
import dev.millrace.task.Sample;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.util.List;

/** Proposes the columns of an endpoint by its first records. */
@Singleton
public class SchemaDiscovery {
    private final SourceLook source;
    private final LookCalls services;
    private final GatewayConfig config;

    SchemaDiscovery(SourceLook source, LookCalls services, GatewayConfig config) {
        this.source = source;
        this.services = services;
        this.config = config;
    }

    /**
     * @param complete whether the source has no more records than were looked at
     * @param format that is proposed, too: its keys, as lines of a pipeline file; empty: that of the endpoint was used
     * @param notes what the reading has said, such as which cells of a workbook it took for the header
     */
    public record Found(Proposal proposal, boolean complete, List<String> format, List<String> notes) {}

    /**
     * @param pipeline whose endpoint may have no schema yet; with an absolute folder, if it has one
     * @param day for an endpoint that loads days; null: today
     * @param records to be looked at, 1 to {@link Sample#MOST}
     * @throws MillraceException with {@code ENDPOINT_UNKNOWN}, {@code REQUEST_INVALID}, or what the source said
     */
    public Found discover(Pipeline pipeline, String name, @Nullable RunWindow day, int records)
            throws InterruptedException {
        Endpoint endpoint = SourceLook.endpoint(pipeline, name);
        if (!(endpoint.destination() instanceof Destination.Table table)) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "endpoint " + name + " has no columns: a bucket gets records as they are");
        }
        String forNames = endpoint.read().keyForNames();
        if (forNames != null && endpoint.schema().isEmpty()) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    "the fields of endpoint " + name + " have no names (expected: the key " + forNames
                            + " with a name for each)");
        }
        if (records < 1 || records > Sample.MOST) {
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID, "records: " + records + " (expected: 1 to " + Sample.MOST + ")");
        }
        Sample sample = source.at(
                pipeline,
                name,
                source.day(endpoint, day),
                task -> SourceLook.answered(
                        services.sample(
                                config.services().extractor(),
                                new Sample.Wanted(withoutColumns(task, endpoint.read()), records, true)),
                        "extractor"));
        Proposal proposal = SourceLook.answered(
                services.propose(
                        config.services().transformer(),
                        new Proposal.Wanted(sample, endpoint.read().isFlat(), table.keys())),
                "transformer");
        List<String> notes = sample.log().stream()
                .filter(line -> line.level() != Heartbeat.Level.DEBUG)
                .map(Heartbeat.LogLine::message)
                .toList();
        return new Found(proposal, sample.complete(), sample.format(), notes);
    }

    /** Nothing has to be there yet, and all that is there is wanted. */
    private static Task withoutColumns(Task task, Read declared) {
        return task.with(
                switch (task.work()) {
                    case Work.Extract extract -> anyColumns(extract, declared);
                    case Work.ExtractEach each -> new Work.ExtractEach(anyColumns(each.extract(), declared));
                    case Work.ExtractIncrement increment -> anyColumns(increment.extract(), declared);
                    case Work.ExtractNew increment -> anyColumns(increment.extract(), declared);
                    case Work.PlanSlices plan -> anyColumns(plan.extract(), declared);
                    case Work.ExtractSlice _, Work.Transforming _, Work.Loading _ -> task.work();
                });
    }

    /** @param declared as the file has it: a run reads those columns of a table only that the schema has */
    private static Work.Extract anyColumns(Work.Extract extract, Read declared) {
        boolean hasAll = declared.isFlat() && declared.keyForNames() == null;
        return new Work.Extract(extract.source(), hasAll ? declared : extract.read(), List.of(), extract.parts());
    }
}
