package dev.millrace.loader.bigquery;

import com.google.protobuf.ByteString;
import com.google.zetasql.ArrayType;
import com.google.zetasql.SimpleColumn;
import com.google.zetasql.StructType;
import com.google.zetasql.Type;
import com.google.zetasql.TypeFactory;
import com.google.zetasql.Value;
import com.google.zetasql.ZetaSQLType.TypeKind;
import dev.millrace.loader.TableLoad;
import dev.millrace.loader.TableRestore;
import dev.millrace.pipeline.Column;
import dev.millrace.staging.Manifest;
import dev.millrace.testing.GoogleEvaluator;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Struct;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A table on Google's evaluator that is loaded by the commits of {@link Statements}, statement by statement. The
 * evaluator knows queries only. So each statement that changes something is run as the queries that it is made of, which
 * stay as they are to the letter: the SELECT of an INSERT, the condition of a DELETE, both tables, the condition and the
 * values of a MERGE.
 */
final class EvaluatedWarehouse {
    private static final Table TABLE = new Table("my-project", "school", "students");
    private static final Table STAGE = new Table("my-project", "school", "_millrace_stage_1_1_1");
    private static final Table LEDGER = new Table("my-project", "millrace", "ledger");

    private static final Pattern VARIABLE =
            Pattern.compile("(?<![\\w`.])_millrace_(now|first|last_load|last|superseded|outdated|tied|deleted)(?!\\w)");
    private static final Pattern DECLARE = statement("DECLARE (\\w+) (\\w+) DEFAULT (.*)");
    private static final Pattern SET = statement("SET @(\\w+) = (.*)");
    private static final Pattern ASSERT = statement("ASSERT (.*) AS ('(?:[^'\\\\]|\\\\.)*')");
    private static final Pattern TRUNCATE = statement("TRUNCATE TABLE `(\\S+)`");
    private static final Pattern DELETE = statement("DELETE FROM `(\\S+)`( AS \\w+)? WHERE (.*)");
    private static final Pattern INSERT = statement("INSERT INTO `(\\S+)` \\(([^)]*)\\) (SELECT .*)");
    private static final Pattern CREATE = statement("CREATE TEMP TABLE `(\\w+)` AS (.*)");
    private static final Pattern MERGE = statement(
            "MERGE INTO `(\\S+)` AS (\\w+) USING \\((.*)\\) AS (\\w+) ON (.*?)( WHEN MATCHED THEN UPDATE SET (.*))?"
                    + " WHEN NOT MATCHED THEN INSERT \\((.*)\\) VALUES \\((.*)\\)");

    private final GoogleEvaluator google = new GoogleEvaluator();
    private final List<Column> schema;
    private final Map<String, List<SimpleColumn>> columns = new HashMap<>();
    private final Map<String, Value> variables = new HashMap<>();

    EvaluatedWarehouse(List<Column> schema) {
        this.schema = schema;
        Map<String, Type> table = new LinkedHashMap<>();
        Map<String, Type> stage = new LinkedHashMap<>();
        schema.forEach(column -> {
            table.put(column.name(), GoogleSql.type(column, false));
            stage.put(column.name(), GoogleSql.type(column, true));
        });
        stage.put(Manifest.POSITION, TypeFactory.createSimpleType(TypeKind.TYPE_INT64));
        Map<String, Type> ledger = new LinkedHashMap<>();
        GoogleSql.LEDGER.forEach(
                column -> ledger.put(column.getKey(), TypeFactory.createSimpleType(column.getValue())));
        addTable(TABLE.toString(), table);
        addTable(STAGE.toString(), stage);
        addTable(LEDGER.toString(), ledger);
    }

    private static Pattern statement(String pattern) {
        return Pattern.compile(pattern, Pattern.DOTALL);
    }

    private void addTable(String name, Map<String, Type> types) {
        google.addTable(name, types);
        columns.put(
                name,
                types.entrySet().stream()
                        .map(column -> new SimpleColumn(name, column.getKey(), column.getValue()))
                        .toList());
    }

    /** Rows of the table, in no order. */
    List<List<Value>> rows() {
        return google.rows(TABLE.toString());
    }

    /** A number of the ledger's last row. */
    long ledger(String column) {
        List<Value> row = google.rows(LEDGER.toString()).getLast();
        return row.get(position(LEDGER.toString(), column)).getInt64Value();
    }

