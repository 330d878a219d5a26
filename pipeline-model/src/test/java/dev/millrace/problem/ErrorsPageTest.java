package dev.millrace.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/errors.md} to the codes. */
class ErrorsPageTest {
    @Test
    void listsEveryCodeWithItsStatusAndNoOther() throws IOException {
        List<String> listed = Pattern.compile(
                        "^\\| `([A-Z_]+)` \\| ([0-9]{3}) \\| [^|]+ \\| [^|]+ \\|$", Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("../docs/errors.md")))
                .results()
                .map(row -> row.group(1) + " " + row.group(2))
                .toList();

        assertThat(listed)
                .containsExactlyElementsOf(Stream.of(ErrorCode.values())
                        .map(code -> code + " " + code.status())
                        .toList());
    }
}
