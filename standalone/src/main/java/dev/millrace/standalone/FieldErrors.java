package dev.millrace.standalone;

import dev.millrace.problem.Problem;

/** Errors of pipeline files as people read them, and editors jump to them. */
final class FieldErrors {
    private FieldErrors() {}

    static String line(Problem.FieldError error) {
        String field = error.field().isEmpty() ? "" : error.field() + ": ";
        return TextTable.printable(error.file() + ":" + error.line() + ":" + error.column() + " " + field + "found "
                + error.found() + " (expected: " + error.expected() + ")");
    }
}
