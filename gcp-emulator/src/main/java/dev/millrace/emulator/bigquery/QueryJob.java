package dev.millrace.emulator.bigquery;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.emulator.bigquery.googlesql.QueryErrors;
import dev.millrace.emulator.bigquery.googlesql.Script;
import dev.millrace.emulator.bigquery.googlesql.Statement;
import dev.millrace.emulator.bigquery.googlesql.TableName;
import dev.millrace.emulator.http.ApiException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Executes the statements of a query job, one after the other.
 *
 * @see <a href="https://cloud.google.com/bigquery/docs/transactions">Multi-statement transactions</a>
 * @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/procedural-language">Procedural
 *     language</a>
 */
final class QueryJob {
    /** See https://cloud.google.com/bigquery/pricing#on_demand_pricing: the least that is charged for a table. */
    private static final long LEAST_BYTES = 10L * 1024 * 1024;

    /** See https://cloud.google.com/bigquery/quotas#partitioned_tables: partitions that one job may modify. */
    private static final int MOST_PARTITIONS = 4000;

    private final Tables tables;
    private final Locks locks;
    private final JobFaults faults;
    private final Job job;
    private final JsonNode configuration;
    private final List<Statement> statements;
    private final Engine.Session session;
    private final Answers answers;
    private final boolean destinationIsGiven;
    private final Set<TableName> changed = new HashSet<>();
    private Locks.@Nullable Holder transaction;

    QueryJob(Tables tables, Locks locks, JobFaults faults, Job job, Engine.Session session) {
        this.tables = tables;
        this.locks = locks;
        this.faults = faults;
        this.job = job;
        this.configuration = job.configuration().path("query");
        this.statements = statements(job.project(), configuration);
        this.session = session;
        this.answers = new Answers(tables, session, configuration);
        this.destinationIsGiven = configuration.path("destinationTable").isObject();
    }

    /** Reads the statements, which is what is checked before a job is made. */
    static List<Statement> statements(String project, JsonNode configuration) {
        if (configuration.path("useLegacySql").asBoolean(true)) {
            throw Errors.invalid("The emulator knows GoogleSQL only: useLegacySql has to be false");
        }
        JsonNode defaultDataset = configuration.path("defaultDataset");
        List<String> dataset = defaultDataset.isObject()
                ? List.of(
                        defaultDataset.path("projectId").asText(project),
                        defaultDataset.path("datasetId").asText())
                : List.of();
        Map<String, String> parameters = new HashMap<>();
        for (JsonNode parameter : configuration.path("queryParameters")) {
            JsonNode value = parameter.path("parameterValue").path("value");
            parameters.put(
                    parameter.path("name").asText().toLowerCase(Locale.ROOT),
                    value.isTextual()
                            ? Script.parameter(
                                    parameter.path("parameterType").path("type").asText(), value.asText())
                            : "NULL");
        }
        return Script.read(configuration.path("query").asText(), project, dataset, parameters);
    }

