package dev.millrace.emulator.bigquery.googlesql;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Reads a script and translates it into the engine's SQL. It knows the forms that Millrace sends and what is near to
 * them; another form is refused as an invalid query that says so.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/procedural-language">Procedural
 *     language</a>
 */
public final class Script {
    /** Engine variable with the rows that the last statement changed. */
    public static final String ROW_COUNT = "@@row_count";

    private final String text;
    private final Tokens tokens;
    private final String project;
    private final List<String> defaultDataset;
    private final Map<String, String> parameters;
    private final Set<String> variables = new HashSet<>();
    private final Set<String> temporary = new HashSet<>();

    private Script(String text, String project, List<String> defaultDataset, Map<String, String> parameters) {
        this.text = text;
        this.tokens = new Tokens(Lexer.tokens(text));
        this.project = project;
        this.defaultDataset = defaultDataset;
        this.parameters = parameters;
    }

    /**
     * @param defaultDataset project and dataset of tables that name none; may be empty
     * @param parameters names in lower case, with the engine's expression of their values
     */
    public static List<Statement> read(
            String text, String project, List<String> defaultDataset, Map<String, String> parameters) {
        return new Script(text, project, defaultDataset, parameters).statements();
    }

    /** The engine's expression of a query parameter's value. */
    public static String parameter(String type, String value) {
        return Scalars.cast(Sql.text(value), SqlType.read(new Tokens(Lexer.tokens(type))));
    }

    private List<Statement> statements() {
        List<Statement> statements = new ArrayList<>();
        while (tokens.peek().kind() != Token.Kind.END) {
            if (tokens.take(";")) {
                continue;
            }
            statements.add(statement());
            if (tokens.peek().kind() != Token.Kind.END) {
                tokens.expect(";");
            }
        }
        if (statements.isEmpty()) {
            throw QueryErrors.invalidQuery("Syntax error: Unexpected end of script");
        }
        return statements;
    }

    private Statement statement() {
        Selects selects =
                new Selects(tokens, new Selects.Scope(project, defaultDataset, temporary, variables, parameters));
        Queries queries = new Queries(text, tokens, selects, temporary, variables);
        RowChanges changes = new RowChanges(tokens, selects, queries);
        if (selects.begins() || tokens.is("FROM")) {
            Query query = queries.read();
            return new Statement.Select(query, selects.tables());
        }
        return switch (tokens.peek().upper()) {
            case "BEGIN" -> transaction(new Statement.Begin());
            case "COMMIT" -> transaction(new Statement.Commit());
            case "ROLLBACK" -> transaction(new Statement.Rollback());
            case "ASSERT" -> assertion(selects);
            case "DECLARE" -> declare(selects);
            case "SET" -> set(selects);
            case "INSERT" -> changes.insert();
            case "UPDATE" -> changes.update();
            case "DELETE" -> changes.delete();
            case "MERGE" -> changes.merge();
            case "TRUNCATE" -> changes.truncate();
            case "CREATE" -> create(selects, queries);
            case "ALTER" -> alter(selects);
            case "DROP" -> drop(selects);
            default -> throw tokens.unsupported("the statement " + tokens.peek().text());
        };
    }

    private Statement transaction(Statement statement) {
        tokens.next();
        if (!tokens.take("TRANSACTION") && !tokens.is(";") && tokens.peek().kind() != Token.Kind.END) {
            throw tokens.unsupported("a block of statements");
        }
        return statement;
    }

    private Statement assertion(Selects selects) {
        tokens.expect("ASSERT");
        String condition = selects.expressions().expression();
        String description = tokens.take("AS") ? tokens.string() : "";
        return new Statement.Assert(condition, description, selects.tables());
    }

    private Statement declare(Selects selects) {
        tokens.expect("DECLARE");
        String name = tokens.name().toLowerCase(Locale.ROOT);
        String type = tokens.is("DEFAULT") ? "" : SqlType.read(tokens);
        String value = tokens.take("DEFAULT") ? selects.expressions().expression() : "NULL";
        variables.add(name);
        return new Statement.SetVariable(
                assign(name, type.isEmpty() ? value : "CAST(" + value + " AS " + type + ")"), selects.tables());
    }

    private Statement set(Selects selects) {
        tokens.expect("SET");
        String name = tokens.name().toLowerCase(Locale.ROOT);
        if (!variables.contains(name)) {
            throw QueryErrors.invalidQuery("Undeclared variable: " + name);
        }
        tokens.expect("=");
        return new Statement.SetVariable(assign(name, selects.expressions().expression()), selects.tables());
    }

    private static String assign(String name, String value) {
        return "SET VARIABLE " + Sql.name(name) + " = " + value;
    }

    private Statement create(Selects selects, Queries queries) {
        tokens.expect("CREATE");
        boolean replace = tokens.take("OR", "REPLACE");
        boolean isTemporary = tokens.take("TEMP") || tokens.take("TEMPORARY");
        tokens.expect("TABLE");
        TableName name = named(selects, isTemporary);
        if (!tokens.take("AS")) {
            throw tokens.unsupported("CREATE TABLE with anything before AS; use tables.insert");
        }
        // its own name isn't one that has to exist
        Set<TableName> before = new HashSet<>(selects.tables());
        Query source = queries.read();
        Set<TableName> read = new HashSet<>(selects.tables());
        read.removeAll(before);
        if (isTemporary) {
            temporary.add(name.table().toLowerCase(Locale.ROOT));
        }
        return new Statement.CreateTableAs(name, isTemporary, replace, source, read);
    }

    private TableName named(Selects selects, boolean isTemporary) {
        return isTemporary ? new TableName(project, "", tokens.name()) : selects.name(tokens.path());
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language">DDL</a> */
    private Statement alter(Selects selects) {
        tokens.expect("ALTER", "TABLE");
        TableName name = selects.name(tokens.path());
        if (tokens.take("ALTER", "COLUMN")) {
            String column = tokens.name();
            if (tokens.take("SET", "DATA", "TYPE")) {
                return new Statement.SetType(name, column, SqlType.read(tokens));
            }
            tokens.expect("DROP", "NOT", "NULL");
            return new Statement.DropNotNull(name, column);
        }
        List<Statement.NewColumn> columns = new ArrayList<>();
        do {
            tokens.expect("ADD", "COLUMN");
            boolean ifNotExists = tokens.take("IF", "NOT", "EXISTS");
            String column = tokens.name();
            String type = SqlType.read(tokens);
            columns.add(new Statement.NewColumn(column, type, description(), ifNotExists));
        } while (tokens.take(","));
        return new Statement.AddColumns(name, columns);
    }

    private String description() {
        if (!tokens.take("OPTIONS")) {
            return "";
        }
        tokens.expect("(", "description", "=");
        String description = tokens.string();
        tokens.expect(")");
        return description;
    }

    private Statement drop(Selects selects) {
        tokens.expect("DROP", "TABLE");
        boolean ifExists = tokens.take("IF", "EXISTS");
        boolean isTemporary = temporary.contains(tokens.peek().text().toLowerCase(Locale.ROOT))
                && !tokens.peek(1).is(".");
        return new Statement.DropTable(named(selects, isTemporary), isTemporary, ifExists);
    }
}
