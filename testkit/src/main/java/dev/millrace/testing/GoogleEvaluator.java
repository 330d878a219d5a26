package dev.millrace.testing;

import static java.util.stream.Collectors.joining;

import com.google.zetasql.AnalyzerOptions;
import com.google.zetasql.IntervalValue;
import com.google.zetasql.LanguageOptions;
import com.google.zetasql.PreparedQuery;
import com.google.zetasql.SimpleCatalog;
import com.google.zetasql.SimpleColumn;
import com.google.zetasql.SimpleTable;
import com.google.zetasql.TableContent;
import com.google.zetasql.Type;
import com.google.zetasql.Value;
import com.google.zetasql.ZetaSQLBuiltinFunctionOptions;
import com.google.zetasql.ZetaSQLOptions.LanguageFeature;
import com.google.zetasql.ZetaSQLOptions.ProductMode;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Google's own evaluator of GoogleSQL, https://github.com/google/zetasql, set up as BigQuery is, with tables in memory.
 * It evaluates queries only: no statement that changes a table, and nothing of GEOGRAPHY. Who uses it needs {@code
 * zetasql-client} and {@code zetasql-jni-channel} in the scope of tests. For one thread.
 */
public final class GoogleEvaluator {
    /** The zone that the library looks up first of all, whatever it is asked for. */
    private static final String FIRST_ZONE = "America/Los_Angeles";

    private final AnalyzerOptions options = options();
    private final SimpleCatalog catalog = catalog();
    private final Map<String, TableContent> tables = new HashMap<>();

    /**
     * What a query selected.
     *
     * @param columns their names and types
     */
    public record Rows(List<SimpleColumn> columns, List<List<Value>> values) {
        /** The rows as {@link GoogleEvaluator#text} writes values. */
        public List<List<@Nullable String>> texts() {
            return values.stream()
                    .<List<@Nullable String>>map(
                            row -> row.stream().map(GoogleEvaluator::text).toList())
                    .toList();
        }
    }

    /**
     * The options of an analysis that understands what BigQuery does: its types without those that Google keeps for
     * itself, times of microseconds, UTC.
     *
     * @throws IllegalStateException when there are no files of time zones, without which the library ends the process
     */
    public static AnalyzerOptions options() {
        AnalyzerOptions options = newOptions();
        options.setLanguageOptions(language());
        options.setDefaultTimezone("UTC");
        return options;
    }

    private static AnalyzerOptions newOptions() {
        checkZones();
        return new AnalyzerOptions();
    }

    private static void checkZones() {
        String folder = Objects.requireNonNullElse(System.getenv("TZDIR"), "/usr/share/zoneinfo");
        if (!Files.isRegularFile(Path.of(folder, FIRST_ZONE))) {
            throw new IllegalStateException("Google's evaluator needs the files of time zones in " + folder
                    + ", such as " + FIRST_ZONE + "; install the operating system's package tzdata");
        }
    }

    private static LanguageOptions language() {
        LanguageOptions language = new LanguageOptions();
        language.setProductMode(ProductMode.PRODUCT_EXTERNAL);
        language.setSupportsAllStatementKinds();
        language.enableReservableKeyword("QUALIFY"); // as BigQuery has it
        language.enableMaximumLanguageFeatures();
        language.enableLanguageFeature(LanguageFeature.FEATURE_INTERVAL_TYPE);
        Set<LanguageFeature> features = EnumSet.allOf(LanguageFeature.class);
        features.removeIf(feature ->
                feature == LanguageFeature.FEATURE_TIMESTAMP_NANOS || !language.languageFeatureEnabled(feature));
        language.setEnabledLanguageFeatures(features);
        return language;
    }

    /**
     * A catalog of the functions and types that the options know, without tables.
     *
     * @throws IllegalStateException when there are no files of time zones, without which the library ends the process
     */
    public static SimpleCatalog catalog() {
        checkZones();
        SimpleCatalog catalog = new SimpleCatalog("bigquery");
        catalog.addZetaSQLFunctionsAndTypes(new ZetaSQLBuiltinFunctionOptions(language()));
        return catalog;
    }

