package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;

/** Cursors for people. */
final class CursorTable {
    private CursorTable() {}

    /** @param width characters of a line */
    static void print(String pipeline, List<Answers.Cursor> cursors, int width, PrintWriter out) {
        TextTable table = new TextTable(
                TextTable.text("ENDPOINT"), TextTable.text("CURSOR"), TextTable.text("SINCE"), TextTable.text("RUN"));
        for (Answers.Cursor cursor : cursors) {
            String nobody = cursor.since() == null ? "" : "(set)";
            table.row(
                    pipeline + "/" + cursor.endpoint(),
                    Objects.requireNonNullElse(cursor.value(), "(none)"),
                    Objects.toString(cursor.since(), ""),
                    Objects.requireNonNullElse(cursor.run(), nobody));
        }
        table.lines(width).forEach(out::println);
        out.flush();
    }
}
