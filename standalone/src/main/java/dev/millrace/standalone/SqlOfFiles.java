package dev.millrace.standalone;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.InvalidValue;
import dev.millrace.pipeline.Pipeline;
import dev.millrace.pipeline.PipelineReader;
import dev.millrace.problem.Problem;
import dev.millrace.warehouse.SqlCheck;
import io.micronaut.core.annotation.Nullable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** The SQL of pipeline files, checked over the tables that the files declare, by the warehouse's own reader of it. */
final class SqlOfFiles {
    private final Map<String, File> files = new TreeMap<>();
    private final List<Sql> all = new ArrayList<>();

    /** What is said of a file: errors of it, and what couldn't be checked. */
    record Said(List<Problem.FieldError> errors, List<Problem.FieldError> warnings) {}

    private record File(String text, Pipeline pipeline, Said said) {}

    /** @param table that it fills; null: none */
    private record Sql(
            String file,
            String field,
            String text,
            @Nullable String table) {}

    /** Adds a file that is valid by itself. */
    void add(String file, String text, Pipeline pipeline) {
        files.put(file, new File(text, pipeline, new Said(new ArrayList<>(), new ArrayList<>())));
        pipeline.models()
                .forEach((name, model) -> all.add(new Sql(
                        file,
                        "models." + name + ".sql",
                        model.sql(),
                        model.destination().table())));
        pipeline.endpoints()
                .forEach((name, endpoint) -> endpoint.read()
                        .warehouseQueries()
                        .forEach((key, query) -> all.add(new Sql(file, "endpoints." + name + "." + key, query, null))));
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
                switch (check.check(sql.text(), sql.table())) {
                    case SqlCheck.Result.Right() -> {
                        waiting.remove(sql);
                        more = true;
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
            if (check.check(sql.text(), null) instanceof SqlCheck.Result.Undeclared(String table)) {
                leftOut(sql, "it reads " + table + ", which none of the files declares rightly");
            }
        }
    }

    private void error(Sql sql, SqlCheck.Result.Wrong wrong) {
        File file = file(sql);
        for (Problem.FieldError error : located(sql, wrong.reason(), "SQL that the warehouse understands")) {
            file.said().errors().add(SqlPlace.of(file.text(), sql.text(), error, wrong.line(), wrong.column()));
        }
    }

    private void leftOut(Sql sql, String why) {
        file(sql).said().warnings().addAll(located(sql, "SQL that is not checked", "none: " + why));
    }

    private List<Problem.FieldError> located(Sql sql, String found, String expected) {
        return PipelineReader.located(
                sql.file(),
                file(sql).text().getBytes(StandardCharsets.UTF_8),
                List.of(new InvalidValue.Violation(sql.field(), found, expected)));
    }

    private File file(Sql sql) {
        return Objects.requireNonNull(files.get(sql.file()));
    }
}