    /**
     * Adds a table.
     *
     * @param name as SQL has it within backquotes
     */
    public void addTable(String name, Map<String, Type> columns) {
        SimpleTable table = new SimpleTable(name);
        columns.forEach(table::addSimpleColumn);
        if (catalog.isRegistered()) {
            catalog.unregister();
        }
        catalog.addSimpleTable(name, table);
        setRows(name, List.of());
    }

    /** Puts the rows in the place of those that the table has. */
    public void setRows(String name, List<? extends List<Value>> rows) {
        tables.put(name, TableContent.create(rows.stream().map(List::copyOf).toList()));
    }

    /** The rows of a table, in their order. */
    public List<List<Value>> rows(String name) {
        return Objects.requireNonNull(tables.get(name), name).getTableData().stream()
                .map(List::copyOf)
                .toList();
    }

    public Rows query(String sql) {
        return query(sql, Map.of());
    }

    /**
     * Runs a query.
     *
     * @param parameters for {@code @name}; names in lower case
     * @throws com.google.zetasql.SqlException as BigQuery would fail
     */
    public Rows query(String sql, Map<String, Value> parameters) {
        AnalyzerOptions withParameters = parameters.isEmpty() ? options : options();
        parameters.forEach((name, value) -> withParameters.addQueryParameter(name, value.getType()));
        PreparedQuery.Builder builder = PreparedQuery.builder()
                .setSql(sql)
                .setAnalyzerOptions(withParameters)
                .setCatalog(catalog);
        if (!tables.isEmpty()) {
            builder.setTablesContents(tables);
        } else if (!catalog.isRegistered()) {
            catalog.register(); // else all functions are sent along with each query
        }
        try (PreparedQuery query = builder.prepare()) {
            return new Rows(
                    query.getColumns(),
                    query.execute(parameters).getTableData().stream()
                            .map(List::copyOf)
                            .toList());
        }
    }

    /**
     * The value as a text: numbers without zeros at their end, bytes in Base64, times as {@code java.time} writes them,
     * JSON as it is stored, {@code [a, b]} for an array and {@code (a, b)} for a STRUCT; null for NULL.
     */
    public static @Nullable String text(Value value) {
        if (value.isNull()) {
            return null;
        }
        return switch (value.getType().getKind()) {
            case TYPE_STRING -> value.getStringValue();
            case TYPE_INT64 -> Long.toString(value.getInt64Value());
            case TYPE_BOOL -> Boolean.toString(value.getBoolValue());
            case TYPE_DOUBLE -> Double.toString(value.getDoubleValue());
            case TYPE_NUMERIC -> plain(value.getNumericValue());
            case TYPE_BIGNUMERIC -> plain(value.getBigNumericValue());
            case TYPE_JSON -> value.getJsonValue();
            case TYPE_BYTES ->
                Base64.getEncoder().encodeToString(value.getBytesValue().toByteArray());
            case TYPE_DATE -> value.getLocalDateValue().toString();
            case TYPE_TIME -> value.getLocalTimeValue().toString();
            case TYPE_DATETIME -> value.getLocalDateTimeValue().toString();
            case TYPE_TIMESTAMP ->
                Instant.EPOCH
                        .plus(value.getTimestampUnixMicros(), ChronoUnit.MICROS)
                        .toString();
            case TYPE_INTERVAL -> interval(value.getIntervalValue());
            case TYPE_ARRAY -> texts(value.getElementList(), "[", "]");
            case TYPE_STRUCT -> texts(value.getFieldList(), "(", ")");
            default -> value.shortDebugString();
        };
    }

    private static String interval(IntervalValue interval) {
        return Period.of(0, interval.months(), interval.days()) + " "
                + Duration.of(interval.micros(), ChronoUnit.MICROS);
    }

    private static String plain(BigDecimal number) {
        return number.stripTrailingZeros().toPlainString();
    }

    private static String texts(List<Value> values, String before, String after) {
        return values.stream()
                .map(value -> Objects.requireNonNullElse(text(value), "NULL"))
                .collect(joining(", ", before, after));
    }
}
