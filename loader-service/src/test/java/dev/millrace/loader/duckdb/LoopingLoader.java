package dev.millrace.loader.duckdb;

import dev.millrace.loader.StagedRows;
import dev.millrace.loader.TableLoad;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Part;
import dev.millrace.worker.TaskContext;
import io.micronaut.serde.ObjectMapper;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;

/** The process of {@link CrashTest}: loads, says how that went, and loads again until it is killed. */
final class LoopingLoader {
    static final int ROWS = 20_000;

    private LoopingLoader() {}

    public static void main(String[] folder) throws InterruptedException {
        Path home = Path.of(folder[0]);
        StagedRows staged = new StagedRows(home.resolve("staging"));
        try (DuckDbWarehouse warehouse = new DuckDbWarehouse(
                DuckDbWarehouseTest.config(home.resolve("w.duckdb"), Duration.ofSeconds(60)),
                staged.store(),
                ObjectMapper.getDefault())) {
            while (true) {
                try {
                    warehouse.load(tableLoad(staged), new TaskContext(Clock.systemUTC()));
                    System.out.println("committed");
                } catch (MillraceException e) {
                    System.out.println(e.code() + ": " + e.detail());
                }
            }
        }
    }

    private static TableLoad tableLoad(StagedRows staged) {
        String load = UUID.randomUUID().toString();
        Part part = staged.part(
                "SELECT '" + load + "' AS load, hash(i)::VARCHAR AS filler FROM range(" + ROWS + ") AS t(i)");
        return new TableLoad(
                load,
                1,
                1,
                "run",
                new Destination.Table("school.numbers", Write.APPEND, List.of(), Destination.Empty.FAIL),
                List.of(
                        StagedRows.required("load", Column.Type.STRING),
                        StagedRows.column("filler", Column.Type.STRING)),
                List.of(part),
                null,
                null,
                null);
    }
}
