package dev.millrace.gateway.pipeline;

import dev.millrace.problem.Problem;
import java.util.List;

/** A pipeline file has errors, all of them listed. */
public final class PipelineInvalid extends RuntimeException {
    private final transient List<Problem.FieldError> errors;

    public PipelineInvalid(String file, List<Problem.FieldError> errors) {
        super(summary(file, errors));
        this.errors = List.copyOf(errors);
    }

    static String summary(String file, List<Problem.FieldError> errors) {
        return file + " has " + errors.size() + (errors.size() == 1 ? " error" : " errors");
    }

    public List<Problem.FieldError> errors() {
        return errors;
    }
}
