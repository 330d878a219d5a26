package dev.millrace.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/errors.md} to the codes. */
class ErrorsPageTest {
    @Test
    void listsEveryCodeWithItsStatusWhoActsAndWhetherARetryHelpsAndNoOther() throws IOException {
        List<String> listed = Pattern.compile(
                        "^\\| `([A-Z_]+)` \\| ([0-9]{3}) \\| ([a-z ]+) \\| ([a-z]+) \\| [^|]+ \\| [^|]+ \\|$",
                        Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("../docs/errors.md")))
                .results()
                .map(row -> String.join(" | ", row.group(1), row.group(2), row.group(3), row.group(4)))
                .toList();

        assertThat(listed)
                .containsExactlyElementsOf(Stream.of(ErrorCode.values())
                        .map(code -> String.join(
                                " | ",
                                code.name(),
                                Integer.toString(code.status()),
                                words(code.actor()),
                                words(code.retry())))
                        .toList());
    }

    @Test
    void explainsEveryActor() throws IOException {
        List<String> explained = Pattern.compile("^\\| `([A-Z_]+)` \\| [^|]+ \\|$", Pattern.MULTILINE)
                .matcher(Files.readString(Path.of("../docs/errors.md")))
                .results()
                .map(row -> row.group(1))
                .toList();

        assertThat(explained)
                .containsExactlyElementsOf(
                        Stream.of(ErrorCode.Actor.values()).map(Enum::name).toList());
    }

    private static String words(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
