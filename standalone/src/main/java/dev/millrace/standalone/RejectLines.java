package dev.millrace.standalone;

import dev.millrace.staging.Fault;
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
            reject.faults().forEach(fault -> out.println("  " + line(fault)));
            out.println("  " + TextTable.printable(reject.record()));
        }
    }

    /** Without its place. */
    static String line(Fault fault) {
        String value = fault.value();
        return (fault.column() == null ? "" : fault.column() + ": ")
                + TextTable.printable(fault.reason())
                + (value == null ? "" : ", found '" + TextTable.printable(value) + "'");
    }
}
