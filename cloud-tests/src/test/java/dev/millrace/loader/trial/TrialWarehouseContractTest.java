package dev.millrace.loader.trial;

import dev.millrace.loader.LoadContract;
import dev.millrace.loader.StagedRows;
import dev.millrace.loader.Warehouse;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The trial warehouse is held to what every warehouse does at least. Here, because here alone the fixtures of loader and
 * command line meet.
 */
@EnabledIfSystemProperty(named = "thorough", matches = ".*")
class TrialWarehouseContractTest extends LoadContract {
    private TrialWarehouse warehouse;

    @BeforeEach
    void open() throws SQLException {
        warehouse = new TrialWarehouse(folder, staged.store());
    }

    @AfterEach
    void close() throws SQLException {
        warehouse.close();
    }

    @Override
    protected Warehouse warehouse() {
        return warehouse;
    }

    @Override
    protected StagedRows staging() {
        return new StagedRows(folder.resolve("staging"));
    }

    @Override
    protected int rounds() {
        return 24;
    }
}
