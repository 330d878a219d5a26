package dev.millrace.gateway.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.look.TableDiscovery;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.pipeline.TablePattern;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Proposal;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;

/** Which tables the source of a pipeline has. */
@Controller("/api/v1/pipelines/{pipeline}/tables")
@Needs(value = Role.OPERATOR, about = Needs.Subject.PIPELINE)
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "pipelines")
class TableController {
    private final PipelineCatalog catalog;
    private final TableDiscovery discovery;

    TableController(PipelineCatalog catalog, TableDiscovery discovery) {
        this.catalog = catalog;
        this.discovery = discovery;
    }

    /**
     * @param like pattern of their names; null: all
     * @param except patterns of names that are left out; null: none
     */
    @Serdeable
    @JsonIgnoreProperties(ignoreUnknown = false)
    record TablesOf(@Nullable String like, @Nullable List<String> except) {}

    @Serdeable
    record TablesView(List<TableView> tables) {}

    /**
     * @param table as an endpoint names it
     * @param schema columns that take its values, by the types of the server
     * @param keys columns of its primary key; empty: it has none
     */
    @Serdeable
    record TableView(String table, boolean view, List<Proposal.ProposedColumn> schema, List<String> keys) {}

    /** Lists the tables of the pipeline's source, by name. None of its endpoints need have a schema yet. */
    @Post
    TablesView list(String pipeline, @Nullable @Body TablesOf wanted) throws InterruptedException {
        return new TablesView(discovery.discover(catalog.draft(pipeline), pattern(wanted)).stream()
                .map(found -> new TableView(found.name(), found.view(), found.schema(), found.keys()))
                .toList());
    }

    private static TablePattern pattern(@Nullable TablesOf wanted) {
        try {
            return new TablePattern(
                    wanted == null || wanted.like() == null ? "**" : wanted.like(),
                    wanted == null || wanted.except() == null ? List.of() : wanted.except());
        } catch (InvalidValue e) {
            InvalidValue.Violation first = e.violations().getFirst();
            throw new MillraceException(
                    ErrorCode.REQUEST_INVALID,
                    first.field() + ": '" + first.found() + "' (expected: " + first.expected() + ")");
        }
    }
}
