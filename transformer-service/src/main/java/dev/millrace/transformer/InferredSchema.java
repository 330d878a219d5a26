package dev.millrace.transformer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.staging.Drift;
import dev.millrace.task.Work;
import dev.millrace.transformer.json.StrictJson;
import dev.millrace.transformer.staged.Lines;
import io.micronaut.core.annotation.Nullable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The columns of a table whose contract is to be inferred: those of the file as they are, those of the table, wider where
 * its numbers don't hold what came, and one for each further field. Each takes every value that has come, as it came; where
 * no type does, the run fails. A field of which no value has come makes no column. For one thread.
 */
final class InferredSchema {
    /** BigQuery's limit. */
    private static final int MOST_COLUMNS = 10_000;

    /** Records within records, with room for BigQuery's limit. */
    private static final int MAX_DEPTH = 10;

    /** Columns of numbers, each of which holds all that those before it do. */
    private static final List<Column.Type> NUMBERS =
            List.of(Column.Type.INTEGER, Column.Type.NUMERIC, Column.Type.BIGNUMERIC);

    private final Work.TransformInferred work;
    private final boolean texts;
    private final ObservedField record;
    private final List<Drift.Change> changes = new ArrayList<>();

    /** @param texts whether all values are texts */
    InferredSchema(Work.TransformInferred work, boolean texts) {
        this.work = work;
        this.texts = texts;
        this.record = new ObservedField(texts, MOST_COLUMNS);
    }

    /** Sees records. What is no object makes no row, whatever the columns. */
    void see(Lines lines) {
        for (int i = 0; i < lines.count() && !lines.oversized(); i++) {
            see(lines.bytes(), lines.start(i), lines.end(i));
        }
    }

    private void see(byte[] bytes, int start, int end) {
        try (JsonParser json = StrictJson.FACTORY.createParser(bytes, start, end - start)) {
            if (json.nextToken() == JsonToken.START_OBJECT) {
                record.see(json);
            }
        } catch (IOException e) {
            return; // nor does what is no JSON; the record is rejected when it is read
        }
    }

    /** What the columns become, in the order of their finding. */
    List<Drift.Change> changes() {
        return List.copyOf(changes);
    }

    /**
     * The columns: of the file, then of the table, then others in the order in which their fields came.
     *
     * @throws MillraceException with {@code SCHEMA_DRIFT} when no type holds what came, or two fields would be one column
     */
    List<Column> columns() {
        List<Column> declared = work.transform().shaping().schema();
        List<Column> known = work.known() == null ? List.of() : work.known().columns();
        if (record.hasTooManyFields()) {
            throw refused(
                    "the records have more than " + MOST_COLUMNS + " fields", "as many columns as a table may have");
        }
        Set<String> taken =
                declared.stream().map(column -> key(column.name())).collect(Collectors.toCollection(HashSet::new));
        work.destination().ownColumns().forEach(column -> taken.add(key(column.name())));
        Set<JsonPath> read = declared.stream()
                .filter(Column::isRead)
                .map(column -> JsonPath.of(column.from() == null ? JsonPath.ofName(column.name()) : column.from()))
                .collect(Collectors.toSet());
        Map<String, ObservedField> fields = new LinkedHashMap<>();
        record.fields().forEach((field, seen) -> {
            if (!read.contains(JsonPath.of(JsonPath.ofName(field)))) {
                fields.put(field, seen);
            }
        });
        List<Column> all = new ArrayList<>(declared);
        List<Column> present = known.stream()
                .filter(column -> !taken.contains(key(column.name())))
                .toList();
        all.addAll(columns("", fields, present, taken, !known.isEmpty(), 0));
        if (all.isEmpty()) {
            throw refused("no record has a field with a value", "at least one, or a column in the schema");
        }
        return all;
    }

    /**
     * @param path of the record that the fields are of, with a point at its end; empty for the table
     * @param known columns that go on
     * @param taken names that no field may have, in lower case
     * @param old whether the table has been there before
     */
    private List<Column> columns(
            String path,
            Map<String, ObservedField> fields,
            List<Column> known,
            Set<String> taken,
            boolean old,
            int depth) {
        Map<String, String> named = new HashMap<>();
        fields.forEach((field, seen) -> {
            String name = Column.nameFor(field, new HashSet<>());
            if (seen.values() > 0 && !taken.contains(key(name))) {
                String other = named.put(key(name), field);
                if (other != null) {
                    throw refused(
                            "the fields '" + path + other + "' and '" + path + field + "' would both be the column "
                                    + path + name,
                            "a column in the schema for one of them");
                }
            }
        });
        List<Column> columns = new ArrayList<>();
        for (Column column : known) {
            String field = named.remove(key(column.name()));
            columns.add(
                    field == null
                            ? column
                            : widened(
                                    path + column.name(),
                                    column,
                                    from(column.name(), field),
                                    fields.get(field),
                                    depth));
        }
        fields.forEach((field, seen) -> {
            String name = Column.nameFor(field, new HashSet<>());
            if (field.equals(named.get(key(name)))) {
                Column column = added(path + name, name, seen, depth);
                if (column != null) {
                    columns.add(column.found(from(name, field), column.type(), column.fields()));
                    if (old) {
                        changes.add(new Drift.Change(
                                Drift.Kind.ADDED, path + name, null, type(column), seen.values(), seen.example()));
                    }
                }
            }
        });
        return columns;
    }

