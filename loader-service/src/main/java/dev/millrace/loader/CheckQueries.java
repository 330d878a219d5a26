package dev.millrace.loader;

import dev.millrace.format.Documents;
import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.TableCheck;
import dev.millrace.problem.ErrorCode;
import dev.millrace.problem.MillraceException;
import dev.millrace.task.CheckHistory;
import dev.millrace.task.CheckResult;
import dev.millrace.task.CheckResults;
import io.micronaut.core.annotation.Nullable;
import io.micronaut.serde.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The SQL of a table's checks, to be run within the load's transaction, after it has changed the table. Each is one query of
 * one text, which is the JSON of a {@link CheckResult}: so a script can decide by it, and a ledger keep it.
 */
public final class CheckQueries {
    /** Different values of a column whose shares are kept; others count as one. */
    private static final int MOST_VALUES = 100;

    private static final String ROW = "millrace_row";
    private static final String OTHER = "millrace_other";

    /** What a warehouse writes in its own way. */
    public interface Dialect {
        /** An identifier in quotes. */
        String name(String identifier);

        /** A literal. */
        String text(String value);

        /** The type of a column. */
        String type(Column column);

        /** The type of texts. */
        String texts();

        /** The type of numbers with a binary fraction. */
        String reals();

        /** Another table, as a pipeline file names it. */
        String table(String name);

        /** JSON, as a text, of a value that is a text. */
        String json(String value);

        /** One number divided by another that isn't 0. */
        String divided(String number, String by);

        /** A floating point number, and NULL in the place of an infinity or NaN. */
        String finite(String number);

        /** An aggregate of a few rows: a JSON array, as a text, of texts that are each the JSON of a row. */
        String sample(String row, int most);
    }

    /**
     * A query for one check.
     *
     * @param refused what its text begins with exactly when the load is to be taken back
     */
    public record Query(TableCheck check, String sql, String refused) {}

    private final TableLoad tableLoad;
    private final Dialect dialect;
    private final String table;
    private final String rows;
    private final Instant now;

    /**
     * @param table for SQL
     * @param window condition for the rows of the day that the load replaces; null: it replaces no day
     * @param now when the load is about to be committed
     */
    public CheckQueries(TableLoad tableLoad, Dialect dialect, String table, @Nullable String window, Instant now) {
        this.tableLoad = tableLoad;
        this.dialect = dialect;
        this.table = table;
        this.rows = table + " AS " + ROW + (window == null ? "" : " WHERE " + window);
        this.now = now;
    }

    /** In the order of the checks, but for those that reject rows. */
    public List<Query> queries() {
        return tableLoad.destination().checks().stream()
                .filter(check -> check.severity() != TableCheck.Severity.REJECT) // of which rows are left out before
                .map(this::query)
                .toList();
    }

    /**
     * What {@link CheckResults#written} has written.
     *
     * @throws UncheckedIOException when the text is nothing of the kind
     */
    public static CheckResults read(String text, ObjectMapper json) {
        try {
            return Documents.read(text, CheckResults.class, json);
        } catch (IOException e) {
            throw new UncheckedIOException("what was found of checks can't be read", e);
        }
    }

    /**
     * Why a load is taken back.
     *
     * @throws ChecksUnmet when a check says so
     */
    public static void judge(String table, List<CheckResult> results) {
        List<CheckResult> unmet = results.stream().filter(CheckResult::fails).toList();
        if (!unmet.isEmpty()) {
            throw new ChecksUnmet(
                    "after the load " + table + " would not meet "
                            + unmet.stream().map(CheckResult::line).collect(Collectors.joining("; "))
                            + "; it stays as it is",
                    results);
        }
    }

