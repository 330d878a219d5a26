package dev.millrace.standalone;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Insight;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.pipeline.Names;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.pipeline.TableCheck;
import dev.millrace.problem.Problem;
import dev.millrace.warehouse.SqlCheck;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The SQL of pipeline files and insights, checked over the tables that the files declare, by the warehouse's own reader of it. */
final class SqlOfFiles {
    private final Map<String, File> files = new TreeMap<>();
    private final List<Sql> all = new ArrayList<>();

    /** What is said of a file: errors of it, and what couldn't be checked. */
    record Said(List<Problem.FieldError> errors, List<Problem.FieldError> warnings) {}

    /** @param pipeline null: it is a file of an insight */
    private record File(String text, @Nullable Pipeline pipeline, Said said) {}

    /**
     * @param table that it fills; null: none
     * @param insight whose it is; null: none's
     * @param export whether a file is made of what it selects, so that its columns may have any types
     */
    private record Sql(
            String file,
            String field,
            String text,
            @Nullable String table,
            @Nullable Insight insight,
            boolean export) {
        Sql(String file, String field, String text, @Nullable String table) {
            this(file, field, text, table, null, false);
        }

        SqlCheck.Result checked(SqlCheck check) {
            Map<String, Column.Type> parameters = new LinkedHashMap<>();
            if (insight == null) {
                return export ? check.check(text, parameters) : check.check(text, table);
            }
            insight.head().parameters().forEach((name, parameter) -> parameters.put(name, parameter.type()));
            return check.check(text, parameters);
        }
    }

    /** Adds a file that is valid by itself. */
    void add(String file, String text, Pipeline pipeline) {
        files.put(file, new File(text, pipeline, new Said(new ArrayList<>(), new ArrayList<>())));
        pipeline.models()
                .forEach((name, model) -> all.add(new Sql(
                        file,
                        "models." + name + ".sql",
                        model.sql(),
                        model.destination().table())));
        pipeline.exports()
                .forEach((name, export) ->
                        all.add(new Sql(file, "exports." + name + ".sql", export.sql(), null, null, true)));
        pipeline.models()
                .forEach((name, model) -> conditions(file, "models." + name + ".destination", model.destination()));
        pipeline.endpoints().forEach((name, endpoint) -> {
            conditions(file, "endpoints." + name + ".destination", endpoint.destination());
            endpoint.furtherTables()
                    .forEach((further, table) -> conditions(
                            file,
                            "endpoints." + name + ".furtherTables." + further + ".destination",
                            table.destination()));
        });
        pipeline.endpoints()
                .forEach((name, endpoint) -> endpoint.read()
                        .warehouseQueries()
                        .forEach((key, query) -> all.add(new Sql(file, "endpoints." + name + "." + key, query, null))));
    }

    /** Adds the file of an insight that has the SQL for the warehouse. */
    void add(String file, String text, Insight insight) {
        files.put(file, new File(text, null, new Said(new ArrayList<>(), new ArrayList<>())));
        all.add(new Sql(file, "", text, null, insight, false));
    }

    /** Expressions of checks, which are written once for every warehouse. */
    private void conditions(String file, String field, Destination destination) {
        if (destination instanceof Destination.Table table) {
            for (int i = 0; i < table.checks().size(); i++) {
                if (table.checks().get(i) instanceof TableCheck.Condition condition) {
                    all.add(new Sql(
                            file,
                            field + ".checks[" + i + "].expression",
                            "SELECT 1 AS found FROM " + table.table() + " WHERE (" + condition.expression()
                                    + "\n) IS NOT TRUE",
                            null));
                }
            }
        }
    }

    /** Checks the SQL of all files, by their names. */
    Map<String, Said> check(String warehouse) {
        Optional<SqlCheck.Kind> kind = all.isEmpty() ? Optional.empty() : SqlCheck.of(warehouse);
        String missing = kind.map(SqlCheck.Kind::missing)
                .orElse("the class path has no reader of the SQL of " + warehouse
                        + "; ./millrace of the source tree has one of those that it knows");
        if (missing.isEmpty()) {
            try (SqlCheck check = kind.orElseThrow().open()) {
                declare(check);
                check(check);
            }
        } else {
            all.forEach(sql -> leftOut(sql, missing));
        }
        Map<String, Said> said = new TreeMap<>();
        files.forEach((file, of) -> said.put(file, of.said()));
        return said;
    }

