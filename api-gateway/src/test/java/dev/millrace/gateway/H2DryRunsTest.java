package dev.millrace.gateway;

import java.nio.file.Path;
import java.util.Map;

/** The default of an installation on one machine. */
class H2DryRunsTest extends DryRunsContract {
    @Override
    Map<String, Object> newDatabase(Path file) {
        return h2(file);
    }
}
