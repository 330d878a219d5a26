package dev.millrace.loader.bigquery;

import static java.util.Objects.requireNonNull;

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
import dev.millrace.loader.Widening;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import io.micronaut.core.annotation.Nullable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
            Field.of("cursor_number", StandardSQLTypeName.INT64),
            Field.of("undone_at", StandardSQLTypeName.TIMESTAMP),
            Field.of("checks", StandardSQLTypeName.STRING),
            Field.of("rejected", StandardSQLTypeName.INT64),
            Field.of("rejects", StandardSQLTypeName.STRING));

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
         * @param statements in their order; empty: none is to be run
         * @param nested what is to be added within records, which SQL can't
         * @param schema the columns of the load, the fields of their records in the table's order
         */
        record Alter(List<Column> added, List<String> statements, List<String> nested, List<Column> schema)
                implements Change {}
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
            switch (destination.contract()) {
                case STRICT -> {
                    compare("", found.getFields(), schema, differences, missing, tooStrict);
                    missing.forEach(column -> differences.add(column.name() + " is missing in the table"));
                    tooStrict.forEach(column -> differences.add(strict(column.name())));
                }
                case EVOLVE, INFER -> {
                    return evolved(table, destination, found.getFields(), schema);
                }
            }
        }
        if (!differences.isEmpty()) {
            throw mismatch(destination, differences);
        }
        return new Change.Alter(
                List.of(),
                List.of(),
                List.of(),
                ordered(schema, Fields.present(requireNonNull(found).getFields())));
    }

    /** What a table becomes that may evolve. */
    private static Change evolved(Table table, Destination.Table destination, FieldList found, List<Column> schema) {
        Widening widening = new Widening(destination.contract());
        List<String> differences = new ArrayList<>();
        List<Column> missing = new ArrayList<>();
        List<Column> after = new ArrayList<>();
        List<String> statements = new ArrayList<>();
        List<String> nested = new ArrayList<>();
        Map<String, Column> unknown = new LinkedHashMap<>();
        Fields.present(found).forEach(column -> unknown.put(column.name().toLowerCase(Locale.ROOT), column));
        for (Column column : schema) {
            Column present = unknown.remove(column.name().toLowerCase(Locale.ROOT));
            if (present == null) {
                missing.add(column);
                continue;
            }
            Column now = widening.of(column.name(), present, column);
            after.add(now);
            Column wider = wider(present, now);
            if (!Types.of(wider).equals(Types.of(present))) {
                statements.add(Statements.widen(table, wider));
            }
            nested(column.name() + ".", present, now, nested);
            if (present.mode() == Column.Mode.REQUIRED && column.mode() == Column.Mode.NULLABLE) {
                statements.add(Statements.relax(table, column));
            }
        }
        unknown.values().stream()
                .filter(column ->
                        destination.contract() != Destination.Contract.INFER || column.mode() == Column.Mode.REQUIRED)
                .forEach(column -> differences.add(column.name() + " is in the table, but not in the schema"));
        differences.addAll(widening.differences());
        if (!differences.isEmpty()) {
            throw mismatch(destination, differences);
        }
        if (!missing.isEmpty()) {
            statements.addFirst(Statements.add(table, missing));
        }
        return new Change.Alter(missing, statements, nested, ordered(schema, after));
    }

    /** What is there already, with the types that it is to have. */
    private static Column wider(Column present, Column now) {
        return present.type() == Column.Type.RECORD
                ? present.found(
                        null,
                        Column.Type.RECORD,
                        present.fields().stream()
                                .map(field -> wider(
                                        field, Widening.field(now, field.name()).orElse(field)))
                                .toList())
                : now;
    }

    /** Paths of the fields that records lack. */
    private static void nested(String path, Column present, Column now, List<String> paths) {
        for (Column field : now.fields()) {
            Widening.field(present, field.name())
                    .ifPresentOrElse(
                            known -> nested(path + field.name() + ".", known, field, paths),
                            () -> paths.add(path + field.name()));
        }
    }

    /** BigQuery compares records by the order of their fields. */
    private static List<Column> ordered(List<Column> schema, List<Column> table) {
        return schema.stream()
                .map(column -> table.stream()
                        .filter(present -> present.name().equalsIgnoreCase(column.name()))
                        .findFirst()
                        .map(present -> column.found(column.from(), column.type(), fields(column, present)))
                        .orElse(column))
                .toList();
    }

    private static List<Column> fields(Column column, Column present) {
        List<Column> sorted = present.fields().stream()
                .flatMap(field -> Widening.field(column, field.name()).stream())
                .toList();
        return ordered(sorted, present.fields());
    }

    /**
     * Adds fields within records, by the API: SQL has no statement for it. See
     * https://cloud.google.com/bigquery/docs/managing-table-schemas#add_a_nested_column_to_a_record_column
     *
     * @param schema whose records are added to what the table has
     */
    void addNested(Table table, List<Column> schema) {
        com.google.cloud.bigquery.Table present = bigquery.getTable(table.id());
        if (present == null || !(present.getDefinition() instanceof StandardTableDefinition definition)) {
            throw new MillraceException(ErrorCode.WAREHOUSE_NOT_FOUND, "the table " + table + " is gone");
        }
        List<Field> fields = requireNonNull(definition.getSchema()).getFields().stream()
                .map(field -> schema.stream()
                        .filter(column -> column.name().equalsIgnoreCase(field.getName()))
                        .findFirst()
                        .map(column -> Fields.completed(field, column))
                        .orElse(field))
                .toList();
        bigquery.update(present.toBuilder()
                .setDefinition(
                        definition.toBuilder().setSchema(Schema.of(fields)).build())
                .build());
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
