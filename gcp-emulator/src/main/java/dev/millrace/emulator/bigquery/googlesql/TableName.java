package dev.millrace.emulator.bigquery.googlesql;

import java.util.List;

/** A table's full name. Tables are kept in a schema of the engine for each dataset. */
public record TableName(String project, String dataset, String table) {
    /**
     * @param path one to three parts, as written in a statement, without quotes
     * @param defaultDataset project and dataset of a name that has none; may be empty
     */
    public static TableName of(List<String> path, String project, List<String> defaultDataset) {
        return switch (path.size()) {
            case 3 -> new TableName(path.get(0), path.get(1), path.get(2));
            case 2 -> new TableName(project, path.get(0), path.get(1));
            case 1 -> {
                if (defaultDataset.isEmpty()) {
                    throw QueryErrors.invalidQuery(
                            "Table \"" + path.getFirst() + "\" must be qualified with a dataset (e.g. dataset.table).");
                }
                yield new TableName(defaultDataset.get(0), defaultDataset.get(1), path.getFirst());
            }
            default -> throw QueryErrors.invalidQuery("Invalid table name: `" + String.join(".", path) + "`");
        };
    }

    /** As the engine names the dataset's schema. */
    public static String schema(String project, String dataset) {
        return quote(project + "." + dataset);
    }

    /** As the engine names the table. */
    public String quoted() {
        return schema(project, dataset) + "." + quote(table);
    }

    public static String quote(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    /** As Google's error messages name it. */
    @Override
    public String toString() {
        return project + ":" + dataset + "." + table;
    }
}
