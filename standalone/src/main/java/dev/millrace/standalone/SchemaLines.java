package dev.millrace.standalone;

import dev.millrace.pipeline.Names;
import dev.millrace.standalone.client.Answers;
import dev.millrace.task.Proposal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Proposed columns as a pipeline file has them. */
final class SchemaLines {
    /** Of an endpoint, with room for a number behind it. */
    private static final int LONGEST_NAME = 58;

    private SchemaLines() {}

    static List<String> of(Answers.Discovery discovery) {
        List<String> lines = new ArrayList<>();
        lines.add("# by the first " + discovery.records() + " records"
                + (discovery.complete() ? ", all that there are" : ""));
        if (!discovery.format().isEmpty()) {
            discovery.notes().forEach(note -> lines.add("# " + TextTable.printable(note)));
            lines.add("format:");
            discovery.format().forEach(line -> lines.add("  " + line));
        }
        if (discovery.schema().isEmpty()) {
            lines.add("# no record has a field, so there is nothing to propose");
            return lines;
        }
        if (!discovery.keys().isEmpty()) {
            lines.add("# its primary key, for a merge: keys: [" + keys(discovery.keys()) + "]");
        }
        lines.add("schema:");
        add(discovery.schema(), "  ", lines);
        return lines;
    }

    private static String keys(List<String> keys) {
        return keys.stream().map(SchemaLines::quoted).collect(Collectors.joining(", "));
    }

    /** An endpoint for each table, which replaces its table in a dataset that is called as the pipeline is. */
    static List<String> endpoints(String pipeline, List<Answers.Table> tables) {
        List<String> lines = new ArrayList<>();
        if (tables.isEmpty()) {
            lines.add("# no table has such a name");
            return lines;
        }
        lines.add("endpoints:");
        Set<String> taken = new HashSet<>();
        for (Answers.Table table : tables) {
            if (table.schema().isEmpty()) {
                lines.add("  # " + TextTable.printable(table.table()) + " has no columns");
                continue;
            }
            String name = name(table.table(), taken);
            lines.add("  " + quoted(name) + ":");
            lines.add("    table: " + quoted(table.table()));
            lines.add("    destination: {table: " + pipeline.replace('-', '_') + "." + name + ", write: replace}"
                    + (table.keys().isEmpty() ? "" : "  # for a merge: keys: [" + keys(table.keys()) + "]"));
            lines.add("    schema:");
            add(table.schema(), "      ", lines);
        }
        return lines;
    }

    private static String name(String table, Set<String> taken) {
        String plain = Names.ofTable(table);
        String base = plain.substring(0, Math.min(plain.length(), LONGEST_NAME));
        String name = base;
        for (int i = 2; !taken.add(name); i++) {
            name = base + "_" + i;
        }
        return name;
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