    private Query query(TableCheck check) {
        String head = "{\"name\":" + quoted(check.title()) + ",\"severity\":\"" + check.severity() + "\",\"state\":\"";
        String found = switch (check) {
            case TableCheck.Unique unique -> unique(unique);
            case TableCheck.NotNull notNull ->
                of(
                        rows(any(notNull.columns(), " IS NULL", " OR ")),
                        " rows have a NULL in " + names(notNull.columns()));
            case TableCheck.AcceptedValues accepted -> accepted(accepted);
            case TableCheck.Range range -> range(range);
            case TableCheck.Condition condition ->
                of(
                        rows("(" + condition.expression() + "\n) IS NOT TRUE"),
                        " rows don't meet " + condition.expression());
            case TableCheck.ForeignKey key -> foreignKey(key);
            case TableCheck.RowCount count -> rowCount(count);
            case TableCheck.Freshness freshness -> freshness(freshness);
            case TableCheck.NullShare share -> nullShare(share);
            case TableCheck.Distribution distribution -> distribution(distribution);
        };
        String sql = "SELECT CONCAT(" + dialect.text(head) + ", state, " + dialect.text("\",\"detail\":") + ", "
                + dialect.json("detail") + ", " + dialect.text(",\"rows\":") + ", " + asText("found") + ", "
                + dialect.text(",\"measured\":") + ", measured, " + dialect.text(",\"sample\":") + ", sample, "
                + dialect.text("}") + ") AS result FROM (" + found + ")";
        return new Query(check, sql, check.severity() == TableCheck.Severity.FAIL ? head + "UNMET" : "(never)");
    }

