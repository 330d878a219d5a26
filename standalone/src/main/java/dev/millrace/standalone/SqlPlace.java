package dev.millrace.standalone;

import dev.millrace.problem.Problem;
import java.util.List;

/** Where in a file a place in SQL is. */
final class SqlPlace {
    private SqlPlace() {}

    /**
     * The error at its place within the SQL, as far as the file has the SQL as it is: in a block of lines ({@code |}), or on
     * one line. Else where the SQL begins.
     *
     * @param file its text
     * @param error where the SQL begins
     */
    static Problem.FieldError of(String file, String sql, Problem.FieldError error, int line, int column) {
        List<String> lines = file.lines().toList();
        List<String> wanted = sql.lines().toList();
        if (line > wanted.size()) {
            return error;
        }
        String text = wanted.get(line - 1);
        boolean block = lines.get(error.line() - 1).startsWith("|", error.column() - 1);
        int first = block ? error.line() + 1 : error.line();
        int at = first + line - 1;
        if (at > lines.size() || (!block && wanted.size() > 1)) {
            return error;
        }
        int start = lines.get(at - 1).indexOf(text, block ? 0 : error.column() - 1);
        return start < 0
                ? error
                : new Problem.FieldError(
                        error.file(), at, start + column, error.field(), error.found(), error.expected());
    }
}
