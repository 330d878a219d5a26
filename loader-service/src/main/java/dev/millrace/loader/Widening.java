package dev.millrace.loader;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.Destination;
import dev.millrace.pipeline.Excess;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What becomes of a table's column so that it takes the rows of a schema's column: fields that it lacks are added at the
 * end of its records, and, where the contract is to be inferred, its numbers become wider. Whatever else is different is
 * a difference, in words. For one thread.
 */
public final class Widening {
    /** Each holds all that those before it do. */
    private static final List<Column.Type> NUMBERS =
            List.of(Column.Type.INTEGER, Column.Type.NUMERIC, Column.Type.BIGNUMERIC);

    private final Destination.Contract contract;
    private final List<String> differences = new ArrayList<>();

    /** @param contract {@code STRICT} counts as {@code EVOLVE}; whether the table may change is up to the caller */
    public Widening(Destination.Contract contract) {
        this.contract = contract;
    }

    /** What can't be cured so far. */
    public List<String> differences() {
        return List.copyOf(differences);
    }

    /** Whether the types are of numbers, and the first holds all that the second does. */
    public static boolean holds(Column column, Column other) {
        return NUMBERS.contains(column.type())
                && NUMBERS.contains(other.type())
                && NUMBERS.indexOf(column.type()) >= NUMBERS.indexOf(other.type())
                && column.precision() == null
                && column.mode() == other.mode();
    }

    /** The field of a RECORD with a name, whatever its case. */
    public static Optional<Column> field(Column column, String name) {
        return column.fields().stream()
                .filter(field -> field.name().equalsIgnoreCase(name))
                .findFirst();
    }

    /**
     * @param path of the column, for words
     * @param present as the table has it
     * @param wanted as the schema has it
     * @return as the table is to have it; {@code present} when it takes the rows already
     */
    public Column of(String path, Column present, Column wanted) {
        boolean repeated = present.mode() == Column.Mode.REPEATED;
        if (repeated != (wanted.mode() == Column.Mode.REPEATED)) {
            return differs(path, present, wanted);
        }
        if (present.type() == Column.Type.RECORD && wanted.type() == Column.Type.RECORD) {
            return record(path, present, wanted);
        }
        if (present.type() == wanted.type()
                && Objects.equals(present.precision(), wanted.precision())
                && Objects.equals(present.scale(), wanted.scale())) {
            return present;
        }
        boolean numbers = contract == Destination.Contract.INFER
                && present.precision() == null
                && NUMBERS.contains(present.type())
                && NUMBERS.contains(wanted.type());
        if (!numbers) {
            return differs(path, present, wanted);
        }
        return NUMBERS.indexOf(present.type()) >= NUMBERS.indexOf(wanted.type())
                ? present
                : present.found(null, wanted.type(), List.of());
    }

    private Column record(String path, Column present, Column wanted) {
        List<Column> fields = new ArrayList<>();
        Set<String> known = new HashSet<>();
        for (Column field : present.fields()) {
            known.add(field.name().toLowerCase(Locale.ROOT));
            String name = path + "." + field.name();
            Optional<Column> now = field(wanted, field.name());
            if (now.isEmpty() && contract != Destination.Contract.INFER) {
                differences.add(name + " is in the table, but not in the schema");
            }
            fields.add(now.map(column -> of(name, field, column)).orElse(field));
        }
        for (Column field : wanted.fields()) {
            if (!known.contains(field.name().toLowerCase(Locale.ROOT))) {
                fields.add(field);
            }
        }
        return fields.equals(present.fields()) ? present : present.found(null, Column.Type.RECORD, fields);
    }

    private Column differs(String path, Column present, Column wanted) {
        differences.add(path + " is " + type(present) + " in the table (expected: " + type(wanted) + ")");
        return present;
    }

    private static String type(Column column) {
        String type = column.type()
                + (column.precision() == null ? "" : "(" + column.precision() + ", " + column.scale() + ")");
        return column.mode() == Column.Mode.REPEATED ? "ARRAY<" + type + ">" : type;
    }

    /** A NULLABLE column of numbers with so many digits, {@code scale} of them after the point. */
    public static Column limited(String name, int precision, int scale) {
        boolean numeric = scale <= 9 && precision - scale <= 29;
        return new Column(
                name,
                numeric ? Column.Type.NUMERIC : Column.Type.BIGNUMERIC,
                Column.Mode.NULLABLE,
                null,
                null,
                List.of(),
                null,
                null,
                ZoneOffset.UTC,
                null,
                Column.OnError.REJECT,
                Excess.REJECT,
                false,
                precision,
                scale,
                List.of(),
                null,
                null,
                null,
                false);
    }
}
