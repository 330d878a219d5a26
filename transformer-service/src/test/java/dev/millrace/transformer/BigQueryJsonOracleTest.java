package dev.millrace.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.zetasql.AnalyzerOptions;
import com.google.zetasql.PreparedExpression;
import com.google.zetasql.TypeFactory;
import com.google.zetasql.Value;
import com.google.zetasql.ZetaSQLType.TypeKind;
import dev.millrace.testing.GoogleEvaluator;
import dev.millrace.transformer.json.InvalidFieldValue;
import dev.millrace.transformer.value.WarehouseJson;
import io.micronaut.core.annotation.Nullable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What JSON is let through to BigQuery, compared with Google's own {@code PARSE_JSON}: that of ZetaSQL's evaluator,
 * https://github.com/google/zetasql.
 */
@Timeout(120)
class BigQueryJsonOracleTest {
    private static final int EACH = System.getProperty("thorough") == null ? 100 : 250;

    private static List<String> numbers() {
        Random random = new Random(20260131);
        List<String> numbers = new ArrayList<>(List.of(
                "0",
                "-0",
                "0.0",
                "-0.0",
                "0e5",
                "1.10",
                "1E5",
                "1e+5",
                "1e-5",
                "1e22",
                "1e23",
                "5e-324",
                "4e-324",
                "4.9406564584124654e-324",
                "2e-324",
                "1e-400",
                "0.0000e-400",
                "2.2250738585072014e-308",
                "2.2250738585072011e-308",
                "1.7976931348623157e308",
                "1.7976931348623159e308",
                "1e308",
                "1e309",
                "9007199254740993",
                "9007199254740993.0",
                "9223372036854775807",
                "9223372036854775808",
                "18446744073709551615",
                "18446744073709551616",
                "-9223372036854775808",
                "-9223372036854775809",
                "123456789012345678901234567890",
                "100000000000000000000",
                "0.1",
                "0.10",
                "0.30000000000000004",
                "0.3000000000000000444",
                "0.2002386475503002",
                "123456.789e3",
                "3.141592653589793238",
                "1" + "0".repeat(308),
                "0." + "0".repeat(320) + "1",
                "1." + "0".repeat(1_400),
                "1" + "0".repeat(400)));
        for (int i = 0; i < EACH; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            numbers.add(Double.isFinite(value) ? Double.toString(value) : "7");
            numbers.add(Double.toString(random.nextDouble()));
            numbers.add(Double.toString(random.nextInt(1_000_000_000) / 1e6));
            numbers.add(new BigDecimal(new BigInteger(1 + random.nextInt(80), random), random.nextInt(30)).toString());
            numbers.add(new BigInteger(60 + random.nextInt(8), random).toString());
            numbers.add("-" + new BigInteger(60 + random.nextInt(8), random));
            numbers.add(random.nextInt(1000) + "e" + (random.nextInt(660) - 330));
        }
        return numbers;
    }

    @Test
    void aNumberIsLetThroughExactlyWhenGooglesParserTakesItAndKeepsItsValue() {
        try (PreparedExpression parse = prepared()) {
            assertThat(Stream.of("0.1", "0.2002386475503002").map(text -> parsed(parse, text)))
                    .containsExactly("0.1", null);
            for (String number : numbers()) {
                String stored = parsed(parse, number);
                assertThat(WarehouseJson.isKept(number)).as(number).isEqualTo(stored != null);
                if (stored != null) {
                    assertThat(new BigDecimal(stored)).as(number).isEqualByComparingTo(number);
                }
            }
        }
    }

    @Test
    void theDeepestDocumentThatIsLetThroughIsTaken() throws InvalidFieldValue {
        try (PreparedExpression parse = prepared()) {
            for (String document :
                    List.of("[".repeat(500) + "]".repeat(500), "{\"a\":".repeat(500) + "1.5" + "}".repeat(500))) {
                new WarehouseJson(TransformerUnderTest.BIG_QUERY).check(document);
                assertThat(parsed(parse, document)).isEqualTo(document);
            }
        }
    }

    private static PreparedExpression prepared() {
        AnalyzerOptions options = GoogleEvaluator.options();
        options.addExpressionColumn("document", TypeFactory.createSimpleType(TypeKind.TYPE_STRING));
        PreparedExpression parse = new PreparedExpression("(SELECT IF(j IS NULL, NULL, TO_JSON_STRING(j))"
                + " FROM (SELECT SAFE.PARSE_JSON(document, wide_number_mode => 'exact') AS j))");
        parse.prepare(options);
        return parse;
    }

    private static @Nullable String parsed(PreparedExpression parse, String document) {
        Value stored = parse.execute(Map.of("document", Value.createStringValue(document)), Map.of());
        return stored.isNull() ? null : stored.getStringValue();
    }
}
