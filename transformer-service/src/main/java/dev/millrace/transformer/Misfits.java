package dev.millrace.transformer;

import dev.millrace.pipeline.Column;
import dev.millrace.staging.Drift;
import dev.millrace.staging.Fault;
import dev.millrace.staging.Reject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Columns with values that they can't hold, whose records were rejected. For one thread. */
final class Misfits {
    private static final int MOST_EXAMPLE = 40;

    private final Map<String, Column.Type> types = new HashMap<>();
    private final Map<String, Misfit> misfits = new LinkedHashMap<>();

    private static final class Misfit {
        private final String example;
        private long records;

        private Misfit(String example) {
            this.example = example;
        }
    }

    Misfits(List<Column> schema) {
        name("", schema);
    }

    private void name(String path, List<Column> columns) {
        for (Column column : columns) {
            types.put(path + column.name(), column.type());
            name(path + column.name() + ".", column.fields());
        }
    }

    void add(List<Reject> rejects) {
        for (Reject reject : rejects) {
            Set<String> counted = new HashSet<>();
            for (Fault fault : reject.faults()) {
                String place = fault.column();
                String value = fault.value();
                if (place != null && value != null && fault.code() == Fault.Kind.VALUE_INVALID) {
                    String column = place.replaceAll("\\[[0-9]+]", "");
                    if (types.containsKey(column) && counted.add(column)) {
                        misfits.computeIfAbsent(column, _ -> new Misfit(shortened(value))).records++;
                    }
                }
            }
        }
    }

    private static String shortened(String value) {
        return value.length() > MOST_EXAMPLE ? value.substring(0, MOST_EXAMPLE) + "…" : value;
    }

    List<Drift.Change> changes() {
        return misfits.entrySet().stream()
                .map(misfit -> new Drift.Change(
                        Drift.Kind.RETYPED,
                        misfit.getKey(),
                        String.valueOf(types.get(misfit.getKey())),
                        null,
                        misfit.getValue().records,
                        misfit.getValue().example))
                .toList();
    }
}