    private static @Nullable String from(String column, String field) {
        return column.equals(field) ? null : JsonPath.ofName(field);
    }

    /** A column of the table, which holds more numbers or has more fields than it had, if it must. */
    private Column widened(String path, Column column, @Nullable String from, @Nullable ObservedField seen, int depth) {
        ObservedField values = seen == null || column.mode() != Column.Mode.REPEATED ? seen : seen.elements();
        if (values == null) {
            return column;
        }
        if (column.type() == Column.Type.RECORD) {
            return column.found(
                    from,
                    Column.Type.RECORD,
                    columns(path + ".", values.fields(), column.fields(), Set.of(), true, depth + 1));
        }
        int is = NUMBERS.indexOf(column.type());
        int wanted = NUMBERS.stream()
                .filter(values.fitting()::contains)
                .map(NUMBERS::indexOf)
                .findFirst()
                .orElse(-1);
        if (is < 0 || wanted <= is || column.precision() != null || values.values() == 0) {
            return column.found(from, column.type(), column.fields());
        }
        Column wider = column.found(from, NUMBERS.get(wanted), List.of());
        changes.add(new Drift.Change(
                Drift.Kind.WIDENED, path, type(column), type(wider), values.values(), values.widest()));
        return wider;
    }

    /** Null when nothing has come that says what it is. */
    private @Nullable Column added(String path, String name, ObservedField seen, int depth) {
        Set<ObservedField.Kind> kinds = seen.kinds();
        ObservedField elements = seen.elements();
        if (kinds.equals(Set.of(ObservedField.Kind.OBJECT))) {
            return nested(path, name, seen, Column.Mode.NULLABLE, depth);
        }
        if (kinds.equals(Set.of(ObservedField.Kind.ARRAY)) && elements != null) {
            if (elements.values() == 0 && !seen.hasNullElements()) {
                return null;
            }
            if (Proposals.isColumn(seen, elements)) {
                return elements.kinds().equals(Set.of(ObservedField.Kind.OBJECT))
                        ? nested(path, name, elements, Column.Mode.REPEATED, depth)
                        : Column.plain(name, scalar(path, elements), Column.Mode.REPEATED, List.of());
            }
        }
        boolean json = kinds.contains(ObservedField.Kind.OBJECT) || kinds.contains(ObservedField.Kind.ARRAY);
        return Column.nullable(name, json ? Column.Type.JSON : scalar(path, seen));
    }

    private @Nullable Column nested(String path, String name, ObservedField object, Column.Mode mode, int depth) {
        if (object.hasTooManyFields() || depth >= MAX_DEPTH) {
            return Column.plain(name, Column.Type.JSON, mode, List.of());
        }
        List<Column> fields = columns(path + ".", object.fields(), List.of(), Set.of(), false, depth + 1);
        return fields.isEmpty() ? null : Column.plain(name, Column.Type.RECORD, mode, fields);
    }

    /** The narrowest type that holds all values as they came: a number never becomes a text. */
    private Column.Type scalar(String path, ObservedField seen) {
        Set<ObservedField.Kind> kinds = seen.kinds();
        if (kinds.size() > 1) {
            throw refused(
                    "the values of " + path + " are of several kinds: "
                            + kinds.stream()
                                    .map(kind -> kind.words() + " such as " + seen.example(kind))
                                    .collect(Collectors.joining(", ")),
                    "a column in the schema that says what they are, such as {name: "
                            + path.substring(path.lastIndexOf('.') + 1) + ", type: STRING}");
        }
        Column.Type type = Proposals.scalar(seen);
        boolean number = kinds.contains(ObservedField.Kind.NUMBER);
        if (number && (type == Column.Type.STRING || (type == Column.Type.FLOAT && !seen.isExact()))) {
            throw refused(
                    "no type of numbers holds all values of " + path + " as they came, such as " + seen.widest(),
                    "a column in the schema that says what becomes of them, such as {name: "
                            + path.substring(path.lastIndexOf('.') + 1) + ", type: FLOAT}");
        }
        return texts && type == Column.Type.FLOAT && !seen.isExact() ? Column.Type.STRING : type;
    }

    private static String type(Column column) {
        return column.mode() == Column.Mode.REPEATED
                ? "ARRAY<" + column.type() + ">"
                : column.type().name();
    }

    private static String key(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    private MillraceException refused(String found, String expected) {
        return new MillraceException(
                ErrorCode.SCHEMA_DRIFT,
                found + "; " + work.destination().table() + " stays as it is (contract: infer; expected: " + expected
                        + ")");
    }
}