    /** JSON of a text. */
    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (c < ' ' || c == '"' || c == '\\') {
                json.append(String.format("\\u%04x", c));
            } else {
                json.append((char) c);
            }
        });
        return json.append('"').toString();
    }

    /** What is found of single rows. */
    private String rows(String unmet) {
        return "SELECT COUNT(*) AS found, COALESCE(" + dialect.sample(ROW, CheckResult.MOST) + ", '[]') AS sample FROM "
                + table + " AS " + ROW + " WHERE " + unmet;
    }

    /** @param words what is said of rows that don't meet the check, after their number */
    private String of(String found, String words) {
        return "SELECT IF(found > 0, 'UNMET', 'MET') AS state, found, '{}' AS measured, sample, IF(found > 0, CONCAT("
                + asText("found") + ", " + dialect.text(words) + "), 'all rows meet it') AS detail FROM (" + found
                + ")";
    }

    /**
     * What is found of a number.
     *
     * @param unmet condition
     * @param measured text of JSON
     * @param detail text
     * @param from what has the columns that these use
     */
    private static String measured(String unmet, boolean known, String measured, String detail, String from) {
        return "SELECT IF(" + unmet + ", 'UNMET', '" + (known ? "MET" : "UNKNOWN") + "') AS state, 0 AS found, "
                + measured + " AS measured, '[]' AS sample, " + detail
                + " AS detail FROM (" + from + ")";
    }

    private String unique(TableCheck.Unique unique) {
        String keys = unique.columns().stream().map(dialect::name).collect(Collectors.joining(", "));
        String twice = "SELECT " + keys + " FROM " + table + " AS " + OTHER + " WHERE "
                + unique.columns().stream()
                        .map(column -> dialect.name(column) + " IS NOT NULL")
                        .collect(Collectors.joining(" AND "))
                + " GROUP BY " + keys + " HAVING COUNT(*) > 1";
        String same = unique.columns().stream()
                .map(column -> OTHER + "." + dialect.name(column) + " = " + value(column))
                .collect(Collectors.joining(" AND "));
        return of(
                "SELECT COUNT(*) AS found, COALESCE(" + dialect.sample(ROW, CheckResult.MOST)
                        + ", '[]') AS sample FROM " + table + " AS " + ROW + " JOIN (" + twice + ") AS " + OTHER
                        + " ON " + same,
                " rows have the same " + names(unique.columns()) + " as another row");
    }

    private String accepted(TableCheck.AcceptedValues accepted) {
        Column column = column(accepted, accepted.column());
        String values =
                accepted.values().stream().map(value -> literal(column, value)).collect(Collectors.joining(", "));
        return of(
                rows(value(accepted.column()) + " NOT IN (" + values + ")"),
                " rows have another value in " + accepted.column() + " than "
                        + accepted.values().stream().limit(20).collect(Collectors.joining(", "))
                        + (accepted.values().size() > 20 ? " and others" : ""));
    }

    private String range(TableCheck.Range range) {
        Column column = column(range, range.column());
        List<String> within = new ArrayList<>();
        List<String> words = new ArrayList<>();
        if (range.min() != null) {
            within.add(value(range.column()) + " >= " + literal(column, range.min()));
            words.add("less than " + range.min());
        }
        if (range.max() != null) {
            within.add(value(range.column()) + " <= " + literal(column, range.max()));
            words.add("more than " + range.max());
        }
        return of(
                rows("NOT (" + String.join(" AND ", within) + ")"),
                " rows have a value in " + range.column() + " that is " + String.join(" or ", words));
    }

    private String foreignKey(TableCheck.ForeignKey key) {
        List<String> same = new ArrayList<>();
        for (int i = 0; i < key.columns().size(); i++) {
            same.add(OTHER + "." + dialect.name(key.keys().get(i)) + " = "
                    + value(key.columns().get(i)));
        }
        return of(
                rows(any(key.columns(), " IS NOT NULL", " AND ") + " AND NOT EXISTS (SELECT 1 FROM "
                        + dialect.table(key.references()) + " AS " + OTHER + " WHERE " + String.join(" AND ", same)
                        + ")"),
                " rows have in " + names(key.columns()) + " what no row of " + key.references() + " has in "
                        + names(key.keys()));
    }

    private String rowCount(TableCheck.RowCount count) {
        List<Map<String, Double>> earlier = earlier(count);
        List<String> unmet = new ArrayList<>(List.of("FALSE"));
        List<String> expected = new ArrayList<>();
        if (count.min() != null) {
            unmet.add("n < " + count.min());
            expected.add("at least " + count.min());
        }
        if (count.max() != null) {
            unmet.add("n > " + count.max());
            expected.add("at most " + count.max());
        }
        boolean known = count.maxChange() == null || !earlier.isEmpty();
        if (count.maxChange() != null && known) {
            double mean = mean(earlier, "rows");
            unmet.add("n < " + real(mean * (1 - count.maxChange())));
            unmet.add("n > " + real(mean * (1 + count.maxChange())));
            expected.add(number(mean * (1 - count.maxChange())) + " to " + number(mean * (1 + count.maxChange()))
                    + ", as " + runs(earlier) + " lets expect");
        }
        return measured(
                String.join(" OR ", unmet),
                known,
                "CONCAT('{\"rows\":', " + asText("n") + ", '}')",
                "CONCAT(" + asText("n") + ", "
                        + dialect.text(" rows"
                                + (expected.isEmpty()
                                        ? "; there is no run before to compare with"
                                        : " (expected: " + String.join(", ", expected) + ")"))
                        + ")",
                "SELECT COUNT(*) AS n FROM " + rows);
    }

    private String freshness(TableCheck.Freshness freshness) {
        Column column = column(freshness, freshness.column());
        Instant least = now.minus(freshness.maxAge()).truncatedTo(ChronoUnit.MICROS);
        String oldest = switch (column.type()) {
            case DATE -> {
                LocalDate day = LocalDate.ofInstant(least, ZoneOffset.UTC);
                boolean midnight = LocalTime.ofInstant(least, ZoneOffset.UTC).equals(LocalTime.MIDNIGHT);
                yield (midnight ? day : day.plusDays(1)).toString();
            }
            case DATETIME -> LocalDateTime.ofInstant(least, ZoneOffset.UTC).toString();
            case TIMESTAMP -> least.toString();
            case INTEGER, NUMERIC, BIGNUMERIC, FLOAT, BOOLEAN, STRING, BYTES, TIME, INTERVAL, JSON, GEOGRAPHY, RECORD ->
                throw new MillraceException(
                        ErrorCode.TABLE_MISMATCH,
                        "check " + freshness.title() + " of "
                                + tableLoad.destination().table() + ": " + column.name() + " is "
                                + column.type() + " (expected: DATE, DATETIME or TIMESTAMP)");
        };
        return measured(
                "newest IS NULL OR newest < " + literal(column, oldest),
                true,
                "'{}'",
                "CONCAT(" + dialect.text("the newest " + freshness.column() + " is ") + ", COALESCE("
                        + asText("newest") + ", 'NULL'), " + dialect.text(" (expected: " + oldest + " or later)")
                        + ")",
                "SELECT MAX(" + value(freshness.column()) + ") AS newest FROM " + table + " AS " + ROW);
    }

    private String nullShare(TableCheck.NullShare share) {
        return measured(
                "share > " + real(share.max() * 100),
                true,
                "IF(share IS NULL, '{}', CONCAT('{\"percent\":', " + asText("share") + ", '}'))",
                "CONCAT(COALESCE(" + asText("ROUND(share, 4)") + ", '0'), "
                        + dialect.text("% of the rows have a NULL in " + share.column() + " (expected: at most "
                                + number(share.max() * 100) + "%)")
                        + ")",
                "SELECT AVG(IF(" + value(share.column()) + " IS NULL, " + real(100) + ", " + real(0)
                        + ")) AS share FROM " + rows);
    }

    private String distribution(TableCheck.Distribution distribution) {
        Column column = column(distribution, distribution.column());
        return switch (column.type()) {
            case INTEGER, NUMERIC, BIGNUMERIC, FLOAT -> mean(distribution);
            case BOOLEAN, STRING, BYTES, DATE, TIME, DATETIME, TIMESTAMP, INTERVAL, JSON, GEOGRAPHY, RECORD ->
                shares(distribution);
        };
    }

    private String mean(TableCheck.Distribution distribution) {
        List<Map<String, Double>> earlier = earlier(distribution).stream()
                .filter(run -> run.containsKey("mean"))
                .toList();
        double mean = mean(earlier, "mean");
        double allowed = distribution.maxChange() * mean(earlier, "deviation");
        String value = "CAST(" + value(distribution.column()) + " AS " + dialect.reals() + ")";
        return measured(
                earlier.isEmpty() ? "FALSE" : "mean < " + real(mean - allowed) + " OR mean > " + real(mean + allowed),
                !earlier.isEmpty(),
                "IF(mean IS NULL, '{}', CONCAT('{\"mean\":', " + asText("mean") + ", ',\"deviation\":', "
                        + asText("deviation") + ", '}'))",
                "CONCAT(" + dialect.text("the mean of " + distribution.column() + " is ") + ", COALESCE("
                        + asText("mean") + ", 'NULL'), "
                        + dialect.text(
                                earlier.isEmpty()
                                        ? "; there is no run before to compare with"
                                        : " (expected: " + number(mean - allowed) + " to " + number(mean + allowed)
                                                + ", as " + runs(earlier) + " lets expect)")
                        + ")",
                "SELECT AVG(finite) AS mean, STDDEV_POP(finite) AS deviation FROM (SELECT " + dialect.finite(value)
                        + " AS finite FROM " + rows + ")");
    }

    /** What the shares of the values have in common with the usual ones: 1 less the total variation distance. */
    private String shares(TableCheck.Distribution distribution) {
        List<Map<String, Double>> earlier = earlier(distribution);
        String counts = "SELECT COALESCE(CAST(" + value(distribution.column()) + " AS " + dialect.texts()
                + "), '(NULL)') AS v, COUNT(*) AS n FROM " + rows + " GROUP BY "
                + "COALESCE(CAST(" + value(distribution.column()) + " AS " + dialect.texts() + "), '(NULL)')";
        String placed = "SELECT v, n, ROW_NUMBER() OVER (ORDER BY n DESC, v) AS place FROM (" + counts + ")";
        String kept = "SELECT IF(place <= " + MOST_VALUES + ", v, '(others)') AS v, n FROM (" + placed + ")";
        String total = "(SELECT COUNT(*) FROM " + rows + ")";
        String shares = "SELECT v, " + dialect.divided("SUM(n)", total) + " AS share FROM (" + kept + ") GROUP BY v";
        String both = "SELECT v, share AS present, " + real(0) + " AS former FROM (" + shares + ")"
                + usual(earlier).entrySet().stream()
                        .map(share -> " UNION ALL SELECT " + dialect.text(share.getKey()) + ", " + real(0) + ", "
                                + real(share.getValue()))
                        .collect(Collectors.joining());
        String compared = "SELECT v, MAX(present) AS present, MAX(former) AS former FROM (" + both + ") GROUP BY v";
        String summed = "SELECT SUM(LEAST(present, former)) AS usual, STRING_AGG(IF(present > 0, CONCAT("
                + dialect.json("v") + ", ':', " + asText("present") + "), NULL), ',') AS present FROM (" + compared
                + ")";
        return measured(
                earlier.isEmpty() ? "FALSE" : "usual < " + real(1 - distribution.maxChange()),
                !earlier.isEmpty(),
                "CONCAT('{', COALESCE(present, ''), '}')",
                earlier.isEmpty()
                        ? dialect.text("the values of " + distribution.column()
                                + " are noted; there is no run before to compare with")
                        : "CONCAT('a share of ', COALESCE(" + asText("ROUND(usual, 6)") + ", '0'), "
                                + dialect.text(" of the rows has the values of " + distribution.column() + " that "
                                        + runs(earlier) + " lets expect (expected: at least "
                                        + number(1 - distribution.maxChange()) + ")")
                                + ")",
                summed);
    }

    /** The mean of the shares, of the values that came most often. */
    private static Map<String, Double> usual(List<Map<String, Double>> earlier) {
        Map<String, Double> sums = new TreeMap<>();
        earlier.forEach(run -> run.forEach((value, share) -> sums.merge(value, share / earlier.size(), Double::sum)));
        Map<String, Double> most = new LinkedHashMap<>();
        sums.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()))
                .limit(2L * MOST_VALUES)
                .forEach(share -> most.put(share.getKey(), share.getValue()));
        return most;
    }

    private static double mean(List<Map<String, Double>> runs, String name) {
        return runs.stream()
                .mapToDouble(run -> run.getOrDefault(name, 0.0))
                .average()
                .orElse(0);
    }

    private List<Map<String, Double>> earlier(TableCheck check) {
        return tableLoad.earlier().stream()
                .filter(history -> history.name().equals(check.title()))
                .map(CheckHistory::measured)
                .findFirst()
                .orElse(List.of())
                .stream()
                .filter(measured -> !measured.isEmpty())
                .toList();
    }

    private static String runs(List<?> earlier) {
        return earlier.size() == 1 ? "the run before" : "the mean of " + earlier.size() + " runs before";
    }

    private String any(List<String> columns, String condition, String link) {
        return columns.stream().map(column -> value(column) + condition).collect(Collectors.joining(link, "(", ")"));
    }

    private String value(String column) {
        return ROW + "." + dialect.name(column);
    }

    private String literal(Column column, String value) {
        return "CAST(" + dialect.text(value) + " AS " + dialect.type(column) + ")";
    }

    private String real(double value) {
        return "CAST(" + dialect.text(Double.toString(value)) + " AS " + dialect.reals() + ")";
    }

    private String asText(String value) {
        return "CAST(" + value + " AS " + dialect.texts() + ")";
    }

    private static String names(List<String> columns) {
        return String.join(", ", columns);
    }

    /** For people: without digits that say nothing. */
    private static String number(double value) {
        double rounded = Math.round(value * 10_000) / 10_000.0;
        return rounded == Math.rint(rounded) && Math.abs(rounded) < 1e15
                ? Long.toString((long) rounded)
                : Double.toString(rounded);
    }

    private Column column(TableCheck check, String name) {
        return tableLoad.tableSchema().stream()
                .filter(column -> column.name().equalsIgnoreCase(name))
                .findFirst()
                .orElseThrow(() -> new MillraceException(
                        ErrorCode.TABLE_MISMATCH,
                        "check " + check.title() + " of "
                                + tableLoad.destination().table() + ": there is no column " + name));
    }
}
