package dev.millrace.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What it costs that a load keeps the rows that it replaces, and how long their rollback takes; of DuckDB. */
final class Rollbacks implements Benchmark {
    @Override
    public List<Measurement> measure(BenchmarkEnvironment environment) throws Exception {
        long rows = environment.records();
        try (EmbeddedPostgres postgres = Databases.postgres(environment.folder())) {
            String query = "query: \"" + Databases.postgresRows(rows).replace('\n', ' ') + '"';
            String pipeline = Tables.pipeline("rows", Databases.source(postgres), query);
            try (Installation millrace =
                    Installation.start(environment.root(), environment.folder(), Map.of("rows", pipeline))) {
                Duration empty = millrace.run("rows", "orders").step("LOAD");
                long once = size(millrace);
                Installation.Run last = millrace.run("rows", "orders");
                long twice = size(millrace);
                long start = System.nanoTime();
                JsonNode _ =
                        millrace.post("/api/v1/runs/" + last.json().get("id").asText() + "/rollback");
                Duration rollback = Duration.ofNanos(System.nanoTime() - start);
                String what = String.format(Locale.ROOT, "%,d rows of 12 columns", rows);
                return List.of(
                        Measurement.against(
                                "Load that replaces " + what + ", and keeps them",
                                last.step("LOAD"),
                                "load of an empty table",
                                empty,
                                ""),
                        Measurement.of(
                                "The warehouse's file then",
                                twice / 1_000_000 + " MB",
                                once / 1_000_000 + " MB after the first load"),
                        Measurement.of("Rollback of the load", Measurement.seconds(rollback), ""));
            }
        }
    }

    /** In bytes, with what isn't in the file proper yet. */
    private static long size(Installation millrace) throws IOException {
        Path wal = millrace.home().resolve("warehouse.duckdb.wal");
        return Files.size(millrace.home().resolve("warehouse.duckdb")) + (Files.exists(wal) ? Files.size(wal) : 0);
    }
}
