package dev.millrace.transformer;

import static dev.millrace.transformer.Columns.column;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import dev.millrace.pipeline.TableNames;
import dev.millrace.transformer.value.Grisu2;
import dev.millrace.transformer.value.WarehouseJson;
import dev.millrace.warehouse.Capabilities;
import dev.millrace.warehouse.JsonLimits;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** JSON on its way to warehouses that can hold all of it, or not. */
class WarehouseJsonTest {
    private static final String DEEP = "[".repeat(501) + "]".repeat(501);

    @TempDir
    Path folder;

    private static final List<String> DOCUMENTS = List.of(
            "{\"a\":[18446744073709551615, -9223372036854775808, 0.10, 1e2, -0.0]}",
            "{\"a\":{\"b\":18446744073709551617}}",
            "[1e400]",
            "0.10000000000000000000001",
            DEEP.substring(1, 1001),
            DEEP);

    private static final String[] AS_BIG_QUERY_TAKES_THEM = {
        "{\"a\":[18446744073709551615, -9223372036854775808, 0.10, 1e2, -0.0]}",
        "!v has the number 18446744073709551617, which BigQuery's JSON can't store without loss",
        "!v has the number 1e400, which BigQuery's JSON can't store without loss",
        "!v has the number 0.10000000000000000000001, which BigQuery's JSON can't store without loss",
        DEEP.substring(1, 1001),
        "!v is nested in more than 500 levels, BigQuery's limit of JSON"
    };

    @Test
    void whatTheTaskSaysThatTheWarehouseCanNotHoldIsRejected() throws Exception {
        try (TransformerUnderTest transformer = TransformerUnderTest.start(folder)) {
            assertThat(transformer
                            .loadedInto(TransformerUnderTest.BIG_QUERY)
                            .cells(column("v", Column.Type.JSON), "v", DOCUMENTS))
                    .containsExactly((Object[]) AS_BIG_QUERY_TAKES_THEM);
            Capabilities shallow =
                    new Capabilities("Shoebox", new TableNames(false, true, null), new JsonLimits(2, true));
            assertThat(transformer
                            .loadedInto(shallow)
                            .cells(column("v", Column.Type.JSON), "v", List.of("[[1e400]]", "[{\"a\": []}]")))
                    .containsExactly("[[1e400]]", "!v is nested in more than 2 levels, Shoebox's limit of JSON");
        }
    }

    @Test
    void whereTheWarehouseHoldsEverythingItStaysAsItIs() throws Exception {
        Capabilities boundless = new Capabilities("Shoebox", new TableNames(false, true, null), JsonLimits.NONE);
        try (TransformerUnderTest transformer =
                TransformerUnderTest.start(folder, Map.of("millrace.warehouse.type", "bigquery"))) {
            assertThat(transformer
                            .loadedInto(boundless)
                            .cells(column("v", Column.Type.JSON), "v", List.of("[1e400, 1.000]", DEEP)))
                    .as("whatever this service is configured for")
                    .containsExactly("[1e400, 1.000]", DEEP);
        }
    }

    @Test
    void withATaskOfVersion01TheConfigurationSaysWhatTheWarehouseIs() throws Exception {
        try (TransformerUnderTest transformer =
                TransformerUnderTest.start(folder, Map.of("millrace.warehouse.type", "bigquery"))) {
            assertThat(transformer.cells(column("v", Column.Type.JSON), "v", DOCUMENTS))
                    .containsExactly((Object[]) AS_BIG_QUERY_TAKES_THEM);
        }
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
                assertThat(WarehouseJson.isKept(Double.toString(value))).isEqualTo(shortest);
                kept += shortest ? 1 : 0;
            }
        }
        assertThat(kept).isBetween(99_000, 100_000 - 1);
    }

    @Test
    void aNumberThatBigQueryWasSeenToRefuseIsRefused() {
        assertThat(WarehouseJson.isKept("0.2002386475503002")).isFalse();
        assertThat(WarehouseJson.isKept("0.2002386475503")).isTrue();
    }
}
