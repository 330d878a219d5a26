package dev.millrace.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A home in which nothing was run yet, with a pipeline of words, and one whose texts all try to be a part of the page. Tests
 * share it, and one of them kills its process.
 */
final class Fresh {
    /** Harmless, unless a browser takes it for a part of the page. */
    static final String HOSTILE = "<img src=x onerror=hit=1>\"'><script>hit=1</script>";

    private static final Installation STARTED = start();

    private Fresh() {}

    static Installation started() {
        return STARTED;
    }

    private static Installation start() {
        try {
            Path folder = Installation.folder("fresh");
            Path pipelines = Files.createDirectories(folder.resolve("pipelines"));
            Files.writeString(pipelines.resolve("words.csv"), "word\none\ntwo\n");
            Files.writeString(pipelines.resolve("words.yaml"), """
                    version: 1
                    name: words
                    source: {type: files, folder: .}
                    endpoints:
                      words:
                        files: {pattern: "*.csv", format: {type: csv}}
                        destination: {table: words.words, write: replace}
                        schema: [{name: word, type: STRING}]
                    """);
            hostile(pipelines);
            return new Installation(folder, "home");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void hostile(Path pipelines) throws IOException {
        String yaml = HOSTILE.replace("\"", "\\\"");
        Path folder = Files.createDirectories(pipelines.resolve("hostile"));
        Files.writeString(folder.resolve("pipeline.yaml"), """
                version: 1
                name: hostile
                description: "%1$s"
                source: {type: files, folder: data}
                endpoints:
                  texts:
                    files: {pattern: "*.csv", format: {type: csv}}
                    destination: {table: hostile.texts, write: replace}
                    rejects: {maxShare: 1}
                    schema:
                      - {name: id, type: INTEGER, mode: REQUIRED}
                      - {name: text, type: STRING, description: "%1$s"}
                      - {name: file, type: STRING, metadata: file}
                  fails:
                    files: {pattern: "none.csv", format: {type: csv}}
                    destination: {table: hostile.fails, write: replace}
                    schema: [{name: id, type: INTEGER}]
                """.formatted(yaml));
        Path data = Files.createDirectories(folder.resolve("data"));
        String quoted = "\"" + HOSTILE.replace("\"", "\"\"") + "\"";
        Files.writeString(
                data.resolve(HOSTILE.replace("/", "").replace("\"", "") + ".csv"),
                "id,text," + quoted + "\n1," + quoted + ",1\n" + quoted + "," + quoted + ",2\n");
        Files.writeString(pipelines.resolve("broken.yaml"), """
                version: 1
                name: "%1$s"
                source: {type: rest, baseUrl: "%1$s"}
                """.formatted(yaml));
        Files.writeString(
                Files.createDirectories(pipelines.resolve("insights")).resolve("HOSTILE.sql"), """
                -- title: "%1$s"
                -- description: "%1$s"
                -- parameters:
                --   text: {type: STRING, default: "%1$s", description: "%1$s"}
                -- chart: {type: bar, x: label, y: [n]}
                SELECT @text AS label, 1 AS n
                """.formatted(yaml));
    }
}
