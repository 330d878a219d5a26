package dev.millrace.emulator.bigquery;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.cloud.bigquery.BigQueryException;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FieldList;
import com.google.cloud.bigquery.FieldValue;
import com.google.cloud.bigquery.FieldValueList;
import com.google.cloud.bigquery.QueryJobConfiguration;
import com.google.cloud.bigquery.TableResult;
import com.google.zetasql.SqlException;
import com.google.zetasql.Value;
import dev.millrace.testing.GoogleEvaluator;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Period;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever the emulator answers, Google answers too. */
@Timeout(300)
class GoogleSqlTest {
    private static final Pattern INTERVAL =
            Pattern.compile("(-?)(\\d+)-(\\d+) (-?\\d+) (-?)(\\d+):(\\d+):(\\d+)(?:\\.(\\d+))?");

    @TempDir
    Path folder;

    private enum Verdict {
        RIGHT,
        REFUSED,
        DIFFERENT,
        ANSWERED_WHERE_GOOGLE_FAILS
    }

    @Test
    void answersAsGoogleDoesOrNotAtAll() throws Exception {
        BigQueryUnderTest.assumeGoogle();
        GoogleEvaluator google = new GoogleEvaluator();
        Map<Verdict, List<String>> verdicts = new TreeMap<>();
        try (BigQueryUnderTest bigQuery = new BigQueryUnderTest(folder)) {
            for (String statement : statements()) {
                String expected = expected(google, statement);
                String answer = answer(bigQuery, statement);
                verdicts.computeIfAbsent(verdict(expected, answer), _ -> new ArrayList<>())
                        .add(statement + "\n    Google:   " + expected + "\n    emulator: " + answer);
            }
        }

        assertThat(verdicts).doesNotContainKeys(Verdict.DIFFERENT, Verdict.ANSWERED_WHERE_GOOGLE_FAILS);
        assertThat(verdicts.get(Verdict.REFUSED))
                .singleElement()
                .asString()
                .contains("Duplicate column names in the result are not supported. Found duplicate(s): k");
    }

    private static List<String> statements() throws Exception {
        try (var stream = GoogleSqlTest.class.getResourceAsStream("/googlesql/statements.sql")) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("--"))
                    .toList();
        }
    }

    private static Verdict verdict(String expected, String answer) {
        if (answer.startsWith("ERROR")) {
            return expected.startsWith("ERROR") ? Verdict.RIGHT : Verdict.REFUSED;
        }
        if (expected.startsWith("ERROR")) {
            return Verdict.ANSWERED_WHERE_GOOGLE_FAILS;
        }
        return expected.equals(answer) ? Verdict.RIGHT : Verdict.DIFFERENT;
    }

    private static String expected(GoogleEvaluator google, String statement) {
        try {
            return google.query(statement).values().stream()
                    .map(row -> row.stream().map(GoogleSqlTest::text).toList().toString())
                    .toList()
                    .toString();
        } catch (SqlException | IllegalArgumentException | UnsupportedOperationException e) {
            return "ERROR " + e.getMessage();
        }
    }

    private static String answer(BigQueryUnderTest bigQuery, String statement) throws InterruptedException {
        try {
            TableResult result = bigQuery.client.query(QueryJobConfiguration.of(statement));
            List<String> rows = new ArrayList<>();
            for (FieldValueList row : result.iterateAll()) {
                rows.add(texts(row, result.getSchema().getFields()).toString());
            }
            return rows.toString();
        } catch (BigQueryException e) {
            return "ERROR " + e.getMessage();
        }
    }

    private static List<String> texts(FieldValueList row, FieldList fields) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            texts.add(text(row.get(i), fields.get(i)));
        }
        return texts;
    }

    /** A NULL array is answered as an empty one. */
    private static String text(Value value) {
        if (value.isNull()) {
            return value.getType().isArray() ? "[]" : "NULL";
        }
        if (value.getType().isArray() || value.getType().isStruct()) {
            return (value.getType().isArray() ? value.getElementList() : value.getFieldList())
                    .stream().map(GoogleSqlTest::text).toList().toString();
        }
        return String.valueOf(GoogleEvaluator.text(value));
    }

    private static String text(FieldValue value, Field field) {
        if (field.getMode() == Field.Mode.REPEATED) {
            Field element = field.toBuilder().setMode(Field.Mode.NULLABLE).build();
            return value.getRepeatedValue().stream()
                    .map(one -> text(one, element))
                    .toList()
                    .toString();
        }
        if (value.isNull()) {
            return "NULL";
        }
        return switch (field.getType().getStandardType()) {
            case STRUCT -> texts(value.getRecordValue(), field.getSubFields()).toString();
            case FLOAT64 -> Double.toString(Double.parseDouble(value.getStringValue()));
            case TIME -> LocalTime.parse(value.getStringValue()).toString();
            case DATETIME -> LocalDateTime.parse(value.getStringValue()).toString();
            case TIMESTAMP ->
                Instant.EPOCH.plus(value.getTimestampValue(), ChronoUnit.MICROS).toString();
            case INTERVAL -> interval(value.getStringValue());
            default -> value.getStringValue();
        };
    }

    private static String interval(String text) {
        Matcher matcher = INTERVAL.matcher(text);
        assertThat(matcher.matches()).as(text).isTrue();
        int months = Integer.parseInt(matcher.group(2)) * 12 + Integer.parseInt(matcher.group(3));
        Duration time = Duration.ofHours(Long.parseLong(matcher.group(6)))
                .plusMinutes(Long.parseLong(matcher.group(7)))
                .plusSeconds(Long.parseLong(matcher.group(8)))
                .plusNanos(
                        matcher.group(9) == null
                                ? 0
                                : Long.parseLong((matcher.group(9) + "000000000").substring(0, 9)));
        return Period.of(0, matcher.group(1).isEmpty() ? months : -months, Integer.parseInt(matcher.group(4))) + " "
                + (matcher.group(5).isEmpty() ? time : time.negated());
    }
}
