package dev.millrace.gateway.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.look.EndpointPreview;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.RunWindow;
import dev.millrace.staging.Drift;
import dev.millrace.staging.Reject;
import dev.millrace.task.Heartbeat;
import dev.millrace.task.Preview;
import dev.millrace.task.Sample;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import java.util.stream.Stream;

/** What an endpoint would load, before it does. */
@Controller("/api/v1/pipelines/{pipeline}/endpoints/{endpoint}")
@Needs(value = Role.OPERATOR, about = Needs.Subject.PIPELINE)
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "pipelines")
class PreviewController {
    private static final int RECORDS = 20;

    private final PipelineCatalog catalog;
    private final EndpointPreview previews;

    PreviewController(PipelineCatalog catalog, EndpointPreview previews) {
        this.catalog = catalog;
        this.previews = previews;
    }

    /**
     * @param day for endpoints that load days; null: today
     * @param records to be read at most; null: 20
     */
    @Serdeable
    @JsonIgnoreProperties(ignoreUnknown = false)
    record PreviewOf(@Nullable String day, @Nullable Integer records) {}

    /** @return null when there is none */
    static @Nullable RunWindow day(@Nullable String text) {
        return text == null ? null : RequestValues.day("day", text);
    }

    /** @param type BigQuery's name of it */
    @Serdeable
    record ColumnView(String name, String type, String mode) {}

    /**
     * The first rows as they would be loaded. Nothing is.
     *
     * @param table that they are for, or the place in a bucket
     * @param day that they would be of; null when the endpoint loads everything
     * @param rows each with one text per column, null for NULL
     * @param records that were read for them
     * @param complete whether the source has no more
     * @param rowsMade of which {@code rows} are the first
     * @param rejects the first of those records that would not be loaded
     * @param drift of the records from the schema; null for a bucket
     * @param warnings of values that would not be loaded as they were sent
     * @param log what the reading has said
     * @param warning when the pipeline's file has errors, and an earlier version of it was taken
     */
    @Serdeable
    record PreviewView(
            String table,
            @Nullable RunWindow day,
            List<ColumnView> columns,
            List<List<@Nullable String>> rows,
            long records,
            boolean complete,
            long rowsMade,
            long rowsRejected,
            long rowsFiltered,
            List<Reject> rejects,
            @Nullable Drift drift,
            List<String> warnings,
            List<Heartbeat.LogLine> log,
            @Nullable String warning) {
        static PreviewView of(EndpointPreview.Rows found, @Nullable String warning) {
            Sample sample = found.sample();
            Preview preview = found.preview();
            return new PreviewView(
                    switch (found.destination()) {
                        case Destination.Table table -> table.table();
                        case Destination.Bucket bucket -> bucket.bucket() + "/" + bucket.key();
                    },
                    found.day(),
                    switch (found.destination()) {
                        case Destination.Table _ ->
                            found.columns().stream()
                                    .map(column -> new ColumnView(
                                            column.name(),
                                            column.type().name(),
                                            column.mode().name()))
                                    .toList();
                        case Destination.Bucket _ ->
                            List.of(new ColumnView(
                                    EndpointPreview.Rows.RECORD, Column.Type.JSON.name(), Column.Mode.REQUIRED.name()));
                    },
                    preview.rows(),
                    sample.records() + sample.rejected(),
                    sample.complete(),
                    preview.made(),
                    sample.rejected() + preview.rejected(),
                    preview.filtered(),
                    Stream.concat(sample.rejects().stream(), preview.rejects().stream())
                            .toList(),
                    preview.drift(),
                    preview.warnings(),
                    sample.log(),
                    warning);
        }
    }

    /** Reads the first records, and shows the rows that they make. */
    @Post("/preview")
    PreviewView preview(String pipeline, String endpoint, @Nullable @Body PreviewOf wanted)
            throws InterruptedException {
        PipelineCatalog.InForce inForce = catalog.pipeline(pipeline);
        PreviewOf asked = wanted == null ? new PreviewOf(null, null) : wanted;
        int records = asked.records() == null ? RECORDS : asked.records();
        return PreviewView.of(
                previews.rows(inForce.pipeline(), endpoint, day(asked.day()), records), inForce.warning());
    }
}
