package dev.millrace.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RowFormTest {
    private static final List<Query.Field> COLUMNS =
            List.of(new Query.Field("id", "INTEGER"), new Query.Field("doc", "JSON"));

    @Test
    void jsonOfSeveralLinesStaysWithinTheLineOfItsRow() {
        byte[] rows = RowForm.NDJSON.rows(
                COLUMNS, List.of(List.of("1", "{\"a\":\r\n  \"x\\ny\"}"), Arrays.asList("9007199254740993", null)));

        assertThat(new String(rows, StandardCharsets.UTF_8))
                .isEqualTo("{\"id\":1,\"doc\":{\"a\":    \"x\\ny\"}}\n{\"id\":\"9007199254740993\",\"doc\":null}\n");
    }
}
