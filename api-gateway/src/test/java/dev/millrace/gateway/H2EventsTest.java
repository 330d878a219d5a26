package dev.millrace.gateway;

import java.nio.file.Path;
import java.util.Map;

/** The default of an installation on one machine. */
class H2EventsTest extends EventsContract {
    @Override
    Map<String, Object> newDatabase(Path file) {
        return h2(file);
    }
}
