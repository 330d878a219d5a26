package dev.millrace.transformer;

import static dev.millrace.transformer.Columns.column;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JSON on its way to BigQuery, and to DuckDB. */
class BigQueryJsonTest {
    private static final String DEEP = "[".repeat(501) + "]".repeat(501);

    @TempDir
    Path folder;

    @Test
    void whatBigQueryCanNotStoreIsRejectedOnItsWayThere() throws Exception {
        try (TransformerUnderTest transformer =
                TransformerUnderTest.start(folder, Map.of("millrace.warehouse.type", "bigquery"))) {
            assertThat(transformer.cells(
                            column("v", Column.Type.JSON),
                            "v",
                            List.of(
                                    "{\"a\":[18446744073709551615, -9223372036854775808, 0.10, 1e2, -0.0]}",
                                    "{\"a\":{\"b\":18446744073709551617}}",
                                    "[1e400]",
                                    "0.10000000000000000000001",
                                    DEEP.substring(1, 1001),
                                    DEEP)))
                    .containsExactly(
                            "{\"a\":[18446744073709551615, -9223372036854775808, 0.10, 1e2, -0.0]}",
                            "!v has the number 18446744073709551617, which BigQuery's JSON can't store without loss",
                            "!v has the number 1e400, which BigQuery's JSON can't store without loss",
                            "!v has the number 0.10000000000000000000001, which BigQuery's JSON can't store without loss",
                            DEEP.substring(1, 1001),
                            "!v is nested in more than 500 levels, BigQuery's limit of JSON");
        }
    }

    @Test
    void onItsWayToDuckDbItStaysAsItIs() throws Exception {
        try (TransformerUnderTest transformer = TransformerUnderTest.start(folder)) {
            assertThat(transformer.cells(column("v", Column.Type.JSON), "v", List.of("[1e400, 1.000]", DEEP)))
                    .containsExactly("[1e400, 1.000]", DEEP);
        }
    }

    @Test
    void aNumberThatIsKeptIsTheNearestDoubleWrittenOut() {
        Random random = new Random(20260131);
        int kept = 0;
        for (int i = 0; i < 100_000; i++) {
            double value = random.nextBoolean()
                    ? Double.longBitsToDouble(random.nextLong() & Long.MAX_VALUE)
                    : random.nextInt(1_000_000_000) / 1e6;
            if (Double.isFinite(value) && value > 0) {
                Grisu2.Digits digits = Grisu2.shortest(value);
                BigDecimal written = BigDecimal.valueOf(digits.number()).scaleByPowerOfTen(digits.exponent());
                assertThat(written.doubleValue()).isEqualTo(value);
                boolean shortest = written.compareTo(new BigDecimal(Double.toString(value))) == 0;
                assertThat(BigQueryJson.isKept(Double.toString(value))).isEqualTo(shortest);
                kept += shortest ? 1 : 0;
            }
        }
        assertThat(kept).isBetween(99_000, 100_000 - 1);
    }

    @Test
    void aNumberThatBigQueryWasSeenToRefuseIsRefused() {
        assertThat(BigQueryJson.isKept("0.2002386475503002")).isFalse();
        assertThat(BigQueryJson.isKept("0.2002386475503")).isTrue();
    }
}
