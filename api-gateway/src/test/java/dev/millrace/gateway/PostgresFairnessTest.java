package dev.millrace.gateway;

import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What production uses. */
class PostgresFairnessTest extends FairnessContract {
    @RegisterExtension
    static final PostgresRunDatabase DATABASE = new PostgresRunDatabase();

    @Override
    Map<String, Object> datasource() {
        return DATABASE.datasource();
    }
}
