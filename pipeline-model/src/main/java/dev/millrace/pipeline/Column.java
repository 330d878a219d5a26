package dev.millrace.pipeline;

import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.annotation.Serdeable;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One column of the table, and where its value comes from.
 *
 * @param from {@link JsonPath} in the record, which {@link Shaping} checks, or name of a CSV file's field; null: the
 *     field of the column's name
 * @param texts how the source writes texts; null: as the RECORD or endpoint around the column says, which
 *     {@link Endpoint#shaping} hands down
 * @param format how a date or time is written, tried in order; empty: ISO 8601. BigQuery's format elements,
 *     https://cloud.google.com/bigquery/docs/reference/standard-sql/format-elements
 * @param epoch what a number counts that names the moment; null: the value is written as a date or time
 * @param timezone for DATE, TIME and DATETIME: the value is a moment, and its wall clock in this zone is stored;
 *     null: the value has no zone and is stored as written
 * @param sourceTimezone of values that name a moment without saying their offset
 * @param defaultValue stands in for a missing or null value, written as the source would; null: none
 * @param optional whether no record of a run need have the field, nor the header of a CSV file
 * @param precision of NUMERIC and BIGNUMERIC, null exactly when the scale is: all that the type holds
 * @param scale of NUMERIC and BIGNUMERIC, null: 9 and 38
 * @param fields of a RECORD, whose paths start in it; empty for every other type
 * @param expression scalar SQL that the value is calculated by; null: it isn't. {@link Shaping} binds it to the columns
 * @param metadata what about the record the value is; null: nothing
 * @param helper whether it isn't in the table
 */
@Serdeable
@Doc("A column.")
public record Column(
        @Doc("Name of the column.") String name,
        @Doc("BigQuery's type.") Type type,

        @Default("NULLABLE") @Doc("Whether the column may be NULL, or holds an array of values.")
        Mode mode,

        @Doc("Path of the value in the record, for example admission.date; by default the column's name.") @Nullable
        String from,

        @Doc("How the source writes values in texts; takes the place of what the endpoint says.") @Nullable
        TextRules texts,

        @Default("[]") @Doc("How a date or time is written, for example %d/%m/%Y; several are tried in order.")
        List<String> format,

        @Doc("Unit of numbers since 1970 that name the moment.") @Nullable
        Epoch epoch,

        @Doc("Time zone in which a moment's date or time is stored.") @Nullable
        ZoneId timezone,

        @Default("UTC") @Doc("Time zone of moments that come without an offset.")
        ZoneId sourceTimezone,

        @Key("default") @Doc("Value that stands in for a missing one.") @Nullable
        String defaultValue,

        @Default("reject") @Doc("Whether a value that doesn't fit rejects the record or becomes NULL.")
        OnError onError,

        @Default("reject")
        @Doc("What becomes of digits that the column has no place for, of seconds and after the point.")
        Excess excess,

        @Default("false") @Doc("Whether the field may be in no record of a run, and in no header of a CSV file.")
        boolean optional,

        @Doc("Digits of a NUMERIC (up to 29 before the point) or BIGNUMERIC (up to 38), beside a scale.") @Nullable
        Integer precision,

        @Doc("Digits after the point of a NUMERIC (0 to 9) or BIGNUMERIC (0 to 38), beside a precision.") @Nullable
        Integer scale,

        @Default("[]") @Doc("The columns within a RECORD; their paths start in it.")
        List<Column> fields,

        @Doc("Scalar SQL over the other columns that makes the value, for example price * quantity.") @Nullable
        String expression,

        @Doc("What is known about the record beside what is in it, and makes the value.") @Nullable
        Metadata metadata,

        @Doc("What the column holds.") @Nullable String description,

        @Default("false") @Doc("Whether the column is for expressions, filter and checks alone, and not in the table.")
        boolean helper)
        implements FileRules {

    /** https://cloud.google.com/bigquery/docs/nested-repeated#limitations */
    private static final int MAX_DEPTH = 15;

    /** With room for a number behind it. */
    private static final int LONGEST_PROPOSED = 200;

    /** https://cloud.google.com/bigquery/docs/schemas#column_names; prefixes that BigQuery and we keep for ourselves */
    private static final Pattern NAME = Pattern.compile(
            "(?i)(?!_TABLE_|_FILE_|_PARTITION|_ROW_TIMESTAMP|__ROOT__|_COLIDENTIFIER|_MILLRACE_)[a-z_][a-z0-9_]{0,299}");

    private static final String NOT_READ = "nothing: the value isn't read from the record";

    public Column {
        format = List.copyOf(format);
        fields = List.copyOf(fields);
    }

    @Override
    public void check(Checks checks) {
        checks.that(
                isName(name),
                "name",
                name,
                "a letter or _, then letters, digits and _, 300 at most, with none of the reserved prefixes of BigQuery and Millrace");
        ValueRules.check(checks, this);
        checks.that(
                mode != Mode.REQUIRED || onError != OnError.NULL, "onError", "null", "reject: the column is REQUIRED");
        checks.that(
                !optional || mode != Mode.REQUIRED || defaultValue != null,
                "optional",
                "true",
                "false, or a default: without one, a REQUIRED column rejects each record that lacks it");
        if (mode == Mode.REPEATED) {
            checks.that(
                    defaultValue == null,
                    "default",
                    String.valueOf(defaultValue),
                    "nothing: a REPEATED column without a value is an empty array");
        }
        if (expression != null || metadata != null) {
            checks.that(from == null, "from", String.valueOf(from), NOT_READ);
            checks.that(format.isEmpty(), "format", format, NOT_READ);
            checks.that(texts == null, "texts", "texts", NOT_READ);
            checks.that(epoch == null, "epoch", epoch == null ? "" : ValueRules.word(epoch), NOT_READ);
            checks.that(timezone == null, "timezone", String.valueOf(timezone), NOT_READ);
            checks.that(defaultValue == null, "default", String.valueOf(defaultValue), NOT_READ);
            checks.that(mode != Mode.REPEATED, "mode", mode, "NULLABLE or REQUIRED: the value is one");
            checks.that(!optional, "optional", "true", NOT_READ);
        }
        if (expression != null) {
            checks.that(
                    ExpressionType.isDerivable(type),
                    "expression",
                    expression,
                    "nothing: a column of type " + type + " can't be derived");
        }
        if (metadata != null) {
            checks.that(expression == null, "metadata", metadata.word(), "nothing beside an expression");
            checks.that(type == metadata.type, "type", type, metadata.type + ", the type of this metadata");
        }
        for (int i = 0; i < fields.size(); i++) {
            checks.that(
                    fields.get(i).isRead(),
                    "fields[" + i + "]",
                    fields.get(i).name(),
                    "a column without expression and metadata: the fields of a RECORD are read from it");
            checks.that(
                    !fields.get(i).helper(),
                    "fields[" + i + "].helper",
                    "true",
                    "false: only columns of the table itself can be left out");
        }
        if (type == Type.RECORD) {
            checks.that(!fields.isEmpty(), "fields", "none", "at least one column: a RECORD has fields");
            checkNames(checks, "fields", fields);
            checks.that(
                    depth(fields) < MAX_DEPTH,
                    "fields",
                    "records in more than " + MAX_DEPTH + " levels",
                    "at most " + MAX_DEPTH + ", BigQuery's limit");
        } else {
            checks.that(fields.isEmpty(), "fields", fields.size() + " columns", "nothing: only RECORD has fields");
        }
    }

    /** Whether a column can be called so. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /**
     * One that a column can have and none has yet, as much like the field's as can be.
     *
     * @param taken names of other columns in lower case, to which this one is added
     */
    public static String nameFor(String field, Set<String> taken) {
        StringBuilder fit = new StringBuilder();
        field.codePoints()
                .limit(LONGEST_PROPOSED)
                .forEach(c -> fit.append(
                        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'
                                ? (char) c
                                : '_'));
        String base = fit.toString();
        if (!isName(base)) {
            base = "f_" + base;
        }
        String name = base;
        for (int i = 2; !taken.add(name.toLowerCase(Locale.ROOT)); i++) {
            name = base + "_" + i;
        }
        return name;
    }

    /** Names of columns that stand beside each other differ in more than case. */
    static void checkNames(Checks checks, String field, List<Column> columns) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < columns.size(); i++) {
            String name = columns.get(i).name();
            checks.that(
                    names.add(name.toLowerCase(Locale.ROOT)),
                    field + "[" + i + "].name",
                    name,
                    "a name of its own: column names are compared without regard to case");
        }
    }

    /** How many levels of records are in the columns. */
    private static int depth(List<Column> columns) {
        return columns.stream()
                .filter(column -> column.type == Type.RECORD)
                .mapToInt(column -> 1 + depth(column.fields))
                .max()
                .orElse(0);
    }

    /** The column with all columns in it, as BigQuery counts them. */
    public int size() {
        return 1 + fields.stream().mapToInt(Column::size).sum();
    }

    /** A NULLABLE column whose values no record has: somebody else makes them. */
    static Column made(String name, Type type, String description) {
        return new Column(
                name,
                type,
                Mode.NULLABLE,
                null,
                null,
                List.of(),
                null,
                null,
                ZoneOffset.UTC,
                null,
                OnError.REJECT,
                Excess.REJECT,
                false,
                null,
                null,
                List.of(),
                null,
                null,
                description,
                false);
    }

    /** A NULLABLE column with nothing but a name and a type, which has no fields. */
    public static Column nullable(String name, Type type) {
        return new Column(
                name,
                type,
                Mode.NULLABLE,
                null,
                null,
                List.of(),
                null,
                null,
                ZoneOffset.UTC,
                null,
                OnError.REJECT,
                Excess.REJECT,
                false,
                null,
                null,
                List.of(),
                null,
                null,
                null,
                false);
    }

    /** The same column of a record whose fields don't nest, so that what it is read from is a name and no path. */
    Column ofFlatRecord() {
        return with(from == null ? null : JsonPath.ofName(from), texts, fields);
    }

    /**
     * The same column as it is read: it, and those within it, say themselves how texts are written.
     *
     * @param around what the RECORD or endpoint says that the column is in; null: nothing
     */
    Column within(@Nullable TextRules around) {
        TextRules rules = texts == null && isRead() ? around : texts;
        return with(
                from, rules, fields.stream().map(field -> field.within(rules)).toList());
    }

    /** The same column, read from another path, with another type and other fields. */
    public Column found(@Nullable String newFrom, Type newType, List<Column> newFields) {
        return new Column(
                name,
                newType,
                mode,
                newFrom,
                texts,
                format,
                epoch,
                timezone,
                sourceTimezone,
                defaultValue,
                onError,
                excess,
                optional,
                precision,
                scale,
                newFields,
                expression,
                metadata,
                description,
                helper);
    }

    /** A column with nothing but a name, a type and fields, which is NULLABLE or REPEATED. */
    public static Column plain(String name, Type type, Mode mode, List<Column> fields) {
        return new Column(
                name,
                type,
                mode,
                null,
                null,
                List.of(),
                null,
                null,
                ZoneOffset.UTC,
                null,
                OnError.REJECT,
                Excess.REJECT,
                false,
                null,
                null,
                fields,
                null,
                null,
                null,
                false);
    }

    private Column with(@Nullable String newFrom, @Nullable TextRules newTexts, List<Column> newFields) {
        return new Column(
                name,
                type,
                mode,
                newFrom,
                newTexts,
                format,
                epoch,
                timezone,
                sourceTimezone,
                defaultValue,
                onError,
                excess,
                optional,
                precision,
                scale,
                newFields,
                expression,
                metadata,
                description,
                helper);
    }

    /** {@link JsonPath} of the value in the record that the column is of, or name of a CSV file's field. */
    public String path() {
        return from == null ? name : from;
    }

    /** Whether the value comes from the record. */
    public boolean isRead() {
        return expression == null && metadata == null;
    }

    /** BigQuery's types, https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types */
    @UpperCase
    public enum Type {
        INTEGER,
        NUMERIC,
        BIGNUMERIC,
        FLOAT,
        BOOLEAN,
        STRING,
        BYTES,
        DATE,
        TIME,
        DATETIME,
        TIMESTAMP,
        INTERVAL,
        JSON,
        GEOGRAPHY,
        RECORD
    }

    @UpperCase
    public enum Mode {
        NULLABLE,
        REQUIRED,
        /** An array, which is never NULL and has no NULL in it. */
        REPEATED
    }

    /** What is known about a record beside what is in it. The same whenever the record is shaped again. */
    public enum Metadata {
        /** The run's id. */
        RUN(Type.STRING),
        /** The day that the run loads. */
        DAY(Type.DATE),
        /** When the extraction had ended that the record is of. */
        EXTRACTED(Type.TIMESTAMP),
        /** Number of the staged part with the record, from 0 as in the part's name. */
        PART(Type.INTEGER),
        /** The record's place in its part, from 1. */
        ROW(Type.INTEGER),
        /** The place of an exploded array's element, from 1; NULL for a record without elements. */
        ELEMENT(Type.INTEGER),
        /** Name of the file with the record, as rejects have it; NULL where that isn't known any more. */
        FILE(Type.STRING),
        /** URL of the answer with the record, without secrets; NULL likewise. */
        URL(Type.STRING),
        /** The line of the file on which the record begins, from 1; NULL likewise. */
        LINE(Type.INTEGER),
        /** The record as a whole, as it was sent. */
        RECORD(Type.JSON);

        private final Type type;

        Metadata(Type type) {
            this.type = type;
        }

        /** As the pipeline file has it. */
        String word() {
            return ValueRules.word(this);
        }
    }

    /** What becomes of a value that doesn't fit its column. */
    public enum OnError {
        /** The whole record goes to the rejects. */
        REJECT,
        /** The value becomes NULL and is counted as a warning. */
        NULL
    }
}
