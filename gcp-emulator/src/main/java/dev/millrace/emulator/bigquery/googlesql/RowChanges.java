package dev.millrace.emulator.bigquery.googlesql;

import java.util.ArrayList;
import java.util.List;

/**
 * Statements that change rows.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax">DML syntax</a>
 */
final class RowChanges {
    /** The engine's own rowid is hidden by a column of that name. */
    private static final String TARGET_ROW = "\"emulator target row\"";

    private final Tokens tokens;
    private final Selects selects;
    private final Queries queries;

    RowChanges(Tokens tokens, Selects selects, Queries queries) {
        this.tokens = tokens;
        this.selects = selects;
        this.queries = queries;
    }

    Statement insert() {
        tokens.expect("INSERT");
        tokens.take("INTO");
        TableName table = selects.name(tokens.path());
        List<String> columns = new ArrayList<>();
        if (tokens.is("(") && !selects.begins()) {
            columns = columns();
        }
        Query source = tokens.take("VALUES") ? queries.given("VALUES " + rows()) : queries.read();
        return new Statement.Insert(table, columns, source, selects.tables());
    }

    private List<String> columns() {
        List<String> columns = new ArrayList<>();
        tokens.expect("(");
        do {
            columns.add(tokens.name());
        } while (tokens.take(","));
        tokens.expect(")");
        return columns;
    }

    private String rows() {
        List<String> rows = new ArrayList<>();
        do {
            tokens.expect("(");
            rows.add("(" + selects.expressions().list(")") + ")");
        } while (tokens.take(","));
        return String.join(", ", rows);
    }

    Statement update() {
        tokens.expect("UPDATE");
        TableName table = selects.name(tokens.path());
        String alias = alias(table);
        tokens.expect("SET");
        String sql = "UPDATE " + table.quoted() + " AS " + alias + " SET " + assignments(alias);
        if (tokens.take("FROM")) {
            sql += " FROM " + selects.from();
        }
        return new Statement.Change("UPDATE", table, sql + where("UPDATE"), null, selects.tables());
    }

    Statement delete() {
        tokens.expect("DELETE");
        tokens.take("FROM");
        TableName table = selects.name(tokens.path());
        String sql = "DELETE FROM " + table.quoted() + " AS " + alias(table);
        return new Statement.Change("DELETE", table, sql + where("DELETE"), null, selects.tables());
    }

    Statement truncate() {
        tokens.expect("TRUNCATE", "TABLE");
        TableName table = selects.name(tokens.path());
        return new Statement.Change("TRUNCATE_TABLE", table, "DELETE FROM " + table.quoted(), null, selects.tables());
    }

    private String where(String statement) {
        if (!tokens.take("WHERE")) {
            throw QueryErrors.invalidQuery(statement + " must have a WHERE clause");
        }
        return " WHERE " + selects.expressions().expression();
    }

    private String alias(TableName table) {
        return Sql.name(tokens.take("AS") || tokens.atName() ? tokens.name() : table.table());
    }

    private String assignments(String alias) {
        List<String> assignments = new ArrayList<>();
        do {
            List<String> path = tokens.path();
            // the engine wants the column alone
            String column = Sql.name(path.getLast());
            if (path.size() > 2
                    || (path.size() == 2 && !Sql.name(path.getFirst()).equalsIgnoreCase(alias))) {
                throw tokens.unsupported("SET of a field of a STRUCT");
            }
            tokens.expect("=");
            assignments.add(column + " = " + selects.expressions().expression());
        } while (tokens.take(","));
        return String.join(", ", assignments);
    }

    Statement merge() {
        tokens.expect("MERGE");
        tokens.take("INTO");
        TableName table = selects.name(tokens.path());
        String alias = alias(table);
        tokens.expect("USING");
        String source = selects.from();
        tokens.expect("ON");
        String condition = selects.expressions().expression();
        StringBuilder sql = new StringBuilder(
                "MERGE INTO " + table.quoted() + " AS " + alias + " USING " + source + " ON " + condition);
        boolean conditional = false;
        while (tokens.take("WHEN")) {
            boolean not = tokens.take("NOT");
            tokens.expect("MATCHED");
            sql.append(not ? " WHEN NOT MATCHED" : " WHEN MATCHED");
            if (tokens.take("BY", "SOURCE")) {
                sql.append(" BY SOURCE");
            } else {
                tokens.take("BY", "TARGET");
            }
            if (tokens.take("AND")) {
                conditional |= !not;
                sql.append(" AND ").append(selects.expressions().expression());
            }
            tokens.expect("THEN");
            sql.append(" THEN ").append(action(alias));
        }
        // the engine itself refuses to change a row twice; with a condition it may still match two, and change one
        String ambiguous = conditional
                ? "SELECT 1 FROM (SELECT *, row_number() OVER () AS " + TARGET_ROW + " FROM " + table.quoted() + ") AS "
                        + alias + " JOIN " + source + " ON " + condition + " GROUP BY " + alias + "." + TARGET_ROW
                        + " HAVING count(*) > 1 LIMIT 1"
                : null;
        return new Statement.Change("MERGE", table, sql.toString(), ambiguous, selects.tables());
    }

    private String action(String alias) {
        if (tokens.take("DELETE")) {
            return "DELETE";
        }
        if (tokens.take("UPDATE", "SET")) {
            return "UPDATE SET " + assignments(alias);
        }
        tokens.expect("INSERT");
        if (tokens.take("ROW")) {
            return "INSERT BY NAME";
        }
        String columns = "";
        if (tokens.is("(")) {
            columns = " (" + String.join(", ", columns().stream().map(Sql::name).toList()) + ")";
        }
        if (tokens.take("ROW")) {
            throw tokens.unsupported("INSERT (…) ROW");
        }
        tokens.expect("VALUES", "(");
        return "INSERT" + columns + " VALUES (" + selects.expressions().list(")") + ")";
    }
}
