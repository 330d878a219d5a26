package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.Clustering;
import com.google.cloud.bigquery.DatasetId;
import com.google.cloud.bigquery.DatasetInfo;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FieldList;
import com.google.cloud.bigquery.Schema;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.StandardTableDefinition;
import com.google.cloud.bigquery.TableInfo;
import com.google.cloud.bigquery.TimePartitioning;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The destination's table and dataset: made when missing, and compared with a schema. */
final class Target {
    private static final int MAX_DIFFERENCES = 10;
    private static final String LEDGER_KEY = "load";

    /** Columns that ledgers haven't got which were made by earlier versions. */
    private static final List<Field> LATER = List.of(
            Field.of("outdated", StandardSQLTypeName.INT64),
            Field.of("tied", StandardSQLTypeName.INT64),
            Field.of("deleted", StandardSQLTypeName.INT64),
            Field.of("pipeline", StandardSQLTypeName.STRING),
            Field.of("endpoint", StandardSQLTypeName.STRING),
            Field.of("cursor_by", StandardSQLTypeName.STRING),
            Field.of("cursor_number", StandardSQLTypeName.INT64));

    private static final Schema LEDGER = Schema.of(Stream.concat(
                    Stream.of(
                            Field.of(LEDGER_KEY, StandardSQLTypeName.STRING),
                            Field.of("state", StandardSQLTypeName.STRING),
                            Field.of("generation", StandardSQLTypeName.INT64),
                            Field.of("run", StandardSQLTypeName.STRING),
                            Field.of("table_name", StandardSQLTypeName.STRING),
                            Field.of("rows", StandardSQLTypeName.INT64),
                            Field.of("superseded", StandardSQLTypeName.INT64),
                            Field.of("table_rows", StandardSQLTypeName.INT64),
                            Field.of("cursor", StandardSQLTypeName.STRING),
                            Field.of("decided_at", StandardSQLTypeName.TIMESTAMP)),
                    LATER.stream())
            .toList());

    private final BigQuery bigquery;
    private final BigQueryConfig config;
    private final JobLocation location;

    Target(BigQuery bigquery, BigQueryConfig config, JobLocation location) {
        this.bigquery = bigquery;
        this.config = config;
        this.location = location;
    }

    /** What has to be done before the commit. */
    sealed interface Change {
        record Create() implements Change {}

        /**
         * @param added columns that the table hasn't got yet
         * @param statements in their order; empty: the table is as it should be
         */
        record Alter(List<Column> added, List<String> statements) implements Change {}
    }

    /** @throws MillraceException with {@code TABLE_MISMATCH} when the table is there and can't take the schema's rows */
    Change compare(Table table, Destination.Table destination, List<Column> schema) {
        com.google.cloud.bigquery.Table present = bigquery.getTable(table.id());
        if (present == null) {
            return new Change.Create();
        }
        Schema found = present.getDefinition().getSchema();
        List<String> differences = new ArrayList<>();
        List<Column> missing = new ArrayList<>();
        List<Column> tooStrict = new ArrayList<>();
        if (found == null || !(present.getDefinition() instanceof StandardTableDefinition)) {
            differences.add("it is no table, but a " + present.getDefinition().getType());
        } else {
            compare("", found.getFields(), schema, differences, missing, tooStrict);
        }
        switch (destination.contract()) {
            case STRICT -> {
                missing.forEach(column -> differences.add(column.name() + " is missing in the table"));
                tooStrict.forEach(column -> differences.add(strict(column.name())));
            }
            case EVOLVE -> {}
        }
        if (!differences.isEmpty()) {
            throw mismatch(destination, differences);
        }
        List<String> statements = new ArrayList<>();
        if (!missing.isEmpty()) {
            statements.add(Statements.add(table, missing));
        }
        tooStrict.forEach(column -> statements.add(Statements.relax(table, column)));
        return new Change.Alter(missing, statements);
    }

    /**
     * @param path of the record whose fields are compared, with a point at its end; empty for the columns of the table
     * @param missing columns, and {@code tooStrict} ones, which a table that may evolve can be cured of
     */
    private static void compare(
            String path,
            FieldList found,
            List<Column> schema,
            List<String> differences,
            List<Column> missing,
            List<Column> tooStrict) {
        Map<String, Field> unknown = new TreeMap<>();
        found.forEach(field -> unknown.put(field.getName().toLowerCase(Locale.ROOT), field));
        for (Column column : schema) {
            Field field = unknown.remove(column.name().toLowerCase(Locale.ROOT));
            String name = path + column.name();
            if (field == null) {
                if (path.isEmpty()) {
                    missing.add(column);
                } else {
                    differences.add(name + " is missing in the table");
                }
                continue;
            }
            String type = describe(field);
            if (!type.equals(describe(column))) {
                differences.add(name + " is " + type + " in the table (expected: " + describe(column) + ")");
            } else if (field.getMode() == Field.Mode.REQUIRED && column.mode() == Column.Mode.NULLABLE) {
                if (path.isEmpty()) {
                    tooStrict.add(column);
                } else {
                    differences.add(strict(name));
                }
            }
            if (column.type() == Column.Type.RECORD && field.getSubFields() != null) {
                compare(name + ".", field.getSubFields(), column.fields(), differences, missing, tooStrict);
            }
        }
        unknown.values()
                .forEach(field -> differences.add(path + field.getName() + " is in the table, but not in the schema"));
    }

