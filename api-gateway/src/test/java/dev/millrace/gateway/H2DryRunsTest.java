package dev.millrace.gateway;

import java.util.Map;

/** The default of an installation on one machine. */
class H2DryRunsTest extends DryRunsContract {
    @Override
    Map<String, Object> datasource() {
        return Map.of("url", "jdbc:h2:file:" + folder.resolve("runs"));
    }
}
