package dev.millrace.gateway.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.millrace.gateway.access.Needs;
import dev.millrace.gateway.access.Role;
import dev.millrace.gateway.look.PipelineCheck;
import dev.millrace.gateway.pipeline.PipelineCatalog;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.serde.annotation.Serdeable;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;

/** Whether a pipeline finds what it needs, before it runs. */
@Controller("/api/v1/pipelines/{pipeline}/check")
@Needs(value = Role.OPERATOR, about = Needs.Subject.PIPELINE)
@ExecuteOn(TaskExecutors.BLOCKING)
@Tag(name = "pipelines")
class CheckController {
    private final PipelineCatalog catalog;
    private final PipelineCheck check;

    CheckController(PipelineCatalog catalog, PipelineCheck check) {
        this.catalog = catalog;
        this.check = check;
    }

    /**
     * @param endpoint null: all of them
     * @param day for endpoints that load days; null: today
     */
    @Serdeable
    @JsonIgnoreProperties(ignoreUnknown = false)
    record CheckOf(@Nullable String endpoint, @Nullable String day) {}

    /**
     * @param endpoint null: a step of the whole pipeline
     * @param seen what was found, or why it failed
     */
    @Serdeable
    record StepView(@Nullable String endpoint, String step, boolean passed, long millis, String seen) {}

    /**
     * @param passed whether all steps have
     * @param steps up to the first of each endpoint that failed
     * @param warning when the pipeline's file has errors, and an earlier version of it was taken
     */
    @Serdeable
    record CheckView(
            boolean passed, List<StepView> steps, @Nullable String warning) {}

    /** Tries sources and warehouse step by step. Nothing is loaded. */
    @Post
    CheckView check(String pipeline, @Nullable @Body CheckOf wanted) throws InterruptedException {
        PipelineCatalog.InForce inForce = catalog.pipeline(pipeline);
        CheckOf asked = wanted == null ? new CheckOf(null, null) : wanted;
        List<StepView> steps =
                check.steps(inForce.pipeline(), asked.endpoint(), PreviewController.day(asked.day())).stream()
                        .map(step -> new StepView(
                                step.endpoint(),
                                step.check().step(),
                                step.check().passed(),
                                step.check().millis(),
                                step.check().seen()))
                        .toList();
        return new CheckView(steps.stream().allMatch(StepView::passed), steps, inForce.warning());
    }
}
