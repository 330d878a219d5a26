package dev.millrace.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.zetasql.SqlException;
import com.google.zetasql.TypeFactory;
import com.google.zetasql.Value;
import com.google.zetasql.ZetaSQLType.TypeKind;
import java.io.File;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(
        value = {OS.LINUX, OS.MAC},
        architectures = {"amd64", "x86_64"},
        disabledReason = "Google's library for GoogleSQL exists for Linux and macOS on x86-64 only")
class GoogleEvaluatorTest {
    @Test
    void aQueryReadsTablesAndParametersAndGivesBackItsValues() {
        GoogleEvaluator google = new GoogleEvaluator();
        google.addTable("p.d.t", Map.of("id", TypeFactory.createSimpleType(TypeKind.TYPE_INT64)));
        google.setRows("p.d.t", List.of(List.of(Value.createInt64Value(7)), List.of(Value.createInt64Value(8))));

        assertThat(google.query("""
                        SELECT id, NUMERIC '1.50', 0.1, b'ab', DATE '2026-01-31', TIME '08:30:00.000001',
                          DATETIME '2026-01-31T08:30:00', TIMESTAMP '2026-01-31 08:30:00', JSON '{"a":1}',
                          INTERVAL '1-2 3 -4:5:6.5' YEAR TO SECOND, [1, 2], STRUCT('x', CAST(NULL AS BOOL)), NULL
                        FROM `p.d.t` WHERE id = @id
                        """, Map.of("id", Value.createInt64Value(7)))
                        .texts()
                        .getFirst())
                .containsExactly(
                        "7",
                        "1.5",
                        "0.1",
                        "YWI=",
                        "2026-01-31",
                        "08:30:00.000001",
                        "2026-01-31T08:30",
                        "2026-01-31T08:30:00Z",
                        "{\"a\":1}",
                        "P14M3D PT-4H-5M-6.5S",
                        "[1, 2]",
                        "(x, NULL)",
                        null);
        assertThatThrownBy(() -> google.query("SELECT 1 / 0")).isInstanceOf(SqlException.class);
    }

    /** In a process of its own, which the library would end. */
    @Test
    void withoutFilesOfTimeZonesItSaysSo() throws Exception {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Started.class.getName());
        builder.environment().put("TZDIR", Path.of("no", "such", "folder").toString());
        Process process = builder.redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), Charset.defaultCharset());

        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(said).contains("Google's evaluator needs the files of time zones in no" + File.separator + "such");
        assertThat(process.exitValue()).isEqualTo(1);
    }

    static final class Started {
        private Started() {}

        public static void main(String[] arguments) {
            GoogleEvaluator.options();
        }
    }
}
