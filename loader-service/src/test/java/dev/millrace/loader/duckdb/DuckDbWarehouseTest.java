package dev.millrace.loader.duckdb;

import dev.millrace.loader.Warehouse;
import dev.millrace.loader.WarehouseConfig;
import dev.millrace.loader.WarehouseContract;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

class DuckDbWarehouseTest extends WarehouseContract {
    private @Nullable DuckDbWarehouse warehouse;

    @BeforeEach
    void open() throws InterruptedException {
        warehouse = new DuckDbWarehouse(
                config(folder.resolve("school.duckdb"), Duration.ofSeconds(60)),
                staged.store(),
                ObjectMapper.getDefault());
    }

    static WarehouseConfig config(Path file, Duration queryTimeout) {
        return new WarehouseConfig(file, "500MB", 2, Duration.ofMillis(300), queryTimeout);
    }

    @AfterEach
    void close() {
        if (warehouse != null) {
            warehouse.close();
        }
    }

    @Override
    protected Warehouse warehouse() {
        if (warehouse == null) {
            throw new IllegalStateException("not open");
        }
        return warehouse;
    }
}