    private static String strict(String name) {
        return name + " is REQUIRED in the table (expected: NULLABLE)";
    }

    private static String describe(Field field) {
        return describe(
                field.getType().getStandardType(),
                field.getMode() == Field.Mode.REPEATED,
                field.getPrecision(),
                field.getScale());
    }

    private static String describe(Column column) {
        return describe(
                Fields.type(column.type()),
                column.mode() == Column.Mode.REPEATED,
                column.precision() == null ? null : Long.valueOf(column.precision()),
                column.scale() == null ? null : Long.valueOf(column.scale()));
    }

    private static String describe(
            StandardSQLTypeName type, boolean repeated, @Nullable Long precision, @Nullable Long scale) {
        String single =
                precision == null ? type.name() : type + "(" + precision + ", " + (scale == null ? 0 : scale) + ")";
        return repeated ? "ARRAY<" + single + ">" : single;
    }

    private static MillraceException mismatch(Destination.Table destination, List<String> differences) {
        int more = differences.size() - MAX_DIFFERENCES;
        return new MillraceException(
                ErrorCode.TABLE_MISMATCH,
                "table " + destination.table() + " doesn't fit the schema: "
                        + differences.stream().limit(MAX_DIFFERENCES).collect(Collectors.joining("; "))
                        + (more > 0 ? "; and " + more + " more" : ""));
    }

    /** Creates the table and its dataset, if missing. */
    void create(Table table, Destination.Table destination, List<Column> schema) {
        StandardTableDefinition.Builder definition =
                StandardTableDefinition.newBuilder().setSchema(Fields.of(schema));
        Destination.Partition partition = destination.partition();
        if (partition != null) {
            TimePartitioning.Builder time = TimePartitioning.newBuilder(
                            TimePartitioning.Type.valueOf(partition.by().name()))
                    .setField(partition.column());
            if (partition.expireAfterDays() != null) {
                time.setExpirationMs(
                        Duration.ofDays(partition.expireAfterDays()).toMillis());
            }
            definition.setTimePartitioning(time.build());
        }
        if (!destination.cluster().isEmpty()) {
            definition.setClustering(
                    Clustering.newBuilder().setFields(destination.cluster()).build());
        }
        create(TableInfo.newBuilder(table.id(), definition.build()).build());
    }

    /**
     * Creates the ledger and its dataset, if missing. Clustered, so that a load is found without reading all of it.
     *
     * @return statements that bring a ledger of an earlier version up to date
     */
    List<String> createLedger() {
        Table ledger = location.ledger();
        com.google.cloud.bigquery.Table present = bigquery.getTable(ledger.id());
        if (present == null) {
            create(TableInfo.newBuilder(
                            ledger.id(),
                            StandardTableDefinition.newBuilder()
                                    .setSchema(LEDGER)
                                    .setClustering(Clustering.newBuilder()
                                            .setFields(List.of(LEDGER_KEY))
                                            .build())
                                    .build())
                    .setDescription("Millrace's ledger: one row for each load that has been committed.")
                    .build());
            return List.of();
        }
        Schema schema = present.getDefinition().getSchema();
        Set<String> names = schema == null
                ? Set.of()
                : schema.getFields().stream().map(Field::getName).collect(Collectors.toSet());
        String additions = LATER.stream()
                .filter(column -> !names.contains(column.getName()))
                .map(column -> " ADD COLUMN IF NOT EXISTS " + column.getName() + " "
                        + column.getType().getStandardType())
                .collect(Collectors.joining(","));
        return additions.isEmpty() ? List.of() : List.of("ALTER TABLE " + ledger.sql() + additions);
    }

    private void create(TableInfo info) {
        try {
            try {
                bigquery.create(info);
            } catch (BigQueryException e) {
                if (e.getCode() != 404 || !config.createDatasets()) {
                    throw e;
                }
                create(DatasetId.of(
                        info.getTableId().getProject(), info.getTableId().getDataset()));
                bigquery.create(info);
            }
        } catch (BigQueryException e) {
            if (e.getCode() != 409) { // somebody else was faster, or our own answer was lost
                throw e;
            }
        }
    }

    private void create(DatasetId dataset) {
        try {
            bigquery.create(DatasetInfo.newBuilder(dataset)
                    .setLocation(location.location())
                    .build());
        } catch (BigQueryException e) {
            if (e.getCode() != 409) {
                throw e;
            }
        }
    }
}
