package dev.millrace.loader;

import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.CheckResult;
import java.util.List;

/** A load was taken back because its table would not meet its checks. */
public final class ChecksUnmet extends MillraceException {
    private static final long serialVersionUID = 1L;

    private final transient List<CheckResult> results;

    /** @param results of all checks, in their order */
    public ChecksUnmet(String detail, List<CheckResult> results) {
        super(ErrorCode.CHECKS_UNMET, detail);
        this.results = List.copyOf(results);
    }

    /** Of all checks, in their order. */
    public List<CheckResult> results() {
        return results;
    }
}
