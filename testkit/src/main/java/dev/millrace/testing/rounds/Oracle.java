package dev.millrace.testing.rounds;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the table of one endpoint has to hold, by the runs that have succeeded, calculated by itself from what the source
 * has handed out.
 */
final class Oracle {
    /** Per version: its rows, different ids, how often the rarest and the most frequent id is there, sum of ids, wrong texts. */
    static final String SQL = """
            SELECT v, sum(n), count(*), min(n), max(n), sum(id * n), sum(wrong) FROM (
              SELECT v, id, count(*) AS n, count(*) FILTER (WHERE text <> 'row ' || id || ' of ' || v) AS wrong
              FROM %s GROUP BY v, id) GROUP BY v ORDER BY v""";

    private final String endpoint;
    private final Write write;
    private final Map<Long, Map<Integer, Integer>> table = new HashMap<>();
    private final Set<String> counted = new HashSet<>();

    enum Write {
        APPEND,
        REPLACE,
        MERGE;

        static Write of(String endpoint) {
            return switch (endpoint.charAt(0)) {
                case 'r' -> REPLACE;
                case 'm' -> MERGE;
                default -> APPEND;
            };
        }
    }

    Oracle(String endpoint) {
        this.endpoint = endpoint;
        this.write = Write.of(endpoint);
    }

    /** Whether its third column is not a number in some records. */
    static boolean isFlawed(String endpoint) {
        return endpoint.startsWith("j");
    }

    /**
     * Takes a run that has succeeded, once; runs of an endpoint come in the order in which they have ended.
     *
     * @param latest version that the source has had
     * @return what is wrong with its counts; empty: nothing
     */
    List<String> succeeded(JsonNode run, int latest) {
        if (!counted.add(run.get("id").asText())) {
            return List.of();
        }
        for (int version = 1; version <= latest; version++) {
            Rows rows = new Rows(version, isFlawed(endpoint));
            if (rows.records() == run.get("rowsExtracted").asLong(-1)) {
                load(rows);
                return counts(run, rows);
            }
        }
        return List.of("run " + run.get("id").asText() + " of " + endpoint + " has extracted "
                + run.get("rowsExtracted") + " records, which no version has");
    }

    private static List<String> counts(JsonNode run, Rows rows) {
        List<String> wrong = new ArrayList<>();
        Map<String, Long> expected =
                Map.of("rowsLoaded", rows.ids().count(), "rowsRejected", rows.rejected(), "rowsFiltered", 0L);
        expected.forEach((count, value) -> {
            if (run.get(count).asLong(-1) != value) {
                wrong.add("run " + run.get("id").asText() + ": " + count + " is " + run.get(count) + " (expected: "
                        + value + ")");
            }
        });
        return wrong;
    }

    private void load(Rows rows) {
        if (write == Write.REPLACE) {
            table.clear();
        }
        rows.ids().forEach(id -> {
            Map<Integer, Integer> versions = table.computeIfAbsent(id, key -> new HashMap<>());
            if (write == Write.MERGE) {
                versions.clear();
            }
            versions.merge(rows.version(), 1, Integer::sum);
        });
    }

    /** What {@link #SQL} has to answer, each row with blanks between its values. */
    List<String> expected() {
        Map<Integer, long[]> versions = new TreeMap<>();
        table.forEach((id, times) -> times.forEach((version, n) -> {
            long[] row = versions.computeIfAbsent(version, key -> new long[] {0, 0, Long.MAX_VALUE, 0, 0});
            row[0] += n;
            row[1]++;
            row[2] = Math.min(row[2], n);
            row[3] = Math.max(row[3], n);
            row[4] += id * n;
        }));
        List<String> lines = new ArrayList<>();
        versions.forEach((version, row) ->
                lines.add(version + " " + row[0] + " " + row[1] + " " + row[2] + " " + row[3] + " " + row[4] + " 0"));
        return lines;
    }

    /** How many rows the table has to have. */
    long rows() {
        return table.values().stream()
                .flatMap(versions -> versions.values().stream())
                .mapToLong(n -> n)
                .sum();
    }

    /** Answers of a query as {@link #expected} writes them. */
    static List<String> lines(JsonNode answer) {
        List<String> lines = new ArrayList<>();
        for (JsonNode row : answer.get("rows")) {
            List<String> values = new ArrayList<>();
            row.forEach(value -> values.add(value.asText()));
            lines.add(String.join(" ", values));
        }
        return lines;
    }

    /** A run without what only its steps say, for a message. */
    static String brief(JsonNode run) {
        ObjectNode copy = run.deepCopy();
        copy.remove(List.of("drift", "checks", "plan"));
        return copy.toString();
    }
}
