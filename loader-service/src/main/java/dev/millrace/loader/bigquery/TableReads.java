package dev.millrace.loader.bigquery;

import com.google.cloud.bigquery.BigQuery;
import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FieldList;
import com.google.cloud.bigquery.JobId;
import com.google.cloud.bigquery.LegacySQLTypeName;
import com.google.cloud.bigquery.QueryParameterValue;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.StandardTableDefinition;
import dev.millrace.loader.AllRows;
import dev.millrace.loader.FilterValues;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.ExportFormat;
import dev.millrace.pipeline.Write;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.Query;
import dev.millrace.task.RowForm;
import dev.millrace.task.TableFacts;
import dev.millrace.task.TableRows;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import io.micronaut.serde.annotation.Serdeable;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Tables and their rows. The first page runs a query; those after it are further on in its result, which BigQuery keeps for a
 * day, whatever happens to the table.
 */
final class TableReads {
    private static final int NOT_FOUND = 404;

    private final BigQuery bigquery;
    private final QueryJobs queries;
    private final JobLocation location;
    private final ObjectMapper json;

    TableReads(BigQuery bigquery, QueryJobs queries, JobLocation location, ObjectMapper json) {
        this.bigquery = bigquery;
        this.queries = queries;
        this.location = location;
        this.json = json;
    }

    /**
     * Where a page begins.
     *
     * @param job of the query, in our location
     * @param row of its result, from 0
     * @param version of the table when it was queried
     */
    @Serdeable
    record Position(String job, long row, String version) {}

    TableFacts facts(TableFacts.Wanted wanted) throws InterruptedException {
        Map<String, QueryJobs.Loaded> loads = queries.lastLoads(
                location,
                wanted.tables().stream().map(name -> table(name).toString()).toList());
        List<TableFacts.Table> tables = new ArrayList<>();
        for (String name : wanted.tables()) {
            Table table = table(name);
            com.google.cloud.bigquery.Table present = bigquery.getTable(table.id());
            if (present == null) {
                continue;
            }
            QueryJobs.Loaded loaded = loads.get(table.toString());
            BigInteger rows = present.getNumRows();
            Long bytes = present.getNumBytes();
            tables.add(new TableFacts.Table(
                    name,
                    fields(present).stream()
                            .map(field -> new TableFacts.Column(
                                    field.getName(), type(field), field.getMode() != Field.Mode.REQUIRED))
                            .toList(),
                    rows == null ? 0 : rows.longValue(),
                    bytes == null ? 0 : bytes,
                    loaded == null ? null : loaded.run(),
                    loaded == null ? null : loaded.at()));
        }
        return new TableFacts(tables);
    }

    TableRows rows(TableRows.Wanted wanted) throws InterruptedException {
        Position position = position(wanted.after());
        if (position == null) {
            position = first(wanted);
        }
        try {
            Rows.Answer answer = queries.page(location.job(position.job()), position.row(), wanted.limit());
            Query.Result result = QueryJobs.answer(answer);
            long next = position.row() + result.rows().size();
            return new TableRows(
                    result.columns(),
                    result.rows(),
                    position.version(),
                    answer.truncated() ? written(new Position(position.job(), next, position.version())) : null);
        } catch (BigQueryException e) {
            if (wanted.after() != null && e.getCode() == NOT_FOUND) {
                throw new MillraceException(
                        ErrorCode.PAGE_GONE,
                        "BigQuery has kept the rows of " + wanted.table()
                                + " for a day, and has them no more (expected: the first page)",
                        e);
            }
            throw Failures.of("reading " + wanted.table(), e);
        }
    }

    /** @param format one of lines */
    AllRows all(TableRows.Wanted wanted, ExportFormat format) throws InterruptedException {
        RowForm form = switch (format) {
            case NDJSON -> RowForm.NDJSON;
            case CSV -> RowForm.CSV;
            case PARQUET, JSON, AVRO -> throw new IllegalArgumentException(format + " has no lines");
        };
        TableRows first = rows(wanted);
        return new AllRows(
                first.version(),
                new PageStream(
                        first,
                        form,
                        position -> rows(new TableRows.Wanted(
                                wanted.table(),
                                wanted.fields(),
                                wanted.filters(),
                                wanted.order(),
                                wanted.limit(),
                                position))));
    }

    String version(String table) {
        return version(present(table));
    }

    private static String version(com.google.cloud.bigquery.Table table) {
        return String.valueOf(table.getLastModifiedTime());
    }

    private com.google.cloud.bigquery.Table present(String name) {
        com.google.cloud.bigquery.Table present = bigquery.getTable(table(name).id());
        if (present == null) {
            throw new MillraceException(
                    ErrorCode.TABLE_UNKNOWN, "table " + name + " isn't there: nothing has been loaded into it");
        }
        return present;
    }

