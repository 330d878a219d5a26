package dev.millrace.gateway;

import java.util.Map;

/** The default of an installation on one machine. */
class EmbeddedSchedulesTest extends SchedulesContract {
    @Override
    Map<String, Object> properties() {
        return Map.of();
    }
}
