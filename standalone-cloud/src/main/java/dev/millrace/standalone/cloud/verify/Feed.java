package dev.millrace.standalone.cloud.verify;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A pipeline of one endpoint that reads a file, and what is in that file. Its records may lack fields that earlier ones
 * had.
 *
 * @param name of the pipeline
 * @param destination in YAML, in one line
 * @param more keys of the endpoint, in YAML, a line each
 * @param columns in YAML, a line each; empty when the destination has none
 * @param records in JSON
 */
record Feed(String name, String destination, List<String> more, List<String> columns, List<String> records) {
    Feed {
        more = List.copyOf(more);
        columns = List.copyOf(columns);
        records = List.copyOf(records);
    }

    /** A pipeline whose endpoint has nothing else. */
    Feed(String name, String destination, List<String> columns, List<String> records) {
        this(name, destination, List.of(), columns, records);
    }

    String yaml() {
        return """
                version: 1
                name: %s
                source: {type: files, folder: .}
                endpoints:
                  rows:
                    files: {pattern: "*.ndjson", format: {type: ndjson}}
                    destination: {%s}
                %s%s""".formatted(
                        name,
                        destination,
                        lines("    ", more),
                        columns.isEmpty() ? "" : "    drift: warn\n    schema:\n" + lines("      - ", columns));
    }

    private static String lines(String indent, List<String> lines) {
        return lines.stream().map(line -> indent + line + "\n").collect(Collectors.joining());
    }
}