    /** Runs the query. */
    private Position first(TableRows.Wanted wanted) throws InterruptedException {
        Selection selection = selection(wanted);
        JobId job = queries.select(location, selection.sql(), selection.parameters());
        return new Position(Objects.requireNonNull(job.getJob()), 0, selection.version());
    }

    /**
     * The query of what is wanted.
     *
     * @param parameters by their names
     * @param fields that it selects
     * @param version of the table before the query
     */
    record Selection(String sql, Map<String, QueryParameterValue> parameters, FieldList fields, String version) {}

    /** @throws MillraceException with {@code TABLE_UNKNOWN} or {@code REQUEST_INVALID} */
    Selection selection(TableRows.Wanted wanted) {
        Table table = table(wanted.table());
        com.google.cloud.bigquery.Table present = present(wanted.table());
        Map<String, Field> columns = new LinkedHashMap<>();
        fields(present).forEach(field -> columns.put(field.getName().toLowerCase(Locale.ROOT), field));
        List<Field> chosen = wanted.fields().isEmpty()
                ? List.copyOf(columns.values())
                : wanted.fields().stream()
                        .map(name -> column("fields", name, columns))
                        .toList();
        String fields = wanted.fields().isEmpty()
                ? "*"
                : chosen.stream().map(field -> Sql.name(field.getName())).collect(Collectors.joining(", "));
        String order = wanted.order().stream()
                .map(by -> {
                    Field column = column("sort", by.column(), columns);
                    FilterValues.checkOrder(column.getName(), type(column));
                    return Sql.name(column.getName()) + (by.descending() ? " DESC NULLS FIRST" : " ASC NULLS LAST");
                })
                .collect(Collectors.joining(", "));
        Map<String, QueryParameterValue> parameters = new LinkedHashMap<>();
        String conditions = wanted.filters().stream()
                .map(filter -> condition(filter, column("filter", filter.column(), columns), parameters))
                .collect(Collectors.joining(" AND "));
        String sql = "SELECT " + fields + " FROM " + table.sql()
                + (conditions.isEmpty() ? "" : " WHERE " + conditions)
                + (order.isEmpty() ? "" : " ORDER BY " + order);
        return new Selection(sql, parameters, FieldList.of(chosen), version(present));
    }

    private static String condition(
            TableRows.Filter filter, Field column, Map<String, QueryParameterValue> parameters) {
        FilterValues.check(filter, type(column));
        String name = Sql.name(column.getName());
        List<String> values = filter.values().stream()
                .map(value -> {
                    String parameter = "p" + parameters.size();
                    parameters.put(
                            parameter,
                            QueryParameterValue.newBuilder()
                                    .setValue(value)
                                    .setType(standard(column))
                                    .build());
                    return "@" + parameter;
                })
                .toList();
        return switch (filter.operator()) {
            case EQ -> name + " = " + values.getFirst();
            case NE -> name + " <> " + values.getFirst();
            case LT -> name + " < " + values.getFirst();
            case LE -> name + " <= " + values.getFirst();
            case GT -> name + " > " + values.getFirst();
            case GE -> name + " >= " + values.getFirst();
            case IN -> name + " IN (" + String.join(", ", values) + ")";
            case LIKE -> name + " LIKE " + values.getFirst();
            case NULL -> name + " IS NULL";
            case NOT_NULL -> name + " IS NOT NULL";
        };
    }

    private static StandardSQLTypeName standard(Field column) {
        return column.getType().getStandardType();
    }

    /** The name of the column's type; nested values are JSON. */
    private static String type(Field field) {
        return field.getMode() == Field.Mode.REPEATED || field.getType().equals(LegacySQLTypeName.RECORD)
                ? Column.Type.JSON.name()
                : field.getType().name();
    }

    private static Field column(String what, String name, Map<String, Field> columns) {
        Field column = columns.get(name.toLowerCase(Locale.ROOT));
        if (column == null) {
            throw FilterValues.unknown(
                    what, name, columns.values().stream().map(Field::getName).toList());
        }
        return column;
    }

    private static FieldList fields(com.google.cloud.bigquery.Table table) {
        StandardTableDefinition definition = table.getDefinition();
        return Objects.requireNonNull(definition.getSchema()).getFields();
    }

    private Table table(String name) {
        return Table.of(
                new Destination.Table(name, Write.APPEND, List.of(), Destination.Empty.FAIL), location.project());
    }

    private @Nullable Position position(@Nullable String after) {
        try {
            return after == null ? null : json.readValue(after, Position.class);
        } catch (IOException e) {
            throw FilterValues.invalid("after: '" + after + "' (expected: what a page before had as next)");
        }
    }

    private String written(Position position) {
        try {
            return json.writeValueAsString(position);
        } catch (IOException e) {
            throw new IllegalStateException(e); // of memory: can't be
        }
    }
}
