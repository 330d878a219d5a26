package dev.millrace.standalone;

import dev.millrace.staging.Reject;
import java.io.PrintWriter;
import java.util.List;

/** Rejects as people read them. */
final class RejectLines {
    private RejectLines() {}

    static void print(List<Reject> rejects, PrintWriter out) {
        for (Reject reject : rejects) {
            out.println();
            out.println(TextTable.printable(reject.part()) + ", row " + reject.row()
                    + (reject.line() == null ? "" : ", line " + reject.line()));
            String value = reject.value();
            out.println("  " + (reject.column() == null ? "" : reject.column() + ": ")
                    + TextTable.printable(reject.reason())
                    + (value == null ? "" : ", found '" + TextTable.printable(value) + "'"));
            out.println("  " + TextTable.printable(reject.record()));
        }
    }
}
