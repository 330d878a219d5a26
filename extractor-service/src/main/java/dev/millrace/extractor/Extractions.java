package dev.millrace.extractor;

import dev.millrace.extractor.file.FileExtraction;
import dev.millrace.extractor.file.SourceFolders;
import dev.millrace.extractor.record.StagedRecords;
import dev.millrace.extractor.rest.RestExtraction;
import dev.millrace.extractor.rest.SourceCalls;
import dev.millrace.extractor.rest.SourceConnections;
import dev.millrace.extractor.secret.RunSecrets;
import dev.millrace.extractor.secret.Secrets;
import dev.millrace.service.GatewayCalls;
import dev.millrace.staging.StagingStore;
import dev.millrace.task.Outcome;
import dev.millrace.task.Task;
import dev.millrace.task.Work;
import dev.millrace.trace.Traces;
import dev.millrace.worker.TaskContext;
import dev.millrace.worker.TaskHandler;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.serde.ObjectMapper;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Clock;

/** The extractor's task handler: reads the source's records and stages them as they were sent. */
@Singleton
final class Extractions implements TaskHandler, AutoCloseable {
    private final StagingStore staging;
    private final Secrets secrets;
    private final SourceFolders folders;
    private final ObjectMapper json;
    private final GatewayCalls gateway;
    private final ExtractorConfig config;
    private final Clock clock;
    private final MeterRegistry meters;
    private final Traces traces;
    private final SourceConnections http = new SourceConnections();

    Extractions(
            StagingStore staging,
            Secrets secrets,
            SourceFolders folders,
            ObjectMapper json,
            GatewayCalls gateway,
            ExtractorConfig config,
            Clock clock,
            MeterRegistry meters,
            Traces traces) {
        this.staging = staging;
        this.secrets = secrets;
        this.folders = folders;
        this.json = json;
        this.gateway = gateway;
        this.config = config;
        this.clock = clock;
        this.meters = meters;
        this.traces = traces;
    }

    @Override
    public Outcome handle(Task task, TaskContext context) throws InterruptedException {
        try (StagedRecords staged =
                new StagedRecords(staging, json, task, context, config.partBytes(), parts(task.work()))) {
            switch (task.work()) {
                case Work.ExtractRest rest -> extract(task, rest, staged, context);
                case Work.ExtractFiles files -> new FileExtraction(task, files, folders, staged, context).run();
                case Work.Transform _, Work.Load _, Work.Model _, Work.Publish _, Work.DryRun _ ->
                    throw noExtraction(task.work());
            }
            return staged.finish();
        }
    }

    private static Work.Parts parts(Work work) {
        return switch (work) {
            case Work.ExtractRest rest -> rest.parts();
            case Work.ExtractFiles files -> files.parts();
            case Work.Transform _, Work.Load _, Work.Model _, Work.Publish _, Work.DryRun _ -> throw noExtraction(work);
        };
    }

    private static IllegalArgumentException noExtraction(Work work) {
        return new IllegalArgumentException("work: " + work.step() + " (expected: EXTRACT)");
    }

    private void extract(Task task, Work.ExtractRest work, StagedRecords staged, TaskContext context)
            throws InterruptedException {
        RunSecrets ofThisRun = secrets.ofRun(task.credentials());
        context.maskWith(ofThisRun::mask);
        new RestExtraction(
                        http,
                        clock,
                        json,
                        gateway,
                        ofThisRun,
                        task,
                        work,
                        staged,
                        config.scratchFolder(),
                        config.pageBytes(),
                        context,
                        new SourceCalls(meters, traces, task.pipeline()))
                .run();
    }

    @Override
    @PreDestroy
    public void close() {
        http.close();
    }
}
