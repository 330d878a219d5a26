package dev.millrace.benchmarks;

import java.net.URI;
import java.nio.file.Path;

/** Pipelines that load {@link Records} from a {@link PageServer}. */
final class Orders {
    private Orders() {}

    /** @param pagination the value of the pipeline file's key */
    static String pipeline(String name, URI api, String pagination) {
        return of(
                name,
                "{type: rest, baseUrl: \"" + api + "\"}",
                "request: {path: /orders}\n    records: orders\n    pagination: " + pagination,
                Records.SCHEMA);
    }

    /** Of a file. */
    static String ofFiles(String name, Path folder, String files, String schema) {
        return of(name, "{type: files, folder: \"" + folder + "\"}", "files: " + files, schema);
    }

    private static String of(String name, String source, String read, String schema) {
        return """
                version: 1
                name: %s
                source: %s
                endpoints:
                  orders:
                    %s
                    destination: {table: %s.orders, write: replace}
                    rejects: {maxShare: 0.001}
                    checks: [{name: positive, expression: amount >= 0}]
                    schema:
                %s
                """.formatted(name, source, read, name, schema.indent(2));
    }

    /**
     * Lists of few records, one for each number.
     *
     * @param lists how many
     * @param parallel requests at once
     */
    static String lists(String name, URI api, int lists, int parallel) {
        return pipeline(name, api, "{type: none}")
                .replace(
                        "request: {path: /orders}",
                        "forEach: {range: {from: 1, to: " + lists + "}, as: number, parallel: " + parallel + "}\n"
                                + "    request: {path: \"/orders/${number}/lines\"}");
    }

    /** One page after the other. */
    static String pages() {
        return "{type: page, page: page, size: size, batch: " + PageServer.PAGE + ", maxPages: 1000000}";
    }

    /** Several at once, which the total allows. */
    static String pagesAtOnce() {
        return "{type: page, page: page, size: size, batch: " + PageServer.PAGE + ", total: total, parallel: 8}";
    }
}
