package dev.millrace.gateway.pipeline;

import dev.millrace.problem.Problem;
import java.util.List;

/** A pipeline file has errors, all of them listed. */
public final class PipelineInvalid extends RuntimeException {
    private final transient List<Problem.FieldError> errors;

    public PipelineInvalid(String file, List<Problem.FieldError> errors) {
        super(file + " has " + errors.size() + (errors.size() == 1 ? " error" : " errors"));
        this.errors = List.copyOf(errors);
    }

    public List<Problem.FieldError> errors() {
        return errors;
    }
}
