package dev.millrace.standalone;

import dev.millrace.standalone.client.Answers;
import dev.millrace.task.Proposal;
import java.util.ArrayList;
import java.util.List;

/** Proposed columns as a pipeline file has them. */
final class SchemaLines {
    private SchemaLines() {}

    static List<String> of(Answers.Discovery discovery) {
        List<String> lines = new ArrayList<>();
        lines.add("# by the first " + discovery.records() + " records"
                + (discovery.complete() ? ", all that there are" : ""));
        if (discovery.schema().isEmpty()) {
            lines.add("# no record has a field, so there is nothing to propose");
            return lines;
        }
        lines.add("schema:");
        add(discovery.schema(), "  ", lines);
        return lines;
    }

    private static void add(List<Proposal.ProposedColumn> columns, String indent, List<String> lines) {
        for (Proposal.ProposedColumn column : columns) {
            List<String> keys = new ArrayList<>(List.of("name: " + quoted(column.name()), "type: " + column.type()));
            if (!column.mode().equals("NULLABLE")) {
                keys.add("mode: " + column.mode());
            }
            if (column.from() != null) {
                keys.add("from: " + quoted(column.from()));
            }
            if (column.fields().isEmpty()) {
                lines.add(indent + "- {" + String.join(", ", keys) + "}" + comment(column));
            } else {
                lines.add(indent + "- " + keys.removeFirst());
                keys.forEach(key -> lines.add(indent + "  " + key));
                lines.add(indent + "  fields:" + comment(column));
                add(column.fields(), indent + "    ", lines);
            }
        }
    }

    /** How often it is missing or null, an example, and what is to be looked at. */
    private static String comment(Proposal.ProposedColumn column) {
        List<String> parts = new ArrayList<>();
        if (column.nulls() > 0) {
            parts.add("NULL in " + column.nulls() + " of " + column.of());
        }
        if (column.example() != null) {
            parts.add("such as " + TextTable.printable(column.example()));
        }
        if (column.note() != null) {
            parts.add(column.note());
        }
        return parts.isEmpty() ? "" : "  # " + String.join("; ", parts);
    }

    private static String quoted(String text) {
        return text.matches("[A-Za-z_][A-Za-z0-9_]*") && !text.matches("(?i)y|n|yes|no|on|off|true|false|null")
                ? text
                : "'" + text.replace("'", "''") + "'";
    }
}