    void run() throws SQLException, InterruptedException {
        ObjectNode statistics = job.statistics("query");
        statistics.put(
                "statementType", statements.size() == 1 ? statements.getFirst().type() : "SCRIPT");
        referenced(statements, statistics);
        bill(statistics);
        boolean checked = false;
        try {
            for (int i = 0; i < statements.size(); i++) {
                job.checkStopped();
                Statement statement = statements.get(i);
                boolean last = i == statements.size() - 1;
                if (statement instanceof Statement.Commit || (last && !checked && transaction == null)) {
                    faults.beforeCommit(job.id());
                    job.checkStopped();
                    checked = true;
                }
                run(statement, last && statements.size() == 1);
            }
        } finally {
            // a script that ends within a transaction has not committed it
            if (transaction != null) {
                session.rollback();
                locks.release(transaction, false);
            }
        }
        if (!destinationIsGiven) {
            tables.keepAnonymous(job);
        }
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/best-practices-costs#restrict-bytes-billed">Restrict bytes billed</a> */
    private void bill(ObjectNode statistics) throws SQLException {
        long bytes = 0;
        Map<TableName, Long> known = new HashMap<>();
        for (Statement statement : statements) {
            for (TableName name : statement.tables()) {
                Long one = known.get(name);
                if (one == null) {
                    one = tables.exists(name) ? Math.max(LEAST_BYTES, tables.bytes(name)) : 0L;
                    known.put(name, one);
                }
                bytes += one;
            }
        }
        statistics.put("totalBytesProcessed", Long.toString(bytes)).put("totalBytesBilled", Long.toString(bytes));
        if (configuration.hasNonNull("maximumBytesBilled")
                && configuration.path("maximumBytesBilled").asLong() < bytes) {
            throw new ApiException(
                    400,
                    "bytesBilledLimitExceeded",
                    "Query exceeded limit for bytes billed: "
                            + configuration.path("maximumBytesBilled").asLong() + ". " + bytes
                            + " or higher required.");
        }
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/rest/v2/Job#JobStatistics2.FIELDS.referenced_tables">referencedTables</a> */
    static void referenced(List<Statement> statements, ObjectNode statistics) {
        ArrayNode referenced = statistics.putArray("referencedTables");
        statements.stream()
                .flatMap(statement -> statement.tables().stream())
                .distinct()
                .forEach(table -> referenced
                        .addObject()
                        .put("projectId", table.project())
                        .put("datasetId", table.dataset())
                        .put("tableId", table.table()));
    }

    private void run(Statement statement, boolean single) throws SQLException, InterruptedException {
        for (TableName table : statement.tables()) {
            tables.require(table, job.location());
        }
        switch (statement) {
            case Statement.Begin _ -> begin();
            case Statement.Commit _ -> end(true);
            case Statement.Rollback _ -> end(false);
            case Statement.Assert assertion -> check(assertion);
            case Statement.SetVariable variable -> session.execute(variable.sql());
            case Statement.Select select -> select(select, single);
            case Statement.Insert insert -> changed(insert(insert), insert.type());
            case Statement.Change change -> changed(change(change), change.type());
            case Statement.CreateTableAs create -> create(create);
            case Statement.AddColumns add -> {
                checkNoTransaction("ALTER TABLE");
                tables.add(add.table(), add.columns());
            }
            case Statement.DropNotNull relax -> {
                checkNoTransaction("ALTER TABLE");
                tables.relax(relax.table(), relax.column());
            }
            case Statement.SetType retype -> {
                checkNoTransaction("ALTER TABLE");
                tables.retype(retype.table(), retype.column(), retype.type());
            }
            case Statement.DropTable drop -> drop(drop);
        }
    }

    private void begin() throws SQLException {
        if (transaction != null) {
            throw QueryErrors.invalidQuery("Nested transactions are not supported");
        }
        transaction = locks.open(true);
        tables.anonymous(job); // where results are kept is made before, or the transaction wouldn't see it
        session.beginWithSnapshot();
    }

    private void end(boolean commit) throws SQLException, InterruptedException {
        if (transaction == null) {
            throw QueryErrors.invalidQuery("Transaction control statements are only allowed within a transaction");
        }
        Locks.Holder ended = transaction;
        boolean committed = false;
        try {
            if (commit) {
                tables.history().change(changed, session::commit);
                committed = true;
            } else {
                session.rollback();
            }
        } finally {
            transaction = null;
            changed.clear();
            locks.release(ended, committed);
        }
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/debugging-statements">ASSERT</a> */
    private void check(Statement.Assert assertion) throws SQLException {
        boolean holds = session.rows("SELECT " + assertion.condition(), row -> row.getBoolean(1))
                .getFirst();
        if (!holds) {
            throw QueryErrors.invalidQuery(
                    assertion.description().isEmpty() ? "Assertion failed" : assertion.description());
        }
    }

    private void select(Statement.Select select, boolean single) throws SQLException, InterruptedException {
        Answers.Rows rows = answers.answer(select.query(), select.tables(), false);
        List<Field> schema = rows.resultColumns();
        if (single && destinationIsGiven) {
            TableName destination = Catalog.reference((ObjectNode) configuration.path("destinationTable"));
            tables.write(
                    session,
                    destination,
                    schema,
                    rows.sql(),
                    configuration.path("writeDisposition").asText("WRITE_EMPTY"),
                    configuration.path("createDisposition").asText("CREATE_IF_NEEDED"),
                    (ObjectNode) configuration,
                    job.location());
            job.result(destination, schema, session.number("SELECT count(*) FROM " + destination.quoted()));
            return;
        }
        TableName anonymous = tables.anonymous(job);
        long count = session.execute("CREATE OR REPLACE TABLE " + anonymous.quoted() + " AS " + rows.sql());
        job.result(anonymous, schema, count);
    }

    /** Results may have two columns of one name; tables of the engine may not. */
    static String names(int columns) {
        return IntStream.range(0, columns).mapToObj(i -> "c" + i).collect(Collectors.joining(", "));
    }

    private long insert(Statement.Insert insert) throws SQLException, InterruptedException {
        ObjectNode table = tables.get(insert.table());
        Map<String, Field> all = Catalog.fields(table).stream()
                .collect(Collectors.toMap(field -> field.name().toLowerCase(Locale.ROOT), field -> field));
        List<String> names = insert.columns().isEmpty()
                ? Catalog.fields(table).stream().map(Field::name).toList()
                : insert.columns();
        Answers.Rows source = answers.answer(insert.source(), insert.tables(), statements.size() > 1);
        List<Field> given = source.columns();
        if (given.size() != names.size()) {
            throw QueryErrors.invalidQuery(
                    "Inserted row has wrong column count; Has " + given.size() + ", expected " + names.size());
        }
        List<String> values = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            Field target = all.get(names.get(i).toLowerCase(Locale.ROOT));
            if (target == null) {
                throw QueryErrors.invalidQuery("Column " + names.get(i) + " is not present in table " + insert.table());
            }
            values.add(value(given.get(i), target, i));
        }
        String sql = "INSERT INTO " + insert.table().quoted() + " ("
                + names.stream().map(TableName::quote).collect(Collectors.joining(", ")) + ") SELECT "
                + String.join(", ", values) + " FROM (" + source.sql() + ") AS source(" + names(names.size()) + ")";
        checkPartitions(source.sql(), table, names);
        return write(insert.table(), sql);
    }

    /** Executes a statement that changes a table; returns how many rows. */
    private long write(TableName table, String sql) throws SQLException, InterruptedException {
        AtomicLong rows = new AtomicLong();
        History.Change change = () -> {
            rows.set(session.execute(sql));
            tables.check(session, table);
        };
        if (transaction == null) {
            tables.history().change(Set.of(table), change);
        } else {
            changed.add(table);
            change.make();
        }
        return rows.get();
    }

    private static String value(Field given, Field target, int index) {
        if (!target.takes(given)) {
            throw QueryErrors.invalidQuery("Query column " + (index + 1) + " has type " + given.type()
                    + (given.isRepeated() ? " (REPEATED)" : "") + " which cannot be inserted into column "
                    + target.name() + ", which has type " + target.type()
                    + (target.isRepeated() ? " (REPEATED)" : ""));
        }
        String value = "c" + index;
        if (target.type().equals("BIGNUMERIC") && !given.type().equals("BIGNUMERIC")) {
            return "CAST(gsql_bignumeric(typeof(" + value + "), CAST(" + value + " AS VARCHAR)) AS BIGNUM)";
        }
        // what is stored of a NULL array is an empty one
        return target.isRepeated() ? "coalesce(" + value + ", [])" : value;
    }

    private void checkPartitions(String source, ObjectNode table, List<String> names) throws SQLException {
        String column = table.path("timePartitioning").path("field").asText("");
        int index = names.indexOf(column);
        if (index < 0) {
            return;
        }
        String unit = table.path("timePartitioning").path("type").asText("DAY");
        long partitions = session.number("SELECT count(DISTINCT date_trunc('" + unit + "', c" + index + ")) FROM ("
                + source + ") AS source(" + names(names.size()) + ")");
        if (partitions > MOST_PARTITIONS) {
            throw QueryErrors.invalidQuery("Too many partitions produced by query, allowed " + MOST_PARTITIONS
                    + ", query produces at least " + partitions + " partitions");
        }
    }

    private long change(Statement.Change change) throws SQLException, InterruptedException {
        Locks.Holder holder = transaction == null ? locks.open(false) : transaction;
        boolean done = false;
        try {
            locks.take(holder, change.table());
            tables.checkNoStreamingBuffer(change.table(), change.type());
            if (change.ambiguous() != null
                    && !session.rows(change.ambiguous(), row -> 1).isEmpty()) {
                throw ambiguous();
            }
            long rows = write(change.table(), change.sql());
            done = true;
            return rows;
        } catch (SQLException e) {
            if (EngineErrors.isConflict(e)) {
                throw Errors.concurrentUpdate(change.table());
            }
            if (EngineErrors.isAmbiguous(e)) {
                throw ambiguous();
            }
            throw e;
        } finally {
            if (transaction == null) {
                locks.release(holder, done);
            }
        }
    }

    /** @see <a href="https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#merge_statement">MERGE</a> */
    private static ApiException ambiguous() {
        return QueryErrors.invalidQuery("UPDATE/MERGE must match at most one source row for each target row");
    }

    private void changed(long rows, String type) throws SQLException {
        session.execute("SET VARIABLE " + TableName.quote(Script.ROW_COUNT) + " = CAST(" + rows + " AS BIGINT)");
        job.changed(rows, type);
    }

    private void create(Statement.CreateTableAs create) throws SQLException, InterruptedException {
        Answers.Rows source = answers.answer(create.source(), create.tables(), statements.size() > 1);
        if (create.temporary()) {
            session.execute("CREATE " + (create.replace() ? "OR REPLACE " : "") + "TEMP TABLE "
                    + TableName.quote(create.table().table()) + " AS " + source.sql());
            return;
        }
        checkNoTransaction("CREATE TABLE");
        tables.write(
                session,
                create.table(),
                source.resultColumns(),
                source.sql(),
                create.replace() ? "WRITE_TRUNCATE" : "WRITE_NEW",
                "CREATE_IF_NEEDED",
                JsonNodeFactory.instance.objectNode(),
                job.location());
    }

    private void drop(Statement.DropTable drop) throws SQLException {
        if (drop.temporary()) {
            session.execute("DROP TABLE temp." + TableName.quote(drop.table().table()));
            return;
        }
        checkNoTransaction("DROP TABLE");
        if (!drop.ifExists() || tables.exists(drop.table())) {
            tables.delete(drop.table());
        }
    }

    /** See "Statements supported in transactions" in https://cloud.google.com/bigquery/docs/transactions. */
    private void checkNoTransaction(String statement) {
        if (transaction != null) {
            throw QueryErrors.invalidQuery(
                    "DDL statements are not supported in a transaction, except for those creating or dropping temporary"
                            + " tables or temporary functions: " + statement);
        }
    }
}