    /**
     * Loads what is staged in the files.
     *
     * @throws IllegalStateException with the text of the assertion that does not hold; then nothing has changed
     */
    void load(TableLoad load, List<Path> files) throws SQLException {
        List<List<Value>> staged = new ArrayList<>();
        for (Path file : files) {
            staged.addAll(read(file));
        }
        google.setRows(STAGE.toString(), staged);
        List<List<Value>> before = rows();
        variables.clear();
        try {
            for (String statement : new Statements(load, load.rows(), Statements.Staged.PARQUET, TABLE, STAGE, LEDGER)
                    .commit()
                    .split(";(\n|$)", 0)) {
                run(VARIABLE.matcher(statement).replaceAll("@_millrace_$1"));
            }
        } catch (RuntimeException e) {
            google.setRows(TABLE.toString(), before);
            throw e;
        }
    }

    /**
     * Copies the table into the stage table, as for a backup's files, empties it, and restores it of these.
     *
     * @return what the copy answers of the ledger
     */
    List<List<@Nullable String>> backUpAndRestore(TableRestore restore) {
        google.setRows(STAGE.toString(), List.of());
        variables.clear();
        List<List<@Nullable String>> answers = new ArrayList<>();
        for (String statement : Statements.copy(schema, TABLE, STAGE, LEDGER).split(";(\n|$)", 0)) {
            if (statement.startsWith("SELECT ")) {
                answers.addAll(google.query(statement).texts());
            } else {
                run(statement);
            }
        }
        google.setRows(TABLE.toString(), List.of());
        for (String statement :
                Statements.restore(restore, schema, TABLE, STAGE, LEDGER).split(";(\n|$)", 0)) {
            if (!statement.startsWith("UPDATE ")) { // of the ledger
                run(VARIABLE.matcher(statement).replaceAll("@_millrace_$1"));
            }
        }
        return answers;
    }

    private List<List<Value>> query(String sql) {
        return google.query(sql, variables).values();
    }

    private void run(String statement) {
        Matcher parts = DECLARE.matcher(statement.replaceFirst("DECLARE @", "DECLARE "));
        if (parts.matches()) {
            variables.put(
                    parts.group(1), query("SELECT " + parts.group(3)).getFirst().getFirst());
            return;
        }
        parts = SET.matcher(statement);
        if (parts.matches()) {
            variables.put(
                    parts.group(1), query("SELECT " + parts.group(2)).getFirst().getFirst());
            return;
        }
        parts = ASSERT.matcher(statement);
        if (parts.matches()) {
            Value holds = query("SELECT " + parts.group(1)).getFirst().getFirst();
            if (holds.isNull() || !holds.getBoolValue()) {
                throw new IllegalStateException(parts.group(2));
            }
            return;
        }
        parts = TRUNCATE.matcher(statement);
        if (parts.matches()) {
            google.setRows(parts.group(1), List.of());
            return;
        }
        parts = DELETE.matcher(statement);
        if (parts.matches()) {
            String alias = parts.group(2) == null ? "" : parts.group(2);
            google.setRows(
                    parts.group(1),
                    query("SELECT * FROM `" + parts.group(1) + "`" + alias + " WHERE (" + parts.group(3)
                            + ") IS NOT TRUE"));
            return;
        }
        parts = INSERT.matcher(statement);
        if (parts.matches()) {
            List<List<Value>> rows = new ArrayList<>(google.rows(parts.group(1)));
            rows.addAll(completed(parts.group(1), parts.group(2), query(parts.group(3))));
            google.setRows(parts.group(1), rows);
            return;
        }
        parts = CREATE.matcher(statement);
        if (parts.matches()) {
            GoogleEvaluator.Rows made = google.query(parts.group(2), variables);
            Map<String, Type> types = new LinkedHashMap<>();
            made.columns().forEach(column -> types.put(column.getName(), column.getType()));
            if (!columns.containsKey(parts.group(1))) { // by an earlier load
                addTable(parts.group(1), types);
            }
            google.setRows(parts.group(1), made.values());
            return;
        }
        parts = MERGE.matcher(statement);
        if (parts.matches()) {
            merge(parts);
            return;
        }
        if (!statement.matches("(BEGIN|COMMIT) TRANSACTION")) {
            throw new AssertionError("not known: " + statement);
        }
    }

