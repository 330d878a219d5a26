package dev.millrace.transformer;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Column.Mode;
import dev.millrace.pipeline.JsonPath;
import dev.millrace.pipeline.TableNames;
import dev.millrace.staging.Manifest;
import dev.millrace.staging.Ndjson;
import dev.millrace.task.DeclaredColumn;
import dev.millrace.task.Proposal;
import dev.millrace.transformer.json.Field;
import dev.millrace.transformer.json.InvalidFieldValue;
import dev.millrace.transformer.json.StrictJson;
import dev.millrace.transformer.value.ColumnReader;
import dev.millrace.transformer.value.ConversionWarnings;
import dev.millrace.transformer.value.WarehouseJson;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.warehouse.JsonLimits;
import io.micronaut.core.annotation.Nullable;
import jakarta.inject.Singleton;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Proposes columns for a few records: the narrowest types that the transformer's own parsers read every value of them with.
 * Safe for use by several threads.
 */
@Singleton
final class Proposals {
    /** BigQuery's limit of nesting, with room for what is around. */
    private static final int MAX_DEPTH = 10;

    private static final Map<Column.Type, ColumnReader> READERS = new EnumMap<>(Column.Type.class);

    static {
        WarehouseJson json = new WarehouseJson(
                new Capabilities("any", new TableNames(true, true, null), new JsonLimits(500, false)));
        for (Column.Type type : List.of(
                Column.Type.INTEGER,
                Column.Type.NUMERIC,
                Column.Type.BIGNUMERIC,
                Column.Type.FLOAT,
                Column.Type.BOOLEAN,
                Column.Type.DATE,
                Column.Type.TIME,
                Column.Type.DATETIME,
                Column.Type.TIMESTAMP)) {
            READERS.put(
                    type,
                    ColumnReader.of(List.of(Column.nullable("value", type)), new ArrayList<>(), json, false)
                            .getFirst());
        }
    }

    /** Whether a column of the type would hold the value as it was sent. */
    static boolean reads(Column.Type type, Field field) {
        ColumnReader reader = READERS.get(type);
        if (reader == null) {
            return false;
        }
        try {
            Object _ = reader.parser().read(field, new ConversionWarnings());
            return true;
        } catch (InvalidFieldValue e) {
            return false;
        }
    }

