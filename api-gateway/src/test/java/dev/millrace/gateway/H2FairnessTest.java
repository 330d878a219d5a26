package dev.millrace.gateway;

import java.util.Map;

class H2FairnessTest extends FairnessContract {
    @Override
    Map<String, Object> datasource() {
        return Map.of("url", "jdbc:h2:file:" + folder.resolve("runs"));
    }
}
