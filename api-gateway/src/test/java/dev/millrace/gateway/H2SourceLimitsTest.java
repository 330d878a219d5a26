package dev.millrace.gateway;

import java.util.Map;

class H2SourceLimitsTest extends SourceLimitsContract {
    @Override
    Map<String, Object> datasource() {
        return Map.of("url", "jdbc:h2:file:" + folder.resolve("runs"));
    }
}