    Proposal of(Proposal.Wanted wanted) throws IOException {
        ObservedField record = new ObservedField(wanted.sample().texts());
        byte[] packed = Base64.getDecoder().decode(wanted.sample().lines());
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Ndjson.decompress(Manifest.Format.NDJSON_ZSTD, new ByteArrayInputStream(packed)),
                StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                see(record, line);
            }
        }
        List<DeclaredColumn> declared = wanted.sample().declared();
        if (declared.isEmpty()) {
            return new Proposal(record.objects(), columns(record, wanted.flat(), wanted.keys(), 0), List.of());
        }
        List<Proposal.ProposedColumn> columns = declared(declared, record, wanted.keys());
        List<String> keys = wanted.sample().keys().stream()
                .flatMap(key -> columns.stream()
                        .filter(column -> key.equals(column.from() == null ? column.name() : column.from()))
                        .map(Proposal.ProposedColumn::name))
                .toList();
        return new Proposal(record.objects(), columns, keys);
    }

    /** What is no object makes no row, whatever the columns. */
    private static void see(ObservedField record, String line) {
        try (JsonParser json = StrictJson.FACTORY.createParser(line)) {
            if (json.nextToken() == JsonToken.START_OBJECT) {
                record.see(json);
            }
        } catch (IOException e) {
            return; // nor does what is no JSON
        }
    }

    /** By what the source says, and by the values where these aren't as it says, or are arrays. */
    private static List<Proposal.ProposedColumn> declared(
            List<DeclaredColumn> declared, ObservedField record, List<String> keys) {
        List<Proposal.ProposedColumn> columns = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        for (DeclaredColumn one : declared) {
            String name = Column.nameFor(one.name(), taken);
            String from = name.equals(one.name()) ? null : one.name();
            boolean wanted = one.required() || keys.contains(name);
            ObservedField seen = record.fields().get(one.name());
            if (seen == null) { // no record came, or there are too many fields to look at them all
                columns.add(column(name, from, one.type(), wanted));
                continue;
            }
            Proposal.ProposedColumn byValues = column(name, from, seen, record.objects(), wanted, 0);
            if (one.array() && seen.values() > 0) {
                columns.add(byValues);
            } else if (takes(one.type(), seen)) {
                columns.add(byValues.ofType(one.type().name(), null));
            } else {
                columns.add(byValues.ofType(
                        byValues.type(),
                        one.declared() + " in the source, but not all of its values fit " + one.type()));
            }
        }
        return columns;
    }

    private static Proposal.ProposedColumn column(
            String name, @Nullable String from, Column.Type type, boolean required) {
        Mode mode = required ? Mode.REQUIRED : Mode.NULLABLE;
        return new Proposal.ProposedColumn(name, from, type.name(), mode.name(), List.of(), 0, 0, null, null);
    }

    /** Whether a type takes all values that were seen, as far as they tell. */
    private static boolean takes(Column.Type type, ObservedField seen) {
        return switch (type) {
            case JSON -> true;
            case STRING, BYTES, INTERVAL, GEOGRAPHY ->
                !seen.kinds().contains(ObservedField.Kind.OBJECT)
                        && !seen.kinds().contains(ObservedField.Kind.ARRAY);
            case INTEGER, NUMERIC, BIGNUMERIC, FLOAT, BOOLEAN, DATE, TIME, DATETIME ->
                seen.fitting().contains(type);
            // one without an offset is in UTC, which only the source can know
            case TIMESTAMP -> seen.fitting().contains(type) || seen.fitting().contains(Column.Type.DATETIME);
            case RECORD -> false;
        };
    }

    private static List<Proposal.ProposedColumn> columns(
            ObservedField object, boolean flat, List<String> keys, int depth) {
        List<Proposal.ProposedColumn> columns = new ArrayList<>();
        Set<String> taken = new HashSet<>();
        object.fields().forEach((field, seen) -> {
            String name = Column.nameFor(field, taken);
            boolean plain = name.equals(field);
            String from = plain ? null : flat ? field : JsonPath.ofName(field);
            columns.add(column(name, from, seen, object.objects(), keys.contains(name), depth));
        });
        return columns;
    }

    private static Proposal.ProposedColumn column(
            String name, @Nullable String from, ObservedField seen, long of, boolean key, int depth) {
        long nulls = of - seen.values();
        Set<ObservedField.Kind> kinds = seen.kinds();
        ObservedField elements = seen.elements();
        Mode mode = key && nulls == 0 ? Mode.REQUIRED : Mode.NULLABLE;
        Column.Type type;
        String note = null;
        List<Proposal.ProposedColumn> fields = List.of();
        if (kinds.isEmpty()) {
            type = Column.Type.STRING;
            note = "no value has come, so the type is a guess";
        } else if (kinds.equals(Set.of(ObservedField.Kind.OBJECT))) {
            fields = nested(seen, depth);
            type = fields.isEmpty() ? Column.Type.JSON : Column.Type.RECORD;
        } else if (kinds.equals(Set.of(ObservedField.Kind.ARRAY)) && elements != null && isColumn(seen, elements)) {
            boolean objects = elements.kinds().equals(Set.of(ObservedField.Kind.OBJECT));
            fields = objects ? nested(elements, depth) : List.of();
            type = !objects ? scalar(elements) : fields.isEmpty() ? Column.Type.JSON : Column.Type.RECORD;
            mode = Mode.REPEATED;
        } else if (kinds.contains(ObservedField.Kind.OBJECT) || kinds.contains(ObservedField.Kind.ARRAY)) {
            type = Column.Type.JSON;
            note = elements != null && elements.values() == 0 ? "only empty arrays have come" : null;
        } else {
            type = scalar(seen);
        }
        return new Proposal.ProposedColumn(
                name, from, type.name(), mode.name(), fields, nulls, of, seen.example(), note);
    }

    /** Whether the elements of arrays can be those of a REPEATED column. */
    static boolean isColumn(ObservedField array, ObservedField elements) {
        boolean mixed = elements.kinds().size() > 1
                && (elements.kinds().contains(ObservedField.Kind.OBJECT)
                        || elements.kinds().contains(ObservedField.Kind.ARRAY));
        return !array.hasNullElements()
                && elements.values() > 0
                && !mixed
                && !elements.kinds().contains(ObservedField.Kind.ARRAY);
    }

    private static List<Proposal.ProposedColumn> nested(ObservedField object, int depth) {
        return object.hasTooManyFields() || depth >= MAX_DEPTH
                ? List.of()
                : columns(object, false, List.of(), depth + 1);
    }

    static Column.Type scalar(ObservedField seen) {
        for (Column.Type type : READERS.keySet()) { // the narrowest first, as they are declared
            if (seen.fitting().contains(type)) {
                return type;
            }
        }
        return Column.Type.STRING;
    }
}
