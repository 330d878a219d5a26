package dev.millrace.transformer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.pipeline.Column;
import io.micronaut.core.annotation.Nullable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Tests of what becomes of values, by a transformer that each class has to itself. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class CellTests {
    TransformerUnderTest transformer;

    @BeforeAll
    void start(@TempDir Path folder) throws Exception {
        transformer = TransformerUnderTest.start(folder);
    }

    @AfterAll
    void stop() {
        transformer.close();
    }

    /** @param sentAndExpected pairs: a value as JSON has it, and its cell as text, or {@code !} and the reject's reason */
    final void check(Column column, @Nullable String... sentAndExpected) throws Exception {
        List<String> sent = new ArrayList<>();
        List<Object> expected = new ArrayList<>();
        for (int i = 0; i < sentAndExpected.length; i += 2) {
            sent.add(sentAndExpected[i]);
            expected.add(sentAndExpected[i + 1]);
        }
        assertThat(transformer.cells(column, "CAST(v AS VARCHAR)", sent)).containsExactlyElementsOf(expected);
    }
}
