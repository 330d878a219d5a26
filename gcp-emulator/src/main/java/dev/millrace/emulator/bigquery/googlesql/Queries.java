package dev.millrace.emulator.bigquery.googlesql;

import dev.millrace.emulator.http.ApiException;
import dev.millrace.emulator.zetasql.SqlFault;
import dev.millrace.emulator.zetasql.ZetaSql;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Reads the query that a statement ends with, and says by whom it can be answered. */
final class Queries {
    private final String script;
    private final Tokens tokens;
    private final Selects selects;
    private final Set<String> temporary;
    private final Set<String> variables;

    Queries(String script, Tokens tokens, Selects selects, Set<String> temporary, Set<String> variables) {
        this.script = script;
        this.tokens = tokens;
        this.selects = selects;
        this.temporary = temporary;
        this.variables = variables;
    }

    /** A query that only the engine answers. */
    Query given(String sql) {
        return new Query(sql, new Exactness(), "", "", this::resolved, Set.of());
    }

    Query read() {
        int start = tokens.place();
        Set<TableName> before = new HashSet<>(selects.tables());
        String sql = null;
        String unknown = "";
        try {
            sql = selects.query();
            if (!atEnd()) {
                throw tokens.unexpected("end of statement");
            }
        } catch (ApiException e) {
            sql = null;
            unknown = String.valueOf(e.getMessage());
        }
        tokens.back(start);
        int first = tokens.peek().offset();
        int end = first;
        Set<String> named = new HashSet<>();
        while (!atEnd()) {
            Token token = tokens.next();
            end = token.end();
            String name = token.text().toLowerCase(Locale.ROOT);
            if (token.kind() == Token.Kind.WORD && variables.contains(name)) {
                named.add(name);
            }
        }
        String text = script.substring(first, end);
        if (sql != null) {
            return new Query(sql, selects.exactness(), text, "", this::resolved, named);
        }
        if (!ZetaSql.missing().isEmpty()) {
            throw QueryErrors.invalidQuery(unknown + "; " + ZetaSql.missing());
        }
        selects.tables().retainAll(before);
        for (List<String> name : names(text)) {
            TableName table = resolved(name);
            if (!table.dataset().isEmpty()) {
                selects.tables().add(table);
            }
        }
        return new Query(null, selects.exactness(), text, unknown, this::resolved, named);
    }

    private boolean atEnd() {
        return tokens.is(";") || tokens.peek().kind() == Token.Kind.END;
    }

    private static List<List<String>> names(String text) {
        try {
            return ZetaSql.get().tables(text);
        } catch (SqlFault e) {
            throw QueryErrors.invalidQuery(String.valueOf(e.getMessage()));
        }
    }

    private TableName resolved(List<String> name) {
        List<String> parts = new ArrayList<>();
        name.forEach(part -> parts.addAll(List.of(part.split("\\.", -1))));
        return parts.size() == 1 && temporary.contains(parts.getFirst().toLowerCase(Locale.ROOT))
                ? new TableName("", "", parts.getFirst())
                : selects.resolved(parts);
    }
}
