package dev.millrace.task;

import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import java.util.Map;

/**
 * What runs before a load have measured for a check of its table.
 *
 * @param name the check's title
 * @param measured numbers by name, of each run; the newest first
 */
@Serdeable
public record CheckHistory(String name, List<Map<String, Double>> measured) {
    public CheckHistory {
        measured = measured.stream().map(Map::copyOf).toList();
    }
}
