package dev.millrace.gateway;

import java.nio.file.Path;
import java.util.Map;

class H2RetentionTest extends RetentionContract {
    @Override
    Map<String, Object> newDatabase(Path file) {
        return h2(file);
    }
}
