package dev.millrace.gateway.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.look.SchemaDiscovery;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.task.Proposal;
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

/** Which columns an endpoint could have. */
@Controller("/api/v1/pipelines/{pipeline}/endpoints/{endpoint}/discover")
@Needs(value = Role.OPERATOR, about = Needs.Subject.PIPELINE)
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "pipelines")
class DiscoveryController {
    private final PipelineCatalog catalog;
    private final SchemaDiscovery discovery;

    DiscoveryController(PipelineCatalog catalog, SchemaDiscovery discovery) {
        this.catalog = catalog;
        this.discovery = discovery;
    }

    /**
     * @param day for endpoints that load days; null: today
     * @param records to be looked at; null: 1,000
     */
    @Serdeable
    @JsonIgnoreProperties(ignoreUnknown = false)
    record DiscoveryOf(@Nullable String day, @Nullable Integer records) {}

    /**
     * @param records that were looked at
     * @param complete whether the source has no more
     * @param keys columns of the primary key, if the source says that; empty otherwise
     * @param format proposed for workbooks whose endpoint says nothing of where their tables are: its keys, as lines of a pipeline file;
     *     empty: the endpoint's was used
     * @param notes what the reading has said, such as which cells of a workbook were taken for the header
     */
    @Serdeable
    record DiscoveryView(
            long records,
            boolean complete,
            List<Proposal.ProposedColumn> schema,
            List<String> keys,
            List<String> format,
            List<String> notes) {}

    /** Proposes columns by the first records. The endpoint need have no schema yet. */
    @Post
    DiscoveryView discover(String pipeline, String endpoint, @Nullable @Body DiscoveryOf wanted)
            throws InterruptedException {
        DiscoveryOf asked = wanted == null ? new DiscoveryOf(null, null) : wanted;
        SchemaDiscovery.Found found = discovery.discover(
                catalog.draft(pipeline),
                endpoint,
                PreviewController.day(asked.day()),
                asked.records() == null ? Sample.MOST : asked.records());
        return new DiscoveryView(
                found.proposal().records(),
                found.complete(),
                found.proposal().columns(),
                found.proposal().keys(),
                found.format(),
                found.notes());
    }
}
