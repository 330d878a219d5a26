package dev.millrace.gateway;

import java.nio.file.Path;
import java.util.Map;

class H2BackfillsTest extends BackfillsContract {
    @Override
    Map<String, Object> newDatabase(Path file) {
        return h2(file);
    }
}