    private void declare(SqlCheck check) {
        for (File file : files.values()) {
            if (file.pipeline() == null) {
                continue;
            }
            file.pipeline().allEndpoints().values().forEach(endpoint -> {
                if (endpoint.destination() instanceof Destination.Table table) {
                    List<Column> columns = new ArrayList<>(endpoint.schema());
                    columns.addAll(table.ownColumns());
                    check.declare(table.table(), columns);
                }
            });
        }
    }

    /** Models may read what other models fill: as long as one is right, more may be. */
    private void check(SqlCheck check) {
        List<Sql> waiting = new ArrayList<>(all);
        boolean more = true;
        while (more) {
            more = false;
            for (Sql sql : List.copyOf(waiting)) {
                switch (sql.checked(check)) {
                    case SqlCheck.Result.Right(List<String> columns) -> {
                        waiting.remove(sql);
                        more = true;
                        checkColumns(sql, columns);
                    }
                    case SqlCheck.Result.Wrong wrong -> {
                        waiting.remove(sql);
                        error(sql, wrong);
                    }
                    case SqlCheck.Result.Undeclared _ -> {}
                }
            }
        }
        for (Sql sql : waiting) {
            if (sql.checked(check) instanceof SqlCheck.Result.Undeclared(String table)) {
                leftOut(sql, "it reads " + table + ", which none of the files declares rightly");
            }
        }
    }

    /** Rows of an insight and an export are objects, and an insight's chart shows some of their columns. */
    private void checkColumns(Sql sql, List<String> columns) {
        if (sql.insight() == null && !sql.export()) {
            return;
        }
        List<Problem.FieldError> errors = file(sql).said().errors();
        for (int i = 0; i < columns.size(); i++) {
            String column = columns.get(i);
            if (columns.indexOf(column) < i) {
                errors.addAll(
                        located(sql, "the column " + column + " twice", "each column once: name one of them with AS"));
            }
        }
        if (sql.insight() == null) {
            return;
        }
        Insight.Chart chart = sql.insight().head().chart();
        if (chart != null) {
            Stream.concat(Stream.of(chart.x()), chart.y().stream())
                    .filter(column -> !columns.contains(column))
                    .forEach(column -> errors.add(
                            new Problem.FieldError(sql.file(), 1, 1, "chart", column, Names.oneOf(column, columns))));
        }
    }

    private void error(Sql sql, SqlCheck.Result.Wrong wrong) {
        File file = file(sql);
        if (file.pipeline() == null) {
            file.said()
                    .errors()
                    .add(new Problem.FieldError(
                            sql.file(),
                            wrong.line(),
                            wrong.column(),
                            "",
                            wrong.reason(),
                            "SQL that the warehouse understands"));
            return;
        }
        for (Problem.FieldError error : located(sql, wrong.reason(), "SQL that the warehouse understands")) {
            file.said().errors().add(SqlPlace.of(file.text(), sql.text(), error, wrong.line(), wrong.column()));
        }
    }

    private void leftOut(Sql sql, String why) {
        file(sql).said().warnings().addAll(located(sql, "SQL that is not checked", "none: " + why));
    }

    private List<Problem.FieldError> located(Sql sql, String found, String expected) {
        if (sql.insight() != null) {
            return List.of(new Problem.FieldError(sql.file(), 1, 1, "", found, expected));
        }
        return PipelineReader.located(
                sql.file(),
                file(sql).text().getBytes(StandardCharsets.UTF_8),
                List.of(new InvalidValue.Violation(sql.field(), found, expected)));
    }

    private File file(Sql sql) {
        return Objects.requireNonNull(files.get(sql.file()));
    }
}
