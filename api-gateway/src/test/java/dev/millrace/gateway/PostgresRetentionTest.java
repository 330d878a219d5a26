package dev.millrace.gateway;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What production uses. */
class PostgresRetentionTest extends RetentionContract {
    @RegisterExtension
    static final PostgresRunDatabase DATABASE = new PostgresRunDatabase();

    @Override
    Map<String, Object> newDatabase(Path file) {
        return DATABASE.create();
    }
}