    private void merge(Matcher parts) {
        String target = parts.group(1);
        String old = "`" + target + "` AS " + parts.group(2);
        String arriving = "(" + parts.group(3) + ") AS " + parts.group(4);
        String unmatched = "NOT EXISTS (SELECT 1 FROM %s WHERE " + parts.group(5) + ")";
        List<List<Value>> rows = new ArrayList<>();
        rows.addAll(query("SELECT * FROM " + old + " WHERE " + unmatched.formatted(arriving)));
        Map<String, String> updated = new HashMap<>();
        if (parts.group(7) != null) {
            for (String assignment : parts.group(7).split(", ", -1)) {
                String[] sides = assignment.split(" = ", 2);
                updated.put(sides[0], sides[1]);
            }
        }
        rows.addAll(query("SELECT "
                + String.join(
                        ", ",
                        columns(target).stream()
                                .map(column -> "`" + column.getName() + "`")
                                .map(name -> updated.getOrDefault(name, parts.group(2) + "." + name))
                                .toList())
                + " FROM " + old + " JOIN " + arriving + " ON " + parts.group(5)));
        rows.addAll(completed(
                target,
                parts.group(8),
                query("SELECT " + parts.group(9) + " FROM " + arriving + " WHERE " + unmatched.formatted(old))));
        google.setRows(target, rows);
    }

    /** The rows with NULL in the columns that are not named. */
    private List<List<Value>> completed(String table, String names, List<List<Value>> rows) {
        List<Value> nulls = columns(table).stream()
                .map(column -> Value.createNullValue(column.getType()))
                .toList();
        List<Integer> places = new ArrayList<>();
        for (String name : names.split(", ", -1)) {
            places.add(position(table, name.replace("`", "")));
        }
        return rows.stream()
                .<List<Value>>map(row -> {
                    List<Value> whole = new ArrayList<>(nulls);
                    for (int i = 0; i < places.size(); i++) {
                        whole.set(places.get(i), row.get(i));
                    }
                    return whole;
                })
                .toList();
    }

    private int position(String table, String column) {
        return columns(table).stream().map(SimpleColumn::getName).toList().indexOf(column);
    }

    private List<SimpleColumn> columns(String table) {
        return Objects.requireNonNull(columns.get(table), table);
    }

    // what a load job makes of a part

    private List<List<Value>> read(Path file) throws SQLException {
        List<List<Value>> rows = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT * FROM read_parquet('" + file + "')")) {
            while (result.next()) {
                List<Value> row = new ArrayList<>();
                for (int i = 0; i < schema.size(); i++) {
                    row.add(value(GoogleSql.type(schema.get(i), true), result.getObject(i + 1)));
                }
                row.add(Value.createInt64Value(result.getLong(Manifest.POSITION)));
                rows.add(row);
            }
        }
        return rows;
    }

    private static Value value(Type type, @Nullable Object staged) throws SQLException {
        if (staged == null) {
            return Value.createNullValue(type);
        }
        return switch (staged) {
            case Long number -> Value.createInt64Value(number);
            case BigDecimal number -> Value.createNumericValue(number);
            case Double number -> Value.createDoubleValue(number);
            case Boolean truth -> Value.createBoolValue(truth);
            case String text -> Value.createStringValue(text);
            case Blob bytes ->
                Value.createBytesValue(ByteString.copyFrom(bytes.getBytes(1, Math.toIntExact(bytes.length()))));
            case LocalDate date -> Value.createDateValue(date);
            case OffsetDateTime moment ->
                Value.createTimestampValueFromUnixMicros(ChronoUnit.MICROS.between(Instant.EPOCH, moment.toInstant()));
            case Array list -> {
                ArrayType array = type.asArray();
                List<Value> elements = new ArrayList<>();
                for (Object element : (Object[]) list.getArray()) {
                    elements.add(value(array.getElementType(), element));
                }
                yield Value.createArrayValue(array, elements);
            }
            case Struct group -> {
                StructType struct = type.asStruct();
                List<Value> fields = new ArrayList<>();
                for (int i = 0; i < struct.getFieldCount(); i++) {
                    fields.add(value(struct.getField(i).getType(), group.getAttributes()[i]));
                }
                yield Value.createStructValue(struct, fields);
            }
            default -> throw new AssertionError(staged.getClass() + " for " + type);
        };
    }
}
