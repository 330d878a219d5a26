package dev.millrace.standalone.cloud;

import com.google.zetasql.StructType;
import com.google.zetasql.Type;
import com.google.zetasql.TypeFactory;
import com.google.zetasql.ZetaSQLType.TypeKind;
import dev.millrace.emulator.zetasql.SqlFault;
import dev.millrace.emulator.zetasql.ZetaSql;
import dev.millrace.pipeline.Column;
import dev.millrace.warehouse.SqlCheck;
import io.micronaut.core.annotation.Nullable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Asks Google's own analyzer of BigQuery's language. */
final class BigQuerySqlCheck implements SqlCheck {
    private final ZetaSql google = ZetaSql.get();
    private final Map<String, List<ZetaSql.Column>> declared = new HashMap<>();

    /** Found by {@link java.util.ServiceLoader}. */
    public static final class BigQuery implements Kind {
        @Override
        public String warehouse() {
            return "bigquery";
        }

        @Override
        public String missing() {
            return ZetaSql.missing();
        }

        @Override
        public SqlCheck open() {
            return new BigQuerySqlCheck();
        }
    }

    @Override
    public void declare(String table, List<Column> columns) {
        keep(table, columns.stream().map(BigQuerySqlCheck::column).toList());
    }

    private void keep(String table, List<ZetaSql.Column> columns) {
        List<ZetaSql.Column> _ = declared.putIfAbsent(withoutProject(table), columns);
    }

    /** Files name tables with and without the project, which only the installation knows. */
    private static String withoutProject(String table) {
        String[] parts = table.split("\\.", -1);
        return parts.length < 2 ? table : parts[parts.length - 2] + "." + parts[parts.length - 1];
    }

    @Override
    public Result check(String sql, @Nullable String table) {
        return checked(sql, table, Map.of());
    }

    @Override
    public Result check(String sql, Map<String, Column.Type> parameters) {
        Map<String, Type> types = new HashMap<>();
        parameters.forEach((name, type) -> types.put(name, TypeFactory.createSimpleType(kind(type))));
        return checked(sql, null, types);
    }

    private Result checked(String sql, @Nullable String table, Map<String, Type> parameters) {
        try {
            Map<List<String>, List<ZetaSql.Column>> tables = new HashMap<>();
            for (List<String> name : google.tables(sql)) {
                List<ZetaSql.Column> columns = declared.get(withoutProject(String.join(".", name)));
                if (columns == null) {
                    return new Result.Undeclared(String.join(".", name));
                }
                tables.put(name, columns);
            }
            List<ZetaSql.Column> columns =
                    google.analyze(sql, tables, parameters).columns();
            if (table != null) {
                keep(table, columns);
            }
            return new Result.Right(columns.stream().map(ZetaSql.Column::name).toList());
        } catch (SqlFault e) {
            return new Result.Wrong(e.line(), e.column(), e.sentence());
        }
    }

    private static ZetaSql.Column column(Column column) {
        Type type = column.type() == Column.Type.RECORD
                ? TypeFactory.createStructType(column.fields().stream()
                        .map(BigQuerySqlCheck::column)
                        .map(field -> new StructType.StructField(field.name(), field.type()))
                        .toList())
                : TypeFactory.createSimpleType(kind(column.type()));
        return new ZetaSql.Column(
                column.name(), column.mode() == Column.Mode.REPEATED ? TypeFactory.createArrayType(type) : type);
    }

    private static TypeKind kind(Column.Type type) {
        return switch (type) {
            case INTEGER -> TypeKind.TYPE_INT64;
            case FLOAT -> TypeKind.TYPE_DOUBLE;
            case BOOLEAN -> TypeKind.TYPE_BOOL;
            case NUMERIC, BIGNUMERIC, STRING, BYTES, DATE, TIME, DATETIME, TIMESTAMP, INTERVAL, JSON, GEOGRAPHY ->
                TypeKind.valueOf("TYPE_" + type.name());
            case RECORD -> throw new IllegalArgumentException("a RECORD is no simple type");
        };
    }

    @Override
    public void close() {
        // the library is the process's
    }
}
