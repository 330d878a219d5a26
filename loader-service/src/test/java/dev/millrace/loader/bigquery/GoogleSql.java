package dev.millrace.loader.bigquery;

import com.google.zetasql.Analyzer;
import com.google.zetasql.AnalyzerOptions;
import com.google.zetasql.SimpleCatalog;
import com.google.zetasql.SimpleTable;
import com.google.zetasql.StructType;
import com.google.zetasql.Type;
import com.google.zetasql.TypeFactory;
import com.google.zetasql.ZetaSQLType.TypeKind;
import dev.millrace.pipeline.Column;
import dev.millrace.staging.Manifest;
import dev.millrace.testing.GoogleEvaluator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Google's own analyzer of the language of BigQuery, https://github.com/google/zetasql, with the tables of one load. */
final class GoogleSql {
    private static final Pattern DECLARE = Pattern.compile("DECLARE (\\w+) (\\w+) DEFAULT \\((.*)\\)", Pattern.DOTALL);

    static final List<Map.Entry<String, TypeKind>> LEDGER = List.of(
            Map.entry("load", TypeKind.TYPE_STRING),
            Map.entry("state", TypeKind.TYPE_STRING),
            Map.entry("generation", TypeKind.TYPE_INT64),
            Map.entry("run", TypeKind.TYPE_STRING),
            Map.entry("table_name", TypeKind.TYPE_STRING),
            Map.entry("rows", TypeKind.TYPE_INT64),
            Map.entry("superseded", TypeKind.TYPE_INT64),
            Map.entry("table_rows", TypeKind.TYPE_INT64),
            Map.entry("outdated", TypeKind.TYPE_INT64),
            Map.entry("tied", TypeKind.TYPE_INT64),
            Map.entry("deleted", TypeKind.TYPE_INT64),
            Map.entry("cursor", TypeKind.TYPE_STRING),
            Map.entry("decided_at", TypeKind.TYPE_TIMESTAMP),
            Map.entry("pipeline", TypeKind.TYPE_STRING),
            Map.entry("endpoint", TypeKind.TYPE_STRING),
            Map.entry("cursor_by", TypeKind.TYPE_STRING),
            Map.entry("cursor_number", TypeKind.TYPE_INT64),
            Map.entry("undone_at", TypeKind.TYPE_TIMESTAMP),
            Map.entry("checks", TypeKind.TYPE_STRING),
            Map.entry("rejected", TypeKind.TYPE_INT64),
            Map.entry("rejects", TypeKind.TYPE_STRING));

    private final SimpleCatalog catalog = GoogleEvaluator.catalog();

    GoogleSql(List<Column> schema, Table table, Table stage, Table ledger) {
        SimpleTable target = new SimpleTable(table.toString());
        SimpleTable staged = new SimpleTable(stage.toString());
        for (Column column : schema) {
            target.addSimpleColumn(column.name(), type(column, false));
            staged.addSimpleColumn(column.name(), type(column, true));
        }
        staged.addSimpleColumn(Manifest.POSITION, TypeFactory.createSimpleType(TypeKind.TYPE_INT64));
        SimpleTable done = new SimpleTable(ledger.toString());
        LEDGER.forEach(
                column -> done.addSimpleColumn(column.getKey(), TypeFactory.createSimpleType(column.getValue())));
        List.of(target, staged, done).forEach(known -> catalog.addSimpleTable(known.getName(), known));
    }

    /** @throws com.google.zetasql.SqlException when BigQuery would not understand a statement of the script */
    void analyze(String script) {
        AnalyzerOptions options = GoogleEvaluator.options();
        for (String statement : script.split(";(\n|$)", 0)) {
            Matcher declaration = DECLARE.matcher(statement);
            if (declaration.matches()) { // the analyzer knows no variables, but parameters
                TypeKind kind = kind(declaration.group(2));
                Analyzer.analyzeStatement(
                        "SELECT " + declaration.group(2) + " '2026-01-31' = (" + declaration.group(3) + ")",
                        options,
                        catalog);
                options.addQueryParameter(declaration.group(1), TypeFactory.createSimpleType(kind));
            } else {
                analyze(
                        statement.replaceAll(
                                "(?<=[ (])(_millrace_first|_millrace_last|_millrace_now|_millrace_last_load)(?=[ )]|$)",
                                "@$1"),
                        options);
            }
        }
    }

    private void analyze(String statement, AnalyzerOptions options) {
        try {
            Analyzer.analyzeStatement(statement, options, catalog);
        } catch (IllegalArgumentException e) {
            // the analyzer is content, but its client can't read a NULL of a STRUCT in what it found out
            if (!String.valueOf(e.getMessage()).startsWith("Type not supported")) {
                throw e;
            }
        }
    }

    /** @param staged whether in the stage table, where some types are texts */
    static Type type(Column column, boolean staged) {
        Type type = column.type() == Column.Type.RECORD
                ? TypeFactory.createStructType(column.fields().stream()
                        .map(field -> new StructType.StructField(field.name(), type(field, staged)))
                        .toList())
                : TypeFactory.createSimpleType(kind(staged, column.type()));
        return column.mode() == Column.Mode.REPEATED ? TypeFactory.createArrayType(type) : type;
    }

    private static TypeKind kind(boolean staged, Column.Type type) {
        return switch (type) {
            case INTEGER -> TypeKind.TYPE_INT64;
            case FLOAT -> TypeKind.TYPE_DOUBLE;
            case BOOLEAN -> TypeKind.TYPE_BOOL;
            case NUMERIC, STRING, BYTES, DATE, TIMESTAMP -> kind(type.name());
            case BIGNUMERIC, TIME, DATETIME, INTERVAL, JSON, GEOGRAPHY ->
                staged ? TypeKind.TYPE_STRING : kind(type.name());
            case RECORD -> throw new IllegalArgumentException("a RECORD is no simple type");
        };
    }

    private static TypeKind kind(String name) {
        return TypeKind.valueOf("TYPE_" + name);
    }
}
